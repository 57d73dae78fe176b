// SPDX-License-Identifier: Apache-2.0
#include "duis/schema.hpp"

#include <fstream>
#include <iterator>
#include <utility>
#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/parsers/XercesDOMParser.hpp>
#include <xercesc/sax/ErrorHandler.hpp>
#include <xercesc/sax/SAXParseException.hpp>
#include <xercesc/util/OutOfMemoryException.hpp>
#include <xercesc/util/XMLEntityResolver.hpp>
#include <xercesc/util/XMLResourceIdentifier.hpp>
#include <xercesc/util/XMLString.hpp>

#include "duis/grammars.hpp"
#include "duis/profile_schema.hpp"
#include "duis/signature_profile.hpp"
#include "duis/xerces.hpp"

namespace dcc::duis {
namespace {

using xercesc::InputSource;
using xercesc::SAXParseException;

// In the place of any schema for Signatures. The reader checks each Signature against the one DUIS
// profile (signature_profile.hpp), which is stricter than the published schema; to have it
// validated as well took a quarter of the time of reading a message.
constexpr std::string_view kSignatureSchema = R"xsd(
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
           targetNamespace="http://www.w3.org/2000/09/xmldsig#">
  <xs:element name="Signature">
    <xs:complexType>
      <xs:sequence>
        <xs:any processContents="skip" minOccurs="0" maxOccurs="unbounded"/>
      </xs:sequence>
    </xs:complexType>
  </xs:element>
</xs:schema>)xsd";

std::unique_ptr<InputSource> source_of(std::string_view octets, const std::string& name) {
  auto source = std::make_unique<xercesc::MemBufInputSource>(
      reinterpret_cast<const XMLByte*>(octets.data()), octets.size(), name.c_str());
  source->setCopyBufToStream(false);
  return source;
}

// Whatever a schema refers to is the file of that name beside it; what is not there is empty.
class SiblingResolver : public xercesc::XMLEntityResolver {
 public:
  explicit SiblingResolver(const std::function<std::string_view(const std::string&)>& sibling)
      : sibling_(sibling) {}

  InputSource* resolveEntity(xercesc::XMLResourceIdentifier* resource) override {
    const std::string name = std::filesystem::path(utf8(resource->getSystemId())).filename();
    if (utf8(resource->getNameSpace()) == kSignatureNamespace)
      return source_of(kSignatureSchema, name).release();
    return source_of(sibling_(name), name).release();
  }

 private:
  const std::function<std::string_view(const std::string&)>& sibling_;
};

class ThrowingHandler : public xercesc::ErrorHandler {
 public:
  void warning(const SAXParseException&) override {}
  void error(const SAXParseException& e) override { refuse(e); }
  void fatalError(const SAXParseException& e) override { refuse(e); }
  void resetErrors() override {}

 private:
  [[noreturn]] static void refuse(const SAXParseException& e) {
    throw SchemaError(utf8(e.getSystemId()) + ":" + std::to_string(e.getLineNumber()) + ": " +
                      utf8(e.getMessage()));
  }
};

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) throw SchemaError(file.string() + ": cannot be read");
  return content;
}

}  // namespace

Schema::Schema(std::string name, std::string octets)
    : name_(std::move(name)), octets_(std::move(octets)) {
  use_xerces();
}

Schema::~Schema() = default;

std::unique_ptr<Grammars> Schema::compile(const Sibling& sibling) const {
  auto grammars = std::make_unique<Grammars>();
  xercesc::XercesDOMParser parser(nullptr, xercesc::XMLPlatformUtils::fgMemoryManager,
                                  &grammars->pool());
  SiblingResolver resolver(sibling);
  ThrowingHandler errors;
  parser.setXMLEntityResolver(&resolver);
  parser.setErrorHandler(&errors);
  parser.setDoNamespaces(true);
  parser.setDoSchema(true);
  parser.setValidationScheme(xercesc::XercesDOMParser::Val_Always);
  // Finds ambiguous content models now, and builds them all: no message waits for it.
  parser.setValidationSchemaFullChecking(true);
  try {
    const auto source = source_of(octets_, name_);
    if (parser.loadGrammar(*source, xercesc::Grammar::SchemaGrammarType, true) == nullptr)
      throw SchemaError(name_ + ": not a schema");
  } catch (const xercesc::XMLException& e) {
    throw SchemaError(name_ + ": " + utf8(e.getMessage()));
  } catch (const xercesc::OutOfMemoryException&) {
    throw SchemaError(name_ + ": out of memory");
  }
  grammars->pool().lockPool();
  return grammars;
}

std::unique_ptr<Grammars> Schema::compile() const {
  {
    const std::lock_guard lock(mutex_);
    if (compiled_) return std::move(compiled_);
  }
  try {
    return compile([this](const std::string& name) -> std::string_view {
      const auto at = siblings_.find(name);
      return at == siblings_.end() ? std::string_view() : at->second;
    });
  } catch (const xercesc::OutOfMemoryException&) {  // not a std::exception
    throw std::bad_alloc();
  }
}

std::shared_ptr<const Schema> Schema::built_in() {
  static const std::shared_ptr<const Schema> instance = [] {
    std::shared_ptr<Schema> schema(new Schema("profile.xsd", std::string(kProfileSchema)));
    schema->compiled_ = schema->compile();
    return schema;
  }();
  return instance;
}

std::shared_ptr<const Schema> Schema::load(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file))
    throw SchemaError(file.string() + ": no such schema file");
  std::shared_ptr<Schema> schema(new Schema(file.string(), content_of(file)));
  const auto read_sibling = [&](const std::string& name) -> std::string_view {
    const auto sibling = file.parent_path() / name;
    std::error_code error;
    if (!std::filesystem::is_regular_file(sibling, error)) return {};
    return schema->siblings_.try_emplace(name, content_of(sibling)).first->second;
  };
  schema->compiled_ = schema->compile(read_sibling);
  return schema;
}

}  // namespace dcc::duis
