// SPDX-License-Identifier: Apache-2.0
//
// Xerces-C++ scans and validates; its document callbacks arrive here and go on to the builder of
// the message as events of UTF-8 text.
#include "duis/reader.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/internal/XMLScanner.hpp>
#include <xercesc/parsers/XercesDOMParser.hpp>
#include <xercesc/util/OutOfMemoryException.hpp>
#include <xercesc/util/XMLEntityResolver.hpp>
#include <xercesc/util/XMLUni.hpp>
#include <xercesc/validators/datatype/DatatypeValidator.hpp>
#include <xercesc/validators/schema/ComplexTypeInfo.hpp>
#include <xercesc/validators/schema/SchemaElementDecl.hpp>

#include "duis/grammars.hpp"
#include "duis/message_builder.hpp"
#include "duis/xerces.hpp"
#include "text/utf8.hpp"

namespace dcc::duis {
namespace {

using xercesc::DatatypeValidator;
using xercesc::XMLElementDecl;

// What the schema does to white space in values of this element.
WhiteSpace white_space_of(const XMLElementDecl& declaration) {
  if (declaration.getObjectType() != XMLElementDecl::Schema) return WhiteSpace::preserve;
  const auto& schema = static_cast<const xercesc::SchemaElementDecl&>(declaration);
  const DatatypeValidator* type = schema.getDatatypeValidator();
  if (type == nullptr && schema.getComplexTypeInfo() != nullptr)
    type = schema.getComplexTypeInfo()->getDatatypeValidator();
  if (type == nullptr) return WhiteSpace::preserve;
  switch (type->getWSFacet()) {
    case DatatypeValidator::REPLACE:
      return WhiteSpace::replace;
    case DatatypeValidator::COLLAPSE:
      return WhiteSpace::collapse;
    default:
      return WhiteSpace::preserve;
  }
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
    builder_.start_document();
    refusal_ = {};
    characters_.clear();
    uri_id_ = 0;
    unknown_names_before_ = unknown_names_;
    refused_ = true;  // until the end is reached
    octets_read_ += octets.size();
    try {
      const Message& message = read_all(octets);
      refused_ = false;
      return &message;
    } catch (EndOfReading& refused) {
      refusal_ = std::move(refused.refusal);
      return nullptr;
    }
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
    if (!declaration.isDeclared()) limit_unknown_names(declaration.getId());
    name(tag_.prefix, prefix);
    name(tag_.local_name, declaration.getBaseName());
    qualify(tag_.qualified_name, tag_.prefix, tag_.local_name);
    take_namespace(uri);
    take_attributes(attributes, count);
    builder_.start_element(tag_, white_space_of(declaration));
    // Xerces-C++ does not call endElement for <empty/>.
    if (is_empty) endElement(declaration, uri, is_root, prefix);
  }

  void endElement(const XMLElementDecl&, unsigned int, bool, const XMLCh*) override {
    flush_text();
    builder_.end_element();
  }

  void docCharacters(const XMLCh* characters, XMLSize_t length, bool) override {
    characters_.append(characters, length);
  }

  void ignorableWhitespace(const XMLCh* characters, XMLSize_t length, bool) override {
    // Outside the document element white space is not part of any canonical form.
    if (builder_.is_open()) characters_.append(characters, length);
  }

  void docPI(const XMLCh* target, const XMLCh* data) override {
    flush_text();
    builder_.instruction(utf8(target), utf8(data));
  }

  void error(unsigned int, const XMLCh* domain, xercesc::XMLErrorReporter::ErrTypes type,
             const XMLCh* text, const XMLCh*, const XMLCh*, XMLFileLoc line,
             XMLFileLoc column) override {
    if (type == xercesc::XMLErrorReporter::ErrType_Warning) return;
    // What is no error of well-formedness is one of validity, also if a type's check reports it.
    const bool well_formed = !xercesc::XMLString::equals(domain, xercesc::XMLUni::fgXMLErrDomain);
    refuse(
        well_formed && builder_.in_signature() ? Refusal::Kind::signature
                                               : Refusal::Kind::malformed,
        "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " +
            (xercesc::XMLString::equals(domain, xercesc::XMLUni::fgExceptDomain) ? builder_.place()
                                                                                 : "") +
            utf8(text));
  }

  // No tree.
  void startDocument() override {}
  void endDocument() override {}
  void resetDocument() override {}
  void docComment(const XMLCh*) override {}
  void startEntityReference(const xercesc::XMLEntityDecl&) override {}
  void endEntityReference(const xercesc::XMLEntityDecl&) override {}

 private:
  const Message& read_all(std::string_view octets) {
    if (octets.find('\0') != std::string_view::npos)
      refuse(Refusal::Kind::malformed, "the message contains a NUL octet; UTF-8 text expected");
    // Xerces-C++ lets code points beyond U+10FFFF pass.
    if (!text::is_utf8(octets)) refuse(Refusal::Kind::malformed, "the message is not UTF-8 text");
    xercesc::MemBufInputSource source(reinterpret_cast<const XMLByte*>(octets.data()),
                                      octets.size(), xercesc::XMLUni::fgZeroLenString);
    source.setCopyBufToStream(false);
    source.setEncoding(xercesc::XMLUni::fgUTF8EncodingString);
    try {
      parse(source);
    } catch (const xercesc::XMLException& e) {
      refuse(Refusal::Kind::malformed, utf8(e.getMessage()));
    }
    if (!builder_.is_complete() || getErrorCount() != 0)
      refuse(Refusal::Kind::malformed, "the message is not well-formed or not valid");
    return builder_.finish();
  }

  static void name(std::string& to, const XMLCh* from) {
    to.clear();
    append_utf8(to, from);
  }

  // Of an element: neighbours nearly always have the same one.
  void take_namespace(unsigned int id) {
    if (id == uri_id_) return;
    uri_id_ = id;
    name(tag_.namespace_name, getScanner()->getURIText(id));
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
    builder_.text(text_);
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
    StartTag::Declaration& to = tag_.declared.add();
    to.prefix.clear();
    if (!attribute_prefix_.empty()) name(to.prefix, attribute.getName());
    name(to.namespace_name, attribute.getValue());
  }

  // A scanner remembers every name that it has met and searches them ever more slowly; so it is
  // replaced once it has read this much, or anybody could wear it out with made-up names.
  static constexpr std::size_t kMaxOctets = std::size_t{256} * 1024;

  std::size_t octets_read_ = 0;
  bool refused_ = false;
  std::size_t unknown_names_ = 0;         // that the scanner remembers
  std::size_t unknown_names_before_ = 0;  // likewise, when this message began
  NoEntities no_entities_;

  MessageBuilder builder_;
  Refusal refusal_;
  std::basic_string<XMLCh> characters_;  // text since the last tag
  std::string text_;                     // the same as UTF-8
  StartTag tag_;
  unsigned int uri_id_ = 0;  // of tag_.namespace_name; 0: the scanner gives it to none
  std::string attribute_prefix_;
};

std::unique_ptr<Reader::Pass> Reader::make_pass(std::shared_ptr<Grammars> grammars) {
  try {
    return std::make_unique<Pass>(std::move(grammars));
  } catch (const xercesc::OutOfMemoryException&) {
    throw std::bad_alloc();
  }
}

Reader::Reader(const Schema& schema) : pass_(make_pass(schema.compile())) {}
Reader::Reader(std::unique_ptr<Pass> pass) : pass_(std::move(pass)) {}
Reader Reader::another() const {
  return Reader(make_pass(pass_->grammars()));
}
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
