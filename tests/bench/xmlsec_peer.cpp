// SPDX-License-Identifier: Apache-2.0
#include "bench/xmlsec_peer.hpp"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <xmlsec/crypto.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

#include <map>

#include "duis/writer.hpp"

namespace bench {
namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* handle) const {
    free(handle);
  }
};
using Document = std::unique_ptr<xmlDoc, Free<xmlFreeDoc>>;
using Key = std::unique_ptr<xmlSecKey, Free<xmlSecKeyDestroy>>;
using Signing = std::unique_ptr<xmlSecDSigCtx, Free<xmlSecDSigCtxDestroy>>;
using SchemaHandle = std::unique_ptr<xmlSchema, Free<xmlSchemaFree>>;
using Validation = std::unique_ptr<xmlSchemaValidCtxt, Free<xmlSchemaFreeValidCtxt>>;

constexpr std::string_view kSignatureTemplate =
    R"(<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>)"
    R"(<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>)"
    R"(<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>)"
    R"(<ds:Reference URI=""><ds:Transforms>)"
    R"(<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>)"
    R"(</ds:Transforms>)"
    R"(<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/>)"
    R"(</ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>)";

void initialise() {
  static const bool ready = [] {
    xmlInitParser();
    if (xmlSecInit() < 0 || xmlSecCryptoAppInit(nullptr) < 0 || xmlSecCryptoInit() < 0) {
      fail("xmlsec cannot be initialised");
    }
    return true;
  }();
  static_cast<void>(ready);
}

Key load(const std::filesystem::path& file, xmlSecKeyDataFormat format) {
  Key key(xmlSecCryptoAppKeyLoad(file.c_str(), format, nullptr, nullptr, nullptr));
  if (!key) fail("xmlsec does not load " + file.string());
  return key;
}

Document parse(std::string_view octets) {
  Document document(xmlReadMemory(octets.data(), static_cast<int>(octets.size()), nullptr, nullptr,
                                  XML_PARSE_NONET));
  if (!document) fail("libxml2 does not parse a document");
  return document;
}

std::string text_of(xmlDoc* document, const char* name, const xmlChar* namespace_name) {
  xmlNode* node = xmlSecFindNode(xmlDocGetRootElement(document), BAD_CAST name, namespace_name);
  if (node == nullptr) fail(std::string("no element ") + name);
  const std::unique_ptr<xmlChar, Free<[](xmlChar* text) { xmlFree(text); }>> text(
      xmlNodeGetContent(node));
  return reinterpret_cast<const char*>(text.get());
}

const xmlChar* const kDuis = BAD_CAST "http://www.dccinterface.co.uk/ServiceUserGateway";

}  // namespace

class XmlsecPeer::Impl {
 public:
  Impl(const World& world, const std::filesystem::path& schema) {
    initialise();
    const std::unique_ptr<xmlSchemaParserCtxt, Free<xmlSchemaFreeParserCtxt>> parser(
        xmlSchemaNewParserCtxt(schema.c_str()));
    schema_.reset(xmlSchemaParse(parser.get()));
    validation_.reset(xmlSchemaNewValidCtxt(schema_.get()));
    if (!schema_ || !validation_) fail("libxml2 does not take the schema " + schema.string());
    for (std::size_t user = 0; user < World::kUsers; ++user) {
      keys_[world.serial(user)] = load(world.certificate_file(user), xmlSecKeyDataFormatCertPem);
    }
    signer_ = load(world.signer_key_file(), xmlSecKeyDataFormatPem);
  }

  std::string answer(const std::string& request) {
    const Document document = parse(request);
    if (xmlSchemaValidateDoc(validation_.get(), document.get()) != 0) fail("libxml2: not valid");
    verify(document.get());
    dcc::duis::ResponseFields fields;
    fields.schema_version = "5.4";
    const std::string request_id = text_of(document.get(), "RequestID", kDuis);
    const std::string reference = text_of(document.get(), "ServiceReference", kDuis);
    const std::string srv = text_of(document.get(), "ServiceReferenceVariant", kDuis);
    fields.request_id = request_id;
    fields.code = "I99";
    fields.response_time = kNow;
    fields.service_reference = reference;
    fields.srv = srv;
    return sign(dcc::duis::response_root(fields));
  }

 private:
  static xmlNode* signature_of(xmlDoc* document) {
    xmlNode* node =
        xmlSecFindNode(xmlDocGetRootElement(document), xmlSecNodeSignature, xmlSecDSigNs);
    if (node == nullptr) fail("no Signature");
    return node;
  }

  void verify(xmlDoc* document) {
    const auto key = keys_.find(text_of(document, "X509SerialNumber", xmlSecDSigNs));
    if (key == keys_.end()) fail("no certificate of that serial number");
    const Signing context(xmlSecDSigCtxCreate(nullptr));
    context->signKey = xmlSecKeyDuplicate(key->second.get());
    if (xmlSecDSigCtxVerify(context.get(), signature_of(document)) < 0 ||
        context->status != xmlSecDSigStatusSucceeded) {
      fail("xmlsec: not verified");
    }
  }

  std::string sign(std::string root) {
    root.insert(root.rfind("</"), kSignatureTemplate);
    const Document document = parse(root);
    const Signing context(xmlSecDSigCtxCreate(nullptr));
    context->signKey = xmlSecKeyDuplicate(signer_.get());
    if (xmlSecDSigCtxSign(context.get(), signature_of(document.get())) < 0) {
      fail("xmlsec: not signed");
    }
    xmlChar* octets = nullptr;
    int size = 0;
    xmlDocDumpMemory(document.get(), &octets, &size);
    std::string text(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size));
    xmlFree(octets);
    return text;
  }

  SchemaHandle schema_;
  Validation validation_;
  std::map<std::string, Key> keys_;  // by serial number
  Key signer_;
};

XmlsecPeer::XmlsecPeer(const World& world, const std::filesystem::path& schema)
    : impl_(std::make_unique<Impl>(world, schema)) {}
XmlsecPeer::~XmlsecPeer() = default;

std::string XmlsecPeer::answer(const std::string& request) {
  return impl_->answer(request);
}

}  // namespace bench
