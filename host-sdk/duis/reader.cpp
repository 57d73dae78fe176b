// SPDX-License-Identifier: Apache-2.0
//
// The pass: Xerces-C++ scans and validates; its document callbacks arrive here, each turned into
// UTF-8 once and handed to whoever needs it:
//
//     scanner -> start / end / text / instruction
//                  |-- outside Signature -> inclusive canonical form -> leaves (Header, Body)
//                  `-- inside Signature  -> its profile; inside SignedInfo, the exclusive form
//
// After the last octet the leaves' texts are decoded from the canonical form.
#include "duis/reader.hpp"

#include <algorithm>
#include <boost/locale/utf.hpp>
#include <charconv>
#include <functional>
#include <numeric>
#include <vector>
#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/internal/XMLScanner.hpp>
#include <xercesc/parsers/XercesDOMParser.hpp>
#include <xercesc/util/OutOfMemoryException.hpp>
#include <xercesc/util/XMLEntityResolver.hpp>
#include <xercesc/util/XMLUni.hpp>
#include <xercesc/validators/datatype/DatatypeValidator.hpp>
#include <xercesc/validators/schema/ComplexTypeInfo.hpp>
#include <xercesc/validators/schema/SchemaElementDecl.hpp>

#include "duis/canonical.hpp"
#include "duis/grammars.hpp"
#include "duis/signature_profile.hpp"
#include "duis/xerces.hpp"

namespace dcc::duis {
namespace {

using xercesc::DatatypeValidator;
using xercesc::XMLElementDecl;
using Text = std::basic_string_view<XMLCh>;

constexpr std::string_view kSchemaInstance = "http://www.w3.org/2001/XMLSchema-instance";

// The schema's whitespace treatment for values of this element (XML Schema part 2, 4.3.6).
short whitespace_of(const XMLElementDecl& declaration) {
  if (declaration.getObjectType() != XMLElementDecl::Schema) return DatatypeValidator::PRESERVE;
  const auto& schema = static_cast<const xercesc::SchemaElementDecl&>(declaration);
  const DatatypeValidator* type = schema.getDatatypeValidator();
  if (type == nullptr && schema.getComplexTypeInfo() != nullptr)
    type = schema.getComplexTypeInfo()->getDatatypeValidator();
  return type != nullptr ? type->getWSFacet() : short{DatatypeValidator::PRESERVE};
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// In canonical content: what does not stand for itself.
bool is_markup(char c) {
  return c == '&' || c == '<';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Applies the treatment to text[from..].
void treat_whitespace(std::string& text, std::size_t from, short treatment) {
  if (treatment == DatatypeValidator::PRESERVE) return;
  std::size_t end = from;
  for (std::size_t i = from; i < text.size(); ++i) {
    const bool space = is_space(text[i]);
    const bool drop =
        treatment == DatatypeValidator::COLLAPSE && space && (end == from || text[end - 1] == ' ');
    if (!drop) text[end++] = space ? ' ' : text[i];
  }
  if (treatment == DatatypeValidator::COLLAPSE && end > from && text[end - 1] == ' ') --end;
  text.resize(end);
}

// Ends the pass early; caught in read().
struct Stop {
  Refusal refusal;
};

// What is said of a message may quote it: kept to one line, and short.
std::string one_line(std::string text) {
  constexpr std::size_t kLimit = 500;
  if (text.size() > kLimit) {
    std::size_t end = kLimit;
    while ((text[end] & 0xC0) == 0x80) --end;  // not within a character
    text.replace(end, std::string::npos, "...");
  }
  const auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7F; };
  std::replace_if(text.begin(), text.end(), is_control, ' ');
  return text;
}

[[noreturn]] void refuse(Refusal::Kind kind, std::string text) {
  throw Stop{{kind, one_line(std::move(text))}};
}

// Xerces-C++ lets code points beyond U+10FFFF pass.
bool is_utf8(std::string_view octets) {
  using Utf8 = boost::locale::utf::utf_traits<char>;
  const auto is_ascii = [](unsigned char c) { return c < 0x80; };
  // Nearly all messages are ASCII: looked at without a branch for each octet.
  if (is_ascii(std::accumulate(octets.begin(), octets.end(), char{0}, std::bit_or<char>())))
    return true;
  for (auto at = octets.begin();;) {
    at = std::find_if_not(at, octets.end(), is_ascii);
    if (at == octets.end()) return true;
    const auto character = Utf8::decode(at, octets.end());
    if (!boost::locale::utf::is_valid_codepoint(character)) return false;
  }
}

// Does it begin with a scheme (RFC 3986, 3.1)?
bool is_absolute_uri(std::string_view name) {
  const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  const auto end = std::find_if_not(name.begin(), name.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
  return end != name.end() && *end == ':' && is_letter(name[0]);
}

// Nothing that a message names is ever opened.
class NoEntities : public xercesc::XMLEntityResolver {
 public:
  xercesc::InputSource* resolveEntity(xercesc::XMLResourceIdentifier*) override {
    refuse(Refusal::Kind::malformed, "external entities are not accepted");
  }
};

// Members that are there before the parser is, and after it.
struct OwnGrammars {
  explicit OwnGrammars(std::shared_ptr<Grammars> grammars)
      : grammars_(std::move(grammars)), parser_grammars_(*grammars_) {}
  std::shared_ptr<Grammars> grammars_;
  ParserGrammars parser_grammars_;
};

}  // namespace

// The DOM parser is used for its scanner: all callbacks that would build a tree are overridden.
class Reader::Pass : private OwnGrammars, public xercesc::XercesDOMParser {
 public:
  explicit Pass(std::shared_ptr<Grammars> grammars)
      : OwnGrammars(std::move(grammars)),
        XercesDOMParser(nullptr, xercesc::XMLPlatformUtils::fgMemoryManager, &parser_grammars_) {
    useScanner(xercesc::XMLUni::fgSGXMLScanner);
    setDoNamespaces(true);
    setDoSchema(true);
    setValidationScheme(Val_Always);
    useCachedGrammarInParse(true);
    setLoadSchema(false);  // xsi:schemaLocation in a message loads nothing
    setXMLEntityResolver(&no_entities_);
    getScanner()->setErrorReporter(this);   // a DOM parser does so only if it has an ErrorHandler
    getScanner()->setNormalizeData(false);  // a digest covers the text as written
    getScanner()->setDisallowDTD(true);
  }

  const Message* read(std::string_view octets) {
    reset_pass();
    refused_ = true;  // until the end is reached
    octets_read_ += octets.size();
    xercesc::MemBufInputSource source(reinterpret_cast<const XMLByte*>(octets.data()),
                                      octets.size(), xercesc::XMLUni::fgZeroLenString);
    source.setCopyBufToStream(false);
    source.setEncoding(xercesc::XMLUni::fgUTF8EncodingString);
    try {
      if (octets.find('\0') != std::string_view::npos)
        refuse(Refusal::Kind::malformed, "the message contains a NUL octet; UTF-8 text expected");
      if (!is_utf8(octets)) refuse(Refusal::Kind::malformed, "the message is not UTF-8 text");
      parse(source);
      if (!root_closed_ || getErrorCount() != 0)
        refuse(Refusal::Kind::malformed, "the message is not well-formed or not valid");
      collect();
      refused_ = false;
      return &message_;
    } catch (Stop& stop) {
      refusal_ = std::move(stop.refusal);
    } catch (const xercesc::XMLException& e) {
      refusal_ = {Refusal::Kind::malformed, one_line(utf8(e.getMessage()))};
    }
    return nullptr;
  }

  const Refusal& refusal() const { return refusal_; }
  const std::shared_ptr<Grammars>& grammars() const { return grammars_; }
  // Not to be used for another message. After a refusal the scanner may be in any state: it goes on
  // with the rules of XML 1.1, for one, when a message has only said that it is XML 1.1.
  bool is_spent() const { return refused_ || octets_read_ > kMaxOctets; }

  // ---- Xerces-C++ callbacks ----

  void XMLDecl(const XMLCh* version, const XMLCh* encoding, const XMLCh*, const XMLCh*) override {
    if (utf8(version) != "1.0")
      refuse(Refusal::Kind::malformed, "XML version \"" + utf8(version) + "\"; expected 1.0");
    if (*encoding != 0 && xercesc::XMLString::compareIStringASCII(
                              encoding, xercesc::XMLUni::fgUTF8EncodingString) != 0)
      refuse(Refusal::Kind::malformed, "encoding \"" + utf8(encoding) + "\"; expected UTF-8");
  }

  void startElement(const XMLElementDecl& declaration, unsigned int uri, const XMLCh* prefix,
                    const xercesc::RefVectorOf<xercesc::XMLAttr>& attributes, XMLSize_t count,
                    bool is_empty, bool is_root) override {
    flush_text();
    if (open_.size() == kMaxDepth)
      refuse(Refusal::Kind::malformed,
             "elements nested deeper than " + std::to_string(kMaxDepth) + " levels");
    if (!declaration.isDeclared()) limit_unknown_names(declaration.getId());
    name(tag_.prefix, prefix);
    name(tag_.local_name, declaration.getBaseName());
    qualify(tag_.qualified_name, tag_.prefix, tag_.local_name);
    scope_.open();
    take_attributes(attributes, count);
    take_namespace(uri);

    if (!open_.empty()) open_.back().is_leaf = false;
    open_.push_back({});
    open_.back().name_begin = names_.size();
    names_ += tag_.qualified_name;
    open_.back().whitespace = whitespace_of(declaration);
    open_.back().path_size = path_.size();
    if (in_signature() || (uri_ == kSignatureNamespace && open_.size() > 1))
      start_in_signature();
    else
      start_in_document();
    // Xerces-C++ does not call endElement for <empty/>.
    if (is_empty) endElement(declaration, uri, is_root, prefix);
  }

  void endElement(const XMLElementDecl&, unsigned int, bool, const XMLCh*) override {
    flush_text();
    const auto qualified_name = std::string_view(names_).substr(open_.back().name_begin);
    if (in_signature())
      end_in_signature(qualified_name);
    else
      end_in_document(qualified_name);
    names_.resize(open_.back().name_begin);
    path_.resize(open_.back().path_size);
    open_.pop_back();
    scope_.close();
  }

  void docCharacters(const XMLCh* characters, XMLSize_t length, bool) override {
    characters_.append(characters, length);
  }

  void ignorableWhitespace(const XMLCh* characters, XMLSize_t length, bool) override {
    // Outside the document element white space is not part of any canonical form.
    if (!open_.empty()) characters_.append(characters, length);
  }

  void docPI(const XMLCh* target, const XMLCh* data) override {
    flush_text();
    if (in_signature())
      refuse(Refusal::Kind::signature, "processing instruction within the Signature");
    const auto place = !open_.empty() ? CanonicalForm::Place::inside
                       : root_closed_ ? CanonicalForm::Place::after
                                      : CanonicalForm::Place::before;
    document_.instruction(utf8(target), utf8(data), place);
  }

  void error(unsigned int, const XMLCh* domain, xercesc::XMLErrorReporter::ErrTypes type,
             const XMLCh* text, const XMLCh*, const XMLCh*, XMLFileLoc line,
             XMLFileLoc column) override {
    if (type == xercesc::XMLErrorReporter::ErrType_Warning) return;
    // What is no error of well-formedness is one of validity, also if a type's check reports it.
    const bool well_formed = !xercesc::XMLString::equals(domain, xercesc::XMLUni::fgXMLErrDomain);
    refuse(
        well_formed && in_signature() ? Refusal::Kind::signature : Refusal::Kind::malformed,
        "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + utf8(text));
  }

  // No tree.
  void startDocument() override {}
  void endDocument() override {}
  void resetDocument() override {}
  void docComment(const XMLCh*) override {}
  void startEntityReference(const xercesc::XMLEntityDecl&) override {}
  void endEntityReference(const xercesc::XMLEntityDecl&) override {}

 private:
  struct Open {
    std::size_t name_begin = 0;  // of its qualified name, in names_
    std::size_t path_size = 0;   // of path_, when it opened
    std::size_t text_begin = 0;  // in the canonical octets
    short whitespace = DatatypeValidator::PRESERVE;
    bool is_leaf = true;
  };
  // A leaf's place in the canonical octets.
  struct Leaf {
    std::size_t path_begin, path_size;  // in paths_
    std::size_t text_begin, text_size;
    short whitespace;
    bool in_header;
  };

  bool in_signature() const { return signature_depth_ != 0; }
  bool in_signed_info() const { return signed_info_depth_ != 0; }

  void reset_pass() {
    message_ = {};
    refusal_ = {};
    uri_id_ = 0;
    scope_.clear();
    document_.clear();
    signed_info_.clear();
    profile_.clear();
    open_.clear();
    leaves_.clear();
    names_.clear();
    path_.clear();
    paths_.clear();
    characters_.clear();
    schema_version_.clear();
    body_element_.clear();
    command_variant_ = {};
    device_id_ = {};
    unknown_names_before_ = unknown_names_;
    in_header_ = false;
    root_closed_ = false;
    bodies_ = 0;
    has_signature_ = false;
    signature_depth_ = 0;
    signed_info_depth_ = 0;
  }

  static void name(std::string& to, const XMLCh* from) {
    to.clear();
    append_utf8(to, from);
  }

  // Of an element: neighbours nearly always have the same one.
  void take_namespace(unsigned int id) {
    if (id == uri_id_) return;
    uri_id_ = id;
    name(uri_, getScanner()->getURIText(id));
  }

  static void qualify(std::string& to, std::string_view prefix, std::string_view local_name) {
    to = prefix;
    if (!prefix.empty()) to += ':';
    to += local_name;
  }

  // Text arrives in pieces, which may even part the halves of a surrogate pair.
  void flush_text() {
    if (characters_.empty()) return;
    text_.clear();
    append_utf8(text_, characters_);
    characters_.clear();
    if (!in_signature()) {
      document_.text(text_);
      return;
    }
    if (!profile_.text(text_)) refuse_profile("text between elements");
    if (in_signed_info()) signed_info_.text(text_);
  }

  // The scanner numbers the names that the schema does not know from 1, over all messages.
  void limit_unknown_names(std::size_t count) {
    unknown_names_ = std::max(unknown_names_, count);
    if (unknown_names_ > unknown_names_before_ + kMaxUnknownNames)
      refuse(Refusal::Kind::malformed, "more than " + std::to_string(kMaxUnknownNames) +
                                           " names of elements that the schema does not know");
  }

  void take_attributes(const xercesc::RefVectorOf<xercesc::XMLAttr>& attributes, XMLSize_t count) {
    tag_.declared.clear();
    tag_.attributes.clear();
    for (XMLSize_t i = 0; i < count; ++i) {
      const xercesc::XMLAttr& attribute = *attributes.elementAt(i);
      if (!attribute.getSpecified()) continue;  // added by the schema, not written
      name(attribute_prefix_, attribute.getPrefix());
      if (attribute_prefix_ == "xmlns" ||
          (attribute_prefix_.empty() &&
           xercesc::XMLString::equals(attribute.getName(), xercesc::XMLUni::fgXMLNSString))) {
        declare(attribute);
        continue;
      }
      StartTag::Attribute& to = tag_.attributes.add();
      name(to.local_name, attribute.getName());
      qualify(to.qualified_name, attribute_prefix_, to.local_name);
      name(to.value, attribute.getValue());
      to.namespace_name.clear();
      if (!attribute_prefix_.empty())
        name(to.namespace_name, getScanner()->getURIText(attribute.getURIId()));
    }
  }

  void declare(const xercesc::XMLAttr& attribute) {
    std::string& prefix = tag_.declared.add();
    prefix.clear();
    if (!attribute_prefix_.empty()) name(prefix, attribute.getName());
    name(namespace_name_, attribute.getValue());
    // C14N 1.0 has no canonical form for documents with relative namespace names.
    if (!namespace_name_.empty() && !is_absolute_uri(namespace_name_))
      refuse(Refusal::Kind::malformed,
             "namespace name \"" + namespace_name_ + "\" is not an absolute URI");
    if (scope_.size() == kMaxNamespaces)
      refuse(Refusal::Kind::malformed, "more than " + std::to_string(kMaxNamespaces) +
                                           " namespace declarations at one place");
    scope_.declare(prefix, namespace_name_);
  }

  // DUIS has no type that another could stand in for and nothing that may be nil. Xerces-C++ lets
  // some substitutions pass that XML Schema forbids (a simple type for a complex one).
  void refuse_substitutions() const {
    for (const auto& attribute : tag_.attributes)
      if (attribute.namespace_name == kSchemaInstance &&
          (attribute.local_name == "type" || attribute.local_name == "nil"))
        refuse(Refusal::Kind::malformed, attribute.qualified_name + " is not accepted");
  }

  void start_in_document() {
    refuse_substitutions();
    switch (open_.size()) {
      case 1:
        start_root();
        break;
      case 2:
        in_header_ = tag_.local_name == "Header";
        break;
      case 3:
        if (!in_header_) start_body();
        break;
      default:
        break;
    }
    // Paths are relative to Header, and to Body's child.
    if (open_.size() > (in_header_ ? 2u : 3u)) {
      if (!path_.empty()) path_ += '/';
      path_ += tag_.local_name;
    }
    if (open_.size() == 1) message_.root_begin = document_.octets().size();
    document_.start_element(tag_, scope_);
    open_.back().text_begin = document_.octets().size();
  }

  void start_root() {
    if (uri_ != kDuisNamespace || (tag_.local_name != "Request" && tag_.local_name != "Response"))
      refuse(Refusal::Kind::malformed, "the document element is " + tag_.local_name +
                                           "; a DUIS Request or Response expected");
    message_.kind = tag_.local_name == "Request" ? Message::Kind::request : Message::Kind::response;
    for (const auto& attribute : tag_.attributes)
      if (attribute.qualified_name == "schemaVersion") schema_version_ = attribute.value;
  }

  void start_body() {
    ++bodies_;
    body_element_ = tag_.local_name;
  }

  void end_in_document(std::string_view qualified_name) {
    const Open& element = open_.back();
    if (element.is_leaf && !path_.empty()) {
      leaves_.push_back({paths_.size(), path_.size(), element.text_begin,
                         document_.octets().size() - element.text_begin, element.whitespace,
                         in_header_});
      paths_ += path_;
    }
    if (open_.size() == 1) {
      message_.root_end_tag = document_.octets().size();
      root_closed_ = true;
    }
    document_.end_element(qualified_name);
  }

  void start_in_signature() {
    if (!in_signature()) {
      if (open_.size() != 2 || has_signature_)
        // Malformed, as by a schema that knows the Signature.
        refuse(Refusal::Kind::malformed,
               "a Signature must be the only one and a child of the document element");
      has_signature_ = true;
      signature_depth_ = open_.size();
    }
    if (!profile_.start_element(uri_, tag_)) refuse_profile("element " + tag_.qualified_name);
    if (!in_signed_info() && tag_.local_name == "SignedInfo") signed_info_depth_ = open_.size();
    if (in_signed_info()) signed_info_.start_element(tag_, scope_);
  }

  void end_in_signature(std::string_view qualified_name) {
    if (!profile_.end_element()) refuse_profile("the end of " + std::string(qualified_name));
    if (in_signed_info()) signed_info_.end_element(qualified_name);
    if (open_.size() == signed_info_depth_) signed_info_depth_ = 0;
    if (open_.size() == signature_depth_) signature_depth_ = 0;
  }

  [[noreturn]] void refuse_profile(const std::string& got) const {
    refuse(Refusal::Kind::signature, "the Signature is not of the DUIS profile: " + got +
                                         " where " + profile_.expected() + " is expected");
  }

  // ---- After the pass ----

  // The leaf's text, decoded from the octets that the digest covers. Most need no decoding and
  // are views into them; the rest is decoded into values_, which never grows beyond its reserve.
  std::string_view value_of(const Leaf& leaf) {
    const std::string_view written =
        std::string_view(document_.octets()).substr(leaf.text_begin, leaf.text_size);
    const bool plain = std::none_of(written.begin(), written.end(), is_markup);
    if (plain && leaf.whitespace == DatatypeValidator::PRESERVE) return written;
    if (plain && std::none_of(written.begin(), written.end(), is_space)) return written;
    const std::size_t begin = values_.size();
    append_decoded_text(values_, written);
    treat_whitespace(values_, begin, leaf.whitespace);
    return std::string_view(values_).substr(begin);
  }

  void collect() {
    values_.clear();
    values_.reserve(document_.octets().size());
    items_.clear();
    for (const Leaf& leaf : leaves_) {
      const Item item{std::string_view(paths_).substr(leaf.path_begin, leaf.path_size),
                      value_of(leaf)};
      if (leaf.in_header)
        take_header(item);
      else
        take_body(item);
    }
    if (bodies_ > 1) refuse(Refusal::Kind::malformed, "more than one element in Body");
    message_.schema_version = trimmed(schema_version_);
    message_.body_element = body_element_;
    message_.items = items_;
    message_.canonical = document_.octets();
    if (has_signature_) {
      const SignatureProfile::Values& values = profile_.values();
      message_.signature = SignatureParts{signed_info_.octets(), values.digest, values.signature,
                                          values.issuer_name, values.serial_number};
    }
  }

  // A field of the message stands once: of two, whoever reads the first and whoever reads the last
  // would act on different messages. A schema says so too, where it knows the element.
  static void take(std::string_view& field, const Item& item) {
    if (field.data() != nullptr)
      refuse(Refusal::Kind::malformed, std::string(item.path) + " is given twice");
    field = item.value;
  }

  void take_header(const Item& item) {
    if (item.path == "RequestID") {
      take(message_.request_id_text, item);
      message_.request_id = RequestId::parse(item.value);
      // The schema lets twenty digits pass; the field is an unsigned 64-bit number.
      if (!message_.request_id)
        refuse(Refusal::Kind::malformed,
               "RequestID " + std::string(item.value) + ": the counter exceeds 64 bits");
    } else if (item.path == "CommandVariant") {
      std::string_view& digits = command_variant_;
      take(digits, item);
      // xs:positiveInteger may be written +8 or 08.
      digits.remove_prefix(std::min(digits.find_first_not_of("+0"), digits.size()));
      std::from_chars(digits.begin(), digits.end(), message_.command_variant);
    } else if (item.path == "ServiceReference") {
      take(message_.service_reference, item);
    } else if (item.path == "ServiceReferenceVariant") {
      take(message_.service_reference_variant, item);
    } else if (item.path == "ResponseCode") {
      take(message_.response_code, item);
    } else if (item.path == "ResponseDateTime") {
      take(message_.response_time, item);
    }
  }

  void take_body(const Item& item) {
    items_.push_back(item);
    if (message_.kind == Message::Kind::response) {
      if (item.path == "ServiceReference") take(message_.service_reference, item);
      if (item.path == "ServiceReferenceVariant") take(message_.service_reference_variant, item);
    } else if (item.path == "DeviceID") {
      take(device_id_, item);
      message_.device_id = Eui64::parse(trimmed(item.value));
    }
  }

  // A scanner remembers every name that it has met and searches them ever more slowly; so it is
  // replaced once it has read this much, or anybody could wear it out with made-up names.
  static constexpr std::size_t kMaxOctets = std::size_t{256} * 1024;

  std::size_t octets_read_ = 0;
  bool refused_ = false;
  std::size_t unknown_names_ = 0;         // that the scanner remembers
  std::size_t unknown_names_before_ = 0;  // likewise, when this message began
  NoEntities no_entities_;

  Message message_;
  Refusal refusal_;

  NamespaceScope scope_;
  CanonicalForm document_{CanonicalForm::Kind::inclusive};
  CanonicalForm signed_info_{CanonicalForm::Kind::exclusive};
  SignatureProfile profile_;
  std::vector<Open> open_;    // from the document element to the current one
  std::vector<Leaf> leaves_;  // in document order
  std::string names_;         // the qualified names of open_
  std::string path_;          // of the current element
  std::string paths_;         // of all leaves
  std::string schema_version_;
  std::string body_element_;
  std::string_view command_variant_;  // as written, collapsed
  std::string_view device_id_;        // likewise
  bool in_header_ = false;
  bool root_closed_ = false;
  unsigned bodies_ = 0;  // elements in Body
  bool has_signature_ = false;
  std::size_t signature_depth_ = 0;    // open_.size() at Signature, while inside it
  std::size_t signed_info_depth_ = 0;  // likewise at SignedInfo

  std::basic_string<XMLCh> characters_;  // text since the last tag
  std::string text_;                     // the same as UTF-8
  StartTag tag_;
  unsigned int uri_id_ = 0;  // 0: the scanner gives it to none
  std::string uri_;          // of the current element
  std::string attribute_prefix_;
  std::string namespace_name_;

  std::string values_;
  std::vector<Item> items_;
};

std::unique_ptr<Reader::Pass> Reader::make_pass(std::shared_ptr<Grammars> grammars) {
  try {
    return std::make_unique<Pass>(std::move(grammars));
  } catch (const xercesc::OutOfMemoryException&) {
    throw std::bad_alloc();
  }
}

Reader::Reader(const Schema& schema) : pass_(make_pass(schema.compile())) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

const Message* Reader::read(std::string_view octets) {
  if (pass_->is_spent()) pass_ = make_pass(pass_->grammars());
  try {
    return pass_->read(octets);
  } catch (const xercesc::OutOfMemoryException&) {  // not a std::exception
    throw std::bad_alloc();
  }
}
const Refusal& Reader::refusal() const {
  return pass_->refusal();
}

}  // namespace dcc::duis
