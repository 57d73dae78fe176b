// SPDX-License-Identifier: Apache-2.0
#include "document_generator.hpp"

#include <algorithm>
#include <boost/locale/utf.hpp>
#include <iterator>

namespace interop {
namespace {

using Utf8 = boost::locale::utf::utf_traits<char>;

const std::string kDuis = "http://www.dccinterface.co.uk/ServiceUserGateway";
const std::string kSignature = "http://www.w3.org/2000/09/xmldsig#";
const std::string kXml = "http://www.w3.org/XML/1998/namespace";
const std::string kSchemaInstance = "http://www.w3.org/2001/XMLSchema-instance";

constexpr std::string_view kPrefixes[] = {"",   "sr",       "ds",           "a",   "b", "A", "x-1",
                                          "_.", "\xC3\xA9", "\xE4\xB8\xAD", "xsi", "y", "z"};
// For declarations that nobody asked for, and for free bodies.
const std::string kNamespaces[] = {
    kDuis,
    kSignature,
    "urn:a",
    "urn:b",
    "URN:a",
    "http://example.org/x?a=1&b='2'",
    "mailto:somebody@example.org",
    "x-y.z+1:",
};
constexpr std::string_view kWords[] = {"a",
                                       "B",
                                       "Header",
                                       "Body",
                                       "Signature",
                                       "_",
                                       "a-b.c_d1",
                                       "RequestID",
                                       "\xC3\xA9t\xC3\xA9",
                                       "OtherDeviceID",
                                       "x",
                                       "\xE4\xB8\xAD\xE6\x96\x87"};
constexpr std::string_view kLineEnds[] = {"\n", "\r\n", "\r", "\n\n", "\r\r\n"};

char32_t decode(std::string_view& text) {
  const auto* at = text.data();
  const auto character = Utf8::decode(at, text.data() + text.size());
  text.remove_prefix(static_cast<std::size_t>(at - text.data()));
  return character;
}

void append(std::string& out, char32_t character) {
  Utf8::encode(character, std::back_inserter(out));
}

}  // namespace

std::string DocumentGenerator::document(Body body) {
  out_.clear();
  scope_.assign(1, {});
  declaration();
  misc();
  const bool request = body == Body::free || chance(80);
  Attributes attributes{{"", "schemaVersion", chance(70) ? "5.4" : " \t5.40\n "}};
  if (chance(20))
    attributes.push_back({kSchemaInstance, "schemaLocation", kDuis + " file:///nowhere.xsd"});
  element(kDuis, request ? "Request" : "Response", attributes, [&] {
    layout(Layout::with_instructions);
    sr("Header", [&] { header(request); });
    layout(Layout::with_instructions);
    sr("Body", [&] {
      layout(Layout::with_instructions);
      if (body == Body::free)
        free_body();
      else if (request)
        known_body();
      else
        response_body();
      layout(Layout::with_instructions);
    });
    layout(Layout::with_instructions);
    if (chance(70)) {
      signature();
      layout(Layout::with_instructions);
    }
  });
  misc();
  return out_;
}

void DocumentGenerator::declaration() {
  if (chance(20)) out_ += "\xEF\xBB\xBF";
  if (chance(40)) return;
  const auto quoted = [this](std::string_view value) {
    const char quote = chance(50) ? '"' : '\'';
    out_ += quote;
    out_ += value;
    out_ += quote;
  };
  out_ += "<?xml";
  space(true);
  out_ += "version=";
  quoted("1.0");
  if (chance(70)) {
    space(true);
    out_ += "encoding";
    space(false);
    out_ += '=';
    space(false);
    quoted(chance(50) ? "UTF-8" : "utf-8");
  }
  if (chance(30)) {
    space(true);
    out_ += "standalone=";
    quoted(chance(50) ? "yes" : "no");
  }
  space(false);
  out_ += "?>";
}

void DocumentGenerator::misc() {
  while (chance(40)) {
    switch (below(3)) {
      case 0:
        space(true);
        break;
      case 1:
        comment();
        break;
      default:
        instruction();
    }
  }
}

void DocumentGenerator::header(bool request) {
  const auto id = [this] {
    return hexadecimal_eui() + ":" + hexadecimal_eui() + ":" +
           (chance(10) ? "18446744073709551615" : std::to_string(below(100000)));
  };
  layout(Layout::with_instructions);
  if (request || chance(80)) {
    sr_token("RequestID", id());
    layout(Layout::with_instructions);
  }
  if (request) {
    static constexpr std::string_view kVariants[] = {"8", "+8", "08", "1", "0009"};
    sr_token("CommandVariant", one_of(kVariants));
    layout(Layout::with_instructions);
    sr_value("ServiceReference", "8.14");
    layout(Layout::with_instructions);
    sr_value("ServiceReferenceVariant", chance(50) ? "8.14.3" : "8.14.4");
  } else {
    sr_value("ResponseCode", chance(50) ? "I99" : "E5");
    layout(Layout::with_instructions);
    sr_token("ResponseDateTime", "2026-11-24T03:05:42.123Z");
  }
  layout(Layout::with_instructions);
}

void DocumentGenerator::response_body() {
  sr("ResponseMessage", [this] {
    layout(Layout::with_instructions);
    sr_value("ServiceReference", "8.14");
    layout(Layout::with_instructions);
    sr_value("ServiceReferenceVariant", "8.14.3");
    layout(Layout::with_instructions);
  });
}

void DocumentGenerator::known_body() {
  const bool fault = chance(50);
  const auto optional = [this](const std::string& element, std::size_t limit) {
    layout(Layout::with_instructions);
    if (chance(50)) sr_value(element, characters(limit));
  };
  sr(fault ? "CHFFaultReturn" : "CHFNoFaultReturn", [&] {
    layout(Layout::with_instructions);
    sr_token("DeviceID", hexadecimal_eui());
    layout(Layout::with_instructions);
    sr_value(fault ? "CHFFaultReturnType" : "CHFNoFaultReturnType",
             fault ? "Fault identified post installation" : "No Fault Return (general)");
    layout(Layout::with_instructions);
    if (chance(50)) sr_token("UserRefDateTime", "2026-11-24T03:05:42Z");
    optional("UserRefID", 25);
    layout(Layout::with_instructions);
    if (fault) sr_token("OtherDeviceID", hexadecimal_eui());
    optional("IncidentReference", 15);
    layout(Layout::with_instructions);
    if (fault) {
      sr_value("CHFConnectionMethod", "Hot-shoe");
      layout(Layout::with_instructions);
      sr_value("CHFFaultReason", "Illegal interference or missing seals");
    }
    optional("AdditionalInformation", 200);
    layout(Layout::with_instructions);
  });
}

void DocumentGenerator::free_body() {
  element(kDuis, "Anything", {}, [this] { free_content(0); });
}

void DocumentGenerator::free_content(unsigned depth) {
  while (chance(depth == 0 ? 90 : 55)) {
    if (depth > 6 || chance(40)) {
      text(characters(30));
      continue;
    }
    Attributes attributes;
    std::vector<std::string> taken;
    while (chance(35)) {
      Attribute attribute{"", name(), characters(12)};
      if (chance(40)) attribute.namespace_name = one_of(kNamespaces);
      if (chance(15)) attribute = {kXml, "lang", chance(50) ? "en-GB" : "cy"};
      if (chance(10)) attribute = {kXml, "space", chance(50) ? "preserve" : "default"};
      const std::string key = attribute.namespace_name + '|' + attribute.local_name;
      if (std::find(taken.begin(), taken.end(), key) != taken.end()) continue;
      taken.push_back(key);
      attributes.push_back(std::move(attribute));
    }
    // Of any namespace but the signature's: the reader wants that for itself.
    std::string namespace_name = chance(40) ? "" : std::string(one_of(kNamespaces));
    if (namespace_name == kSignature) namespace_name = kDuis;
    element(namespace_name, name(), attributes, [&] { free_content(depth + 1); });
  }
}

void DocumentGenerator::signature() {
  const auto gap = [this] { layout(Layout::without_instructions); };
  const auto empty = [this] {
    if (chance(10)) comment();
  };
  const auto value = [this](std::string_view content) {
    return [this, content] { text(content, false); };
  };
  ds("Signature", {}, [&] {
    gap();
    ds("SignedInfo", {}, [&] {
      gap();
      ds("CanonicalizationMethod", {{"", "Algorithm", "http://www.w3.org/2001/10/xml-exc-c14n#"}},
         empty);
      gap();
      ds("SignatureMethod",
         {{"", "Algorithm", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"}}, empty);
      gap();
      ds("Reference", {{"", "URI", ""}}, [&] {
        gap();
        ds("Transforms", {}, [&] {
          gap();
          ds("Transform",
             {{"", "Algorithm", "http://www.w3.org/2000/09/xmldsig#enveloped-signature"}}, empty);
          gap();
        });
        gap();
        ds("DigestMethod", {{"", "Algorithm", "http://www.w3.org/2001/04/xmlenc#sha256"}}, empty);
        gap();
        ds("DigestValue", {}, value("AB/C +A==\r\n"));
        gap();
      });
      gap();
    });
    gap();
    ds("SignatureValue", {}, value("\r\nAAAA\r\nBBBB\r\n"));
    gap();
    ds("KeyInfo", {}, [&] {
      gap();
      ds("X509Data", {}, [&] {
        gap();
        ds("X509IssuerSerial", {}, [&] {
          gap();
          ds("X509IssuerName", {}, value("CN=\"A & B\", OU=<07>, O=\xC3\xA9"));
          gap();
          ds("X509SerialNumber", {}, value(" 123 "));
          gap();
        });
        gap();
      });
      gap();
    });
    gap();
  });
}

// ---- Elements ----

void DocumentGenerator::sr(const std::string& local_name, const Content& content) {
  element(kDuis, local_name, {}, content);
}

void DocumentGenerator::sr_value(const std::string& local_name, std::string_view value) {
  sr(local_name, [&] { text(value); });
}

// Of a type whose white space is collapsed.
void DocumentGenerator::sr_token(const std::string& local_name, std::string_view value) {
  static constexpr std::string_view kAround[] = {"", "", "", " ", "\n\t", "\r", "  \r\n "};
  sr_value(local_name, std::string(one_of(kAround)).append(value).append(one_of(kAround)));
}

void DocumentGenerator::ds(const std::string& local_name, const Attributes& attributes,
                           const Content& content) {
  element(kSignature, local_name, attributes, content);
}

void DocumentGenerator::element(const std::string& namespace_name, const std::string& local_name,
                                const Attributes& attributes, const Content& content) {
  Tag tag{new_declarations(), {}};
  std::vector<std::pair<std::string, std::string>> written;
  const auto qualified = [](const std::string& prefix, const std::string& local) {
    return prefix.empty() ? local : prefix + ':' + local;
  };
  const std::string name = qualified(prefix_for(namespace_name, tag, false), local_name);
  for (const Attribute& attribute : attributes) {
    std::string prefix;
    if (!attribute.namespace_name.empty()) prefix = prefix_for(attribute.namespace_name, tag, true);
    written.emplace_back(qualified(prefix, attribute.local_name), attribute.value);
  }
  Names visible = scope_.back();
  for (const auto& [prefix, bound] : tag.declared) visible[prefix] = bound;
  scope_.push_back(std::move(visible));

  start_tag(name, tag.declared, std::move(written));
  const std::size_t begin = out_.size();
  out_ += '>';
  content();
  if (out_.size() == begin + 1 && chance(60)) {
    out_.replace(begin, 1, "/>");
  } else {
    out_ += "</" + name;
    space(false);
    out_ += '>';
  }
  scope_.pop_back();
}

// Unused, superfluous, shadowing and undeclaring ones.
DocumentGenerator::Names DocumentGenerator::new_declarations() {
  Names declared;
  while (chance(15)) {
    std::string prefix(one_of(kPrefixes));
    std::string namespace_name = one_of(kNamespaces);
    if (prefix.empty() && chance(30)) namespace_name.clear();
    if (chance(30) && scope_.back().contains(prefix)) namespace_name = scope_.back()[prefix];
    if (!prefix.empty() && namespace_name.empty()) continue;
    declared[prefix] = namespace_name;
  }
  if (chance(2)) declared["xml"] = kXml;
  return declared;
}

// A prefix that stands for the namespace, declared here if there is none, and sometimes if there
// is one.
std::string DocumentGenerator::prefix_for(const std::string& namespace_name, Tag& tag,
                                          bool attribute) {
  if (namespace_name == kXml) return "xml";
  Names visible = tag.declared;
  visible.insert(scope_.back().begin(), scope_.back().end());
  visible.insert({"", ""});
  std::vector<std::string> fitting;
  for (const auto& [prefix, name] : visible)
    if (name == namespace_name && !(attribute && prefix.empty())) fitting.push_back(prefix);

  std::vector<std::string> candidates;
  for (const std::string_view view : kPrefixes) {
    const std::string prefix(view);
    const bool possible = prefix.empty() ? !attribute : !namespace_name.empty();
    if (possible && !tag.declared.contains(prefix) && !tag.used.contains(prefix))
      candidates.push_back(prefix);
  }

  std::string prefix;
  if (!fitting.empty() && (candidates.empty() || chance(90))) {
    prefix = one_of(fitting);
  } else {
    // All may be declared as something else already: the default namespace, which nothing relies
    // on before the element has its prefix, is then declared anew; else a prefix of its own.
    if (!candidates.empty())
      prefix = one_of(candidates);
    else if (!namespace_name.empty())
      prefix = "p" + std::to_string(tag.declared.size());
    tag.declared[prefix] = namespace_name;
  }
  tag.used.insert(prefix);
  return prefix;
}

void DocumentGenerator::start_tag(const std::string& name, const Names& declared,
                                  std::vector<std::pair<std::string, std::string>> attributes) {
  for (const auto& [prefix, namespace_name] : declared)
    attributes.emplace_back(prefix.empty() ? "xmlns" : "xmlns:" + prefix, namespace_name);
  std::vector<std::size_t> order(attributes.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
    std::swap(order[i], order[below(i + 1)]);
  }
  out_ += '<' + name;
  for (const std::size_t i : order) {
    space(true);
    out_ += attributes[i].first;
    space(false);
    out_ += '=';
    space(false);
    attribute_value(attributes[i].second);
  }
  space(false);
}

// ---- Characters ----

void DocumentGenerator::layout(Layout kind) {
  while (chance(35)) {
    switch (below(kind == Layout::with_instructions ? 4 : 3)) {
      case 0:
        out_ += chance(90) ? one_of(kLineEnds) : "&#13;\n";
        break;
      case 1:
        space(true);
        break;
      case 2:
        comment();
        break;
      default:
        instruction();
    }
  }
}

void DocumentGenerator::space(bool required) {
  if (!required && chance(80)) return;
  do {
    if (chance(70))
      out_ += ' ';
    else
      out_ += chance(50) ? "\t" : one_of(kLineEnds);
  } while (chance(20));
}

void DocumentGenerator::comment() {
  static constexpr std::string_view kComments[] = {
      "", " ", " <sr:Body> & ]]> &amp; ", "\r\n", "- - ", "\xF0\x9F\x98\x80", "?>", "<?x?>"};
  out_ += "<!--";
  out_ += one_of(kComments);
  out_ += "-->";
}

void DocumentGenerator::instruction() {
  static constexpr std::string_view kData[] = {
      "", " ", " a", "\r\n a=\"b\"\r ", " < & > ]]>", "  ? ", " \xF0\x9F\x98\x80", "\t&amp;"};
  out_ += "<?";
  out_ += chance(80) ? std::string(one_of(kWords)) : "xml-stylesheet";
  out_ += one_of(kData);
  out_ += "?>";
}

void DocumentGenerator::attribute_value(std::string_view value) {
  const char quote = chance(50) ? '"' : '\'';
  out_ += quote;
  while (!value.empty()) {
    const char32_t c = decode(value);
    if (c == '<' || c == '&' || c == static_cast<unsigned char>(quote) || chance(10))
      reference(c);
    else
      append(out_, c);
  }
  out_ += quote;
}

void DocumentGenerator::text(std::string_view value, bool with_instructions) {
  while (!value.empty()) {
    if (chance(3)) comment();
    if (with_instructions && chance(3)) instruction();
    if (chance(4)) {
      // A CDATA section with some of it.
      out_ += "<![CDATA[";
      std::string section;
      while (!value.empty() && chance(85)) append(section, decode(value));
      std::size_t end;
      while ((end = section.find("]]>")) != std::string::npos) {
        out_ += section.substr(0, end + 2) + "]]><![CDATA[";
        section.erase(0, end + 2);
      }
      out_ += section + "]]>";
      continue;
    }
    const char32_t c = decode(value);
    if (c == '<' || c == '&' || (c == '>' && out_.ends_with("]]")) || chance(6))
      reference(c);
    else
      append(out_, c);
  }
}

void DocumentGenerator::reference(char32_t c) {
  static constexpr std::pair<char32_t, std::string_view> kEntities[] = {
      {'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}, {'\'', "&apos;"}};
  for (const auto& [character, entity] : kEntities) {
    if (character != c || chance(30)) continue;
    out_ += entity;
    return;
  }
  if (chance(50)) {
    out_ += "&#" + std::string(below(3), '0') + std::to_string(static_cast<std::uint32_t>(c)) + ';';
    return;
  }
  std::string digits;
  for (std::uint32_t rest = c; rest != 0; rest >>= 4)
    digits.insert(digits.begin(),
                  (chance(50) ? "0123456789ABCDEF" : "0123456789abcdef")[rest & 15]);
  out_ += "&#x" + std::string(below(3), '0') + digits + ';';
}

// As UTF-16 code units are counted: that is what Xerces-C++ takes for a schema's maxLength.
std::string DocumentGenerator::characters(std::size_t limit) {
  static constexpr char32_t kEdges[] = {0x9,    0xA,    0xD,    0x20,   0x85,    0xA0,    0x2028,
                                        0xD7FF, 0xE000, 0xFFFD, 0xFEFF, 0x10000, 0x1F600, 0x10FFFF};
  static constexpr std::string_view kOften = "aZ09 &<>\"'\t\n\r]]>-;#x";
  std::string out;
  for (std::size_t left = below(limit + 1); left > 0;) {
    char32_t c = static_cast<unsigned char>(one_of(kOften));
    if (left > 1 && chance(20)) c = one_of(kEdges);
    if (chance(20)) c = static_cast<char32_t>(0x20 + below(0x2000));
    append(out, c);
    left -= c > 0xFFFF ? 2 : 1;
  }
  return out;
}

std::string DocumentGenerator::name() {
  return std::string(one_of(kWords)) + (chance(30) ? std::to_string(below(100)) : "");
}

std::string DocumentGenerator::hexadecimal_eui() {
  std::string out;
  for (int pair = 0; pair < 8; ++pair) {
    if (pair > 0) out += '-';
    for (int digit = 0; digit < 2; ++digit)
      out += (chance(50) ? "0123456789ABCDEF" : "0123456789abcdef")[below(16)];
  }
  return out;
}

}  // namespace interop
