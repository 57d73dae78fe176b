// SPDX-License-Identifier: Apache-2.0
#include "duis/schema.hpp"

#include <string>
#include <string_view>
#include <xercesc/framework/LocalFileInputSource.hpp>
#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/framework/XMLGrammarPoolImpl.hpp>
#include <xercesc/parsers/XercesDOMParser.hpp>
#include <xercesc/sax/ErrorHandler.hpp>
#include <xercesc/sax/SAXParseException.hpp>
#include <xercesc/util/OutOfMemoryException.hpp>
#include <xercesc/util/PlatformUtils.hpp>
#include <xercesc/util/XMLEntityResolver.hpp>
#include <xercesc/util/XMLResourceIdentifier.hpp>

#include "duis/profile_schema.hpp"
#include "duis/xerces.hpp"

namespace dcc::duis {
namespace {

using xercesc::InputSource;
using xercesc::SAXParseException;

// Whatever a schema refers to is the file of that name beside it; what is not there is empty.
// (The XML-Signature schema names a DTD on the web and needs only the entities it defines itself.)
class SiblingResolver : public xercesc::XMLEntityResolver {
 public:
  explicit SiblingResolver(std::filesystem::path directory) : directory_(std::move(directory)) {}

  InputSource* resolveEntity(xercesc::XMLResourceIdentifier* resource) override {
    const std::string id = utf8(resource->getSystemId());
    const auto sibling = directory_ / std::filesystem::path(id).filename();
    std::error_code error;
    if (!directory_.empty() && std::filesystem::is_regular_file(sibling, error))
      return new xercesc::LocalFileInputSource(transcoded(sibling).get());
    return new xercesc::MemBufInputSource(reinterpret_cast<const XMLByte*>(""), 0, id.c_str());
  }

  struct Release {
    void operator()(XMLCh* text) const { xercesc::XMLString::release(&text); }
  };
  static std::unique_ptr<XMLCh, Release> transcoded(const std::filesystem::path& path) {
    return std::unique_ptr<XMLCh, Release>(xercesc::XMLString::transcode(path.c_str()));
  }

 private:
  std::filesystem::path directory_;
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

void load_into(xercesc::XMLGrammarPool& pool, const InputSource& source,
               const std::filesystem::path& directory, const std::string& name) {
  xercesc::XercesDOMParser parser(nullptr, xercesc::XMLPlatformUtils::fgMemoryManager, &pool);
  SiblingResolver resolver(directory);
  ThrowingHandler errors;
  parser.setXMLEntityResolver(&resolver);
  parser.setErrorHandler(&errors);
  parser.setDoNamespaces(true);
  parser.setDoSchema(true);
  parser.setValidationScheme(xercesc::XercesDOMParser::Val_Always);
  // Builds all content models now: the pool's lazy way is not safe from several threads.
  parser.setValidationSchemaFullChecking(true);
  try {
    if (parser.loadGrammar(source, xercesc::Grammar::SchemaGrammarType, true) == nullptr)
      throw SchemaError(name + ": not a schema");
  } catch (const xercesc::XMLException& e) {
    throw SchemaError(name + ": " + utf8(e.getMessage()));
  } catch (const xercesc::OutOfMemoryException&) {
    throw SchemaError(name + ": out of memory");
  }
  pool.lockPool();
}

}  // namespace

void Schema::PoolDeleter::operator()(xercesc::XMLGrammarPool* pool) const {
  delete pool;
}

Schema::Schema() {
  use_xerces();
  grammars_.reset(new xercesc::XMLGrammarPoolImpl(xercesc::XMLPlatformUtils::fgMemoryManager));
  namespaces_ = grammars_->getURIStringPool();  // locked, it would give the one that grows
}

Schema::~Schema() = default;

std::shared_ptr<const Schema> Schema::built_in() {
  static const std::shared_ptr<const Schema> instance = [] {
    const std::shared_ptr<Schema> schema(new Schema);
    const xercesc::MemBufInputSource source(reinterpret_cast<const XMLByte*>(kProfileSchema.data()),
                                            kProfileSchema.size(), "profile.xsd");
    load_into(*schema->grammars_, source, {}, "profile.xsd");
    return schema;
  }();
  return instance;
}

std::shared_ptr<const Schema> Schema::load(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file))
    throw SchemaError(file.string() + ": no such schema file");
  const std::shared_ptr<Schema> schema(new Schema);
  const auto absolute = std::filesystem::absolute(file);
  const xercesc::LocalFileInputSource source(SiblingResolver::transcoded(absolute).get());
  load_into(*schema->grammars_, source, absolute.parent_path(), file.string());
  return schema;
}

}  // namespace dcc::duis
