// SPDX-License-Identifier: Apache-2.0
#include "duis/distinguished_name.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

#include "duis/crypto.hpp"

namespace dcc::duis {
namespace {

using ObjectPtr = std::unique_ptr<ASN1_OBJECT, OpenSslDeleter<ASN1_OBJECT_free>>;
using EntryPtr = std::unique_ptr<X509_NAME_ENTRY, OpenSslDeleter<X509_NAME_ENTRY_free>>;
using AnyPtr = std::unique_ptr<ASN1_TYPE, OpenSslDeleter<ASN1_TYPE_free>>;

// Far beyond any real name; keeps hostile text cheap.
constexpr std::size_t kMaxText = 1024;

struct Attribute {
  ObjectPtr type;
  int tag = V_ASN1_UTF8STRING;
  std::string value;  // content octets for `tag`
  long bits = 0;      // a BIT STRING's flags, which say how many bits of the last octet are unused
};
using RelativeName = std::vector<Attribute>;

// What others call attributes, where OpenSSL has no such name or has two: Java (X500Principal),
// .NET (X500DistinguishedName), Bouncy Castle and LDAP.
struct Keyword {
  std::string_view text;  // in capitals
  const char* type;
};
constexpr std::array<Keyword, 15> kKeywords{{{"E", "1.2.840.113549.1.9.1"},
                                             {"EMAIL", "1.2.840.113549.1.9.1"},
                                             {"MAIL", "0.9.2342.19200300.100.1.3"},
                                             {"UID", "0.9.2342.19200300.100.1.1"},
                                             {"S", "2.5.4.8"},
                                             {"T", "2.5.4.12"},
                                             {"POBOX", "2.5.4.18"},
                                             {"PHONE", "2.5.4.20"},
                                             {"X21ADDRESS", "2.5.4.24"},
                                             {"G", "2.5.4.42"},
                                             {"I", "2.5.4.43"},
                                             {"GENERATION", "2.5.4.44"},
                                             {"DNQ", "2.5.4.46"},
                                             {"DN", "2.5.4.46"},
                                             {"IP", "1.3.6.1.4.1.42.2.11.2.1"}}};

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return upper(c); });
  return out;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_separator(char c) {
  return c == ',' || c == ';' || c == '+';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char letter = upper(c);
  return letter >= 'A' && letter <= 'F' ? letter - 'A' + 10 : -1;
}

std::optional<char> hex_pair(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const int high = hex_digit(text[0]);
  const int low = hex_digit(text[1]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

// Every name that OpenSSL has, in capitals: to it their case matters, to RFC 4512 (1.4) it does
// not.
const std::unordered_map<std::string, int>& openssl_names() {
  static const auto names = [] {
    std::unordered_map<std::string, int> found;
    const int end = OBJ_new_nid(0);
    for (int nid = 1; nid < end; ++nid)
      for (const char* name : {OBJ_nid2sn(nid), OBJ_nid2ln(nid)})
        if (name != nullptr) found.emplace(upper(name), nid);
    ERR_clear_error();  // not every number is taken
    return found;
  }();
  return names;
}

ObjectPtr attribute_type(std::string_view text) {
  constexpr std::string_view kMark = "OID.";
  std::string keyword = upper(text);
  const bool marked = keyword.starts_with(kMark);
  if (marked) keyword.erase(0, kMark.size());
  if (marked || (keyword.front() >= '0' && keyword.front() <= '9'))
    return ObjectPtr(OBJ_txt2obj(keyword.c_str(), 1));
  const auto known = std::find_if(kKeywords.begin(), kKeywords.end(),
                                  [&](const Keyword& k) { return k.text == keyword; });
  if (known != kKeywords.end()) return ObjectPtr(OBJ_txt2obj(known->type, 1));
  const auto named = openssl_names().find(keyword);
  return ObjectPtr(named != openssl_names().end() ? OBJ_nid2obj(named->second) : nullptr);
}

// What it means in a value: RFC 4514's escape, or, as .NET writes it, nothing but itself.
enum class Backslash { escapes, literal };

class Parser {
 public:
  Parser(std::string_view text, Backslash backslash)
      : rest_(text), escapes_(backslash == Backslash::escapes) {}

  // The relative names in the order of the text; none: not a name.
  std::vector<RelativeName> name() {
    std::vector<RelativeName> names;
    char separator = ',';
    while (separator != 0) {
      Attribute attribute;
      if (!read_type(attribute) || !read_value(attribute)) return {};
      if (separator != '+') names.emplace_back();
      names.back().push_back(std::move(attribute));
      skip_spaces();
      separator = rest_.empty() ? '\0' : take();
      if (separator != 0 && !is_separator(separator)) return {};
    }
    return names;
  }

 private:
  bool read_type(Attribute& attribute) {
    const std::size_t equals = rest_.find('=');
    if (equals == std::string_view::npos) return false;
    std::string_view type = rest_.substr(0, equals);
    rest_.remove_prefix(equals + 1);
    while (!type.empty() && is_space(type.front())) type.remove_prefix(1);
    while (!type.empty() && is_space(type.back())) type.remove_suffix(1);
    if (!type.empty()) attribute.type = attribute_type(type);
    return attribute.type != nullptr;
  }

  bool read_value(Attribute& attribute) {
    skip_spaces();
    if (rest_.empty()) return true;
    if (rest_.front() == '#') return read_encoded(attribute);
    if (rest_.front() == '"') return read_quoted(attribute.value);
    return read_plain(attribute.value);
  }

  // #hex: the BER encoding of the value.
  bool read_encoded(Attribute& attribute) {
    rest_.remove_prefix(1);
    std::string encoding;
    while (!rest_.empty() && !is_space(rest_.front()) && !is_separator(rest_.front())) {
      const auto octet = hex_pair(rest_);
      if (!octet) return false;
      encoding.push_back(*octet);
      rest_.remove_prefix(2);
    }
    const auto* begin = reinterpret_cast<const unsigned char*>(encoding.data());
    const auto* const end = begin + encoding.size();
    const AnyPtr any(d2i_ASN1_TYPE(nullptr, &begin, static_cast<long>(encoding.size())));
    if (!any || begin != end) return false;
    return take_string(*any, attribute);
  }

  static bool take_string(const ASN1_TYPE& any, Attribute& attribute) {
    constexpr unsigned long kStrings = B_ASN1_PRINTABLESTRING | B_ASN1_UTF8STRING |
                                       B_ASN1_IA5STRING | B_ASN1_T61STRING | B_ASN1_BMPSTRING |
                                       B_ASN1_UNIVERSALSTRING | B_ASN1_NUMERICSTRING |
                                       B_ASN1_VISIBLESTRING | B_ASN1_BIT_STRING;
    if ((ASN1_tag2bit(any.type) & kStrings) == 0) return false;
    const ASN1_STRING* string = any.value.asn1_string;
    attribute.tag = any.type;
    if (any.type == V_ASN1_BIT_STRING) attribute.bits = string->flags;
    attribute.value.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                           static_cast<std::size_t>(ASN1_STRING_length(string)));
    return true;
  }

  bool read_quoted(std::string& value) {
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      const char c = take();
      if (escapes_ && c == '\\') {
        if (!read_escaped(value)) return false;
        continue;
      }
      if (c == '"') {
        if (!rest_.starts_with('"')) return true;
        take();  // .NET doubles a quotation mark
      }
      value.push_back(c);
    }
    return false;
  }

  bool read_plain(std::string& value) {
    std::size_t significant = 0;  // up to the last octet that is not an unescaped space
    while (!rest_.empty() && !is_separator(rest_.front())) {
      const char c = take();
      if (c == '"') return false;
      if (escapes_ && c == '\\') {
        if (!read_escaped(value)) return false;
      } else {
        value.push_back(c);
        if (is_space(c)) continue;
      }
      significant = value.size();
    }
    value.resize(significant);
    return true;
  }

  bool read_escaped(std::string& value) {
    if (rest_.empty()) return false;
    const auto octet = hex_pair(rest_);
    value.push_back(octet ? *octet : rest_.front());
    rest_.remove_prefix(octet ? 2 : 1);
    return true;
  }

  void skip_spaces() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }

  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string_view rest_;
  const bool escapes_;
};

bool append(X509_NAME* name, const RelativeName& relative) {
  int set = 0;  // 0: a new relative name, -1: into the one before
  for (const Attribute& attribute : relative) {
    const auto* value = reinterpret_cast<const unsigned char*>(attribute.value.data());
    const EntryPtr entry(X509_NAME_ENTRY_create_by_OBJ(nullptr, attribute.type.get(), attribute.tag,
                                                       value,
                                                       static_cast<int>(attribute.value.size())));
    if (!entry) return false;
    // Before the name takes its copy: that would lose a BIT STRING's trailing zeros.
    X509_NAME_ENTRY_get_data(entry.get())->flags |= attribute.bits;
    if (X509_NAME_add_entry(name, entry.get(), -1, set) != 1) return false;
    set = -1;
  }
  return true;
}

template <typename Iterator>
NamePtr make_name(Iterator begin, Iterator end) {
  NamePtr name(X509_NAME_new());
  if (!name) return nullptr;
  for (; begin != end; ++begin)
    if (!append(name.get(), *begin)) return nullptr;
  return name;
}

std::string print(const X509_NAME* name, unsigned long flags) {
  constexpr unsigned long kEscapeMsb = ASN1_STRFLGS_ESC_MSB;
  const BioPtr out(BIO_new(BIO_s_mem()));
  // Without it, other than ASCII stays readable UTF-8.
  if (!out || X509_NAME_print_ex(out.get(), name, 0, flags & ~kEscapeMsb) < 0)
    throw CryptoError("a name cannot be written: " + openssl_error());
  return std::string(text_of(out.get()));
}

}  // namespace

DistinguishedName::DistinguishedName(std::vector<NamePtr> readings)
    : readings_(std::move(readings)) {}

std::optional<DistinguishedName> DistinguishedName::parse(std::string_view text) {
  if (text.size() > kMaxText) return std::nullopt;
  std::vector<NamePtr> readings;
  for (const Backslash backslash : {Backslash::escapes, Backslash::literal}) {
    const std::vector<RelativeName> names = Parser(text, backslash).name();
    if (names.empty()) continue;
    readings.push_back(make_name(names.rbegin(), names.rend()));
    readings.push_back(make_name(names.begin(), names.end()));
    if (text.find('\\') == std::string_view::npos) break;
  }
  ERR_clear_error();
  std::erase(readings, nullptr);
  if (readings.empty()) return std::nullopt;
  return DistinguishedName(std::move(readings));
}

bool DistinguishedName::is(const X509_NAME* name) const {
  const bool equal = std::any_of(
      readings_.begin(), readings_.end(),
      [name](const NamePtr& reading) { return X509_NAME_cmp(reading.get(), name) == 0; });
  ERR_clear_error();
  return equal;
}

std::string rfc4514(const X509_NAME* name) {
  return print(name, XN_FLAG_RFC2253);
}

std::vector<std::string> common_spellings(const X509_NAME* name) {
  constexpr unsigned long kReverse = XN_FLAG_DN_REV;
  constexpr unsigned long kPlain = XN_FLAG_RFC2253 & ~kReverse;
  constexpr unsigned long kSpaced = kPlain ^ XN_FLAG_SEP_COMMA_PLUS ^ XN_FLAG_SEP_CPLUS_SPC;
  return {rfc4514(name), print(name, kSpaced | kReverse), print(name, kPlain),
          print(name, kSpaced)};
}

}  // namespace dcc::duis
