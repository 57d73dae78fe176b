// SPDX-License-Identifier: Apache-2.0
#include "duis/writer.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "client/pki.hpp"
#include "temporary_directory.hpp"

using namespace dcc::duis;
namespace pki = sample::pki;

namespace {

const Eui64 kUser{0x90B3D51F30010000};

// A User with a certificate, on disk.
struct SigningUser {
  TemporaryDirectory directory;
  std::filesystem::path certificate_file, key_file;
  std::optional<Signer> signer;

  explicit SigningUser(const std::string& serial = "1234567890",
                       std::string_view issuer = "CN=Z1,OU=07") {
    const pki::Identity ca = pki::make_ca(issuer);
    pki::CertificateOptions options;
    options.eui = kUser;
    options.serial = serial;
    const pki::Identity user = pki::make_certificate(ca, options);
    certificate_file = directory.write("user.pem", user.certificate_pem());
    key_file = directory.write("user.key", user.key_pem());
    signer.emplace(Signer::load(certificate_file, key_file));
  }
};

int run(const std::string& command) {
  return std::system((command + " >&2").c_str());
}

// xmlsec1 knows nothing of us: the oracle for what a DUIS signature is.
bool xmlsec_accepts(const SigningUser& user, const std::string& document) {
  const auto file = user.directory.write("signed.xml", document);
  return run("xmlsec1 --verify --enabled-reference-uris empty --pubkey-cert-pem " +
             user.certificate_file.string() + " " + file.string()) == 0;
}

RequestFields fault_return() {
  RequestFields fields;
  fields.request_id = "90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1000";
  fields.service_reference = "8.14";
  fields.srv = "8.14.3";
  fields.body_element = "CHFFaultReturn";
  fields.items = {{"DeviceID", "00-DB-12-34-56-78-90-A2"},
                  {"CHFFaultReturnType", "Fault identified prior to installation"},
                  {"OtherDeviceID", "00-DB-12-34-56-78-90-A0"},
                  {"CHFConnectionMethod", "Hot-shoe"},
                  {"CHFFaultReason", "Damaged case"}};
  return fields;
}

ResponseFields not_pending() {
  ResponseFields fields;
  fields.schema_version = "5.4";
  fields.request_id = "90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1000";
  fields.code = "E5";
  fields.response_time = 1795489542123;
  fields.service_reference = "8.14";
  fields.srv = "8.14.3";
  return fields;
}

std::string content(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

// The published schema, if it lies beside the source (it is no part of the project). xmllint does
// not find an import whose file name has spaces, so it gets a copy.
std::optional<std::filesystem::path> published_schema(const TemporaryDirectory& directory) {
  const std::filesystem::path published = DCC_SOURCE_DIR "/../shared/duis";
  const std::string imported = "MMC Schema V5.4.xsd";
  if (!std::filesystem::exists(published / imported)) return std::nullopt;
  std::string schema = content(published / "DUIS Schema V5.4.xsd");
  schema.replace(schema.find(imported), imported.size(), "mmc.xsd");
  directory.write("mmc.xsd", content(published / imported));
  directory.write("xmldsig-core-schema.xsd", content(published / "xmldsig-core-schema.xsd"));
  return directory.write("duis.xsd", schema);
}

}  // namespace

TEST_CASE("Times are UTC with milliseconds") {
  CHECK(date_time(0) == "1970-01-01T00:00:00.000Z");
  CHECK(date_time(1795489542123) == "2026-11-24T03:05:42.123Z");
  CHECK(date_time(1709251199999) == "2024-02-29T23:59:59.999Z");
  CHECK(date_time(-1) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("A response as it is sent") {
  CHECK(response_document(not_pending(), nullptr) ==
        R"(<?xml version="1.0" encoding="UTF-8"?>)"
        R"(<sr:Response xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway")"
        R"( schemaVersion="5.4"><sr:Header>)"
        R"(<sr:RequestID>90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1000</sr:RequestID>)"
        R"(<sr:ResponseCode>E5</sr:ResponseCode>)"
        R"(<sr:ResponseDateTime>2026-11-24T03:05:42.123Z</sr:ResponseDateTime></sr:Header>)"
        R"(<sr:Body><sr:ResponseMessage><sr:ServiceReference>8.14</sr:ServiceReference>)"
        R"(<sr:ServiceReferenceVariant>8.14.3</sr:ServiceReferenceVariant>)"
        R"(</sr:ResponseMessage></sr:Body></sr:Response>)");
}

TEST_CASE("A request holds its items in order, escaped") {
  RequestFields fields = fault_return();
  fields.body_element = "CHFNoFaultReturn";
  fields.items = {{"DeviceID", "00-DB-12-34-56-78-90-A2"}, {"AdditionalInformation", "a & <b>"}};
  CHECK(request_root(fields) ==
        R"(<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway")"
        R"( schemaVersion="5.4"><sr:Header>)"
        R"(<sr:RequestID>90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1000</sr:RequestID>)"
        R"(<sr:CommandVariant>8</sr:CommandVariant>)"
        R"(<sr:ServiceReference>8.14</sr:ServiceReference>)"
        R"(<sr:ServiceReferenceVariant>8.14.3</sr:ServiceReferenceVariant></sr:Header>)"
        R"(<sr:Body><sr:CHFNoFaultReturn><sr:DeviceID>00-DB-12-34-56-78-90-A2</sr:DeviceID>)"
        R"(<sr:AdditionalInformation>a &amp; &lt;b&gt;</sr:AdditionalInformation>)"
        R"(</sr:CHFNoFaultReturn></sr:Body></sr:Request>)");
}

TEST_CASE("xmlsec1 accepts what is signed, and only that") {
  const SigningUser user;
  RequestFields fields = fault_return();
  fields.items.emplace_back("AdditionalInformation", "caf\xC3\xA9 & <tag> \"quoted\"\n \t\r end");
  const std::string document = sign_document(request_root(fields), *user.signer);
  CHECK(xmlsec_accepts(user, document));
  CHECK(xmlsec_accepts(user, response_document(not_pending(), &*user.signer)));

  std::string changed = document;
  changed.replace(changed.find("Hot-shoe"), 8, "Cradle  ");
  CHECK_FALSE(xmlsec_accepts(user, changed));
  CHECK_FALSE(xmlsec_accepts(SigningUser(), document));
}

TEST_CASE("The signature stands in the root, whatever namespaces that declares") {
  const SigningUser user;
  const std::string document = sign_document(
      R"(<r xmlns="urn:r" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:x="urn:x">)"
      R"(<x:a></x:a></r>)",
      *user.signer);
  CHECK(document.ends_with("</ds:KeyInfo></ds:Signature></r>"));
  CHECK(xmlsec_accepts(user, document));
}

TEST_CASE("The signer's certificate is named by issuer and serial") {
  const std::string serial = "340282366920938463463374607431768211455";
  const SigningUser user(serial, R"(CN=A \& B \< C\, Ltd,OU=07)");
  const std::string document = sign_document(request_root(fault_return()), *user.signer);
  CHECK(document.find("<ds:X509IssuerName>CN=A &amp; B \\&lt; C\\, Ltd,OU=07</ds:X509IssuerName>"
                      "<ds:X509SerialNumber>" +
                      serial + "</ds:X509SerialNumber>") != std::string::npos);
  // xmlsec1 would parse the name; the signature does not depend on it.
  CHECK(xmlsec_accepts(user, document));
}

TEST_CASE("A document is compact") {
  const SigningUser user;
  const std::string document = sign_document(request_root(fault_return()), *user.signer);
  CHECK(document.find_first_of("\n\t\r") == std::string::npos);
  CHECK(document.find("> <") == std::string::npos);
}

TEST_CASE("The published schema finds it valid") {
  const SigningUser user;
  const auto schema = published_schema(user.directory);
  if (!schema) {
    WARN("the published DUIS schema is not here: not checked");
    return;
  }
  const auto is_valid = [&](const std::string& document) {
    const auto file = user.directory.write("message.xml", document);
    return run("xmllint --nonet --noout --schema " + schema->string() + " " + file.string()) == 0;
  };
  RequestFields no_fault = fault_return();
  no_fault.srv = "8.14.4";
  no_fault.body_element = "CHFNoFaultReturn";
  no_fault.items = {{"DeviceID", "00-DB-12-34-56-78-90-A2"},
                    {"CHFNoFaultReturnType", "No Fault Return (general)"}};
  for (const std::string& document : {sign_document(request_root(fault_return()), *user.signer),
                                      sign_document(request_root(no_fault), *user.signer),
                                      unsigned_document(request_root(fault_return())),
                                      response_document(not_pending(), &*user.signer),
                                      response_document(not_pending(), nullptr)}) {
    INFO(document);
    CHECK(is_valid(document));
  }
  RequestFields incomplete = fault_return();
  incomplete.items.pop_back();
  CHECK_FALSE(is_valid(unsigned_document(request_root(incomplete))));
}

TEST_CASE("White space between elements is dropped, text is kept") {
  CHECK(compact("<a>\n  <b> x </b>\n\t<c></c>\n</a>") == "<a><b> x </b><c></c></a>");
  CHECK(compact("<a> </a>") == "<a> </a>");
  CHECK(compact("<a>\n  <b>\n  </b>\n</a>") == "<a><b>\n  </b></a>");
  CHECK(compact("<a x=\">  \">  <b></b>  </a>") == "<a x=\">  \"><b></b></a>");
  CHECK(compact("<a>&#xD;<b></b></a>") == "<a>&#xD;<b></b></a>");
  CHECK(compact("<a>mixed <b></b> text</a>") == "<a>mixed <b></b> text</a>");
  CHECK(compact("<a></a>") == "<a></a>");
}
