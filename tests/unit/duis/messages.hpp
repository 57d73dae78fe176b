// SPDX-License-Identifier: Apache-2.0
//
// DUIS messages for the tests of the duis room: valid ones, built from parts, and edited copies.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "duis/reader.hpp"
#include "duis/schema.hpp"

namespace messages {

inline constexpr std::string_view kFaultReturn =
    "<sr:CHFFaultReturn>"
    "<sr:DeviceID>00-DB-12-34-56-78-90-A2</sr:DeviceID>"
    "<sr:CHFFaultReturnType>Fault identified prior to installation</sr:CHFFaultReturnType>"
    "<sr:UserRefID>Van 7</sr:UserRefID>"
    "<sr:OtherDeviceID>00-DB-12-34-56-78-90-A0</sr:OtherDeviceID>"
    "<sr:CHFConnectionMethod>Hot-shoe</sr:CHFConnectionMethod>"
    "<sr:CHFFaultReason>Damaged case</sr:CHFFaultReason>"
    "<sr:AdditionalInformation>dropped</sr:AdditionalInformation>"
    "</sr:CHFFaultReturn>";

inline constexpr std::string_view kNoFaultReturn =
    "<sr:CHFNoFaultReturn>"
    "<sr:DeviceID>00-DB-12-34-56-78-90-A2</sr:DeviceID>"
    "<sr:CHFNoFaultReturnType>Lost or Stolen Hub</sr:CHFNoFaultReturnType>"
    "</sr:CHFNoFaultReturn>";

// Of the DUIS profile; the values mean nothing.
inline constexpr std::string_view kSignature =
    "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">"
    "<ds:SignedInfo>"
    "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>"
    "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"/>"
    "<ds:Reference URI=\"\">"
    "<ds:Transforms>"
    "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>"
    "</ds:Transforms>"
    "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>"
    "<ds:DigestValue>AAAA</ds:DigestValue>"
    "</ds:Reference>"
    "</ds:SignedInfo>"
    "<ds:SignatureValue>BBBB</ds:SignatureValue>"
    "<ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial>"
    "<ds:X509IssuerName>CN=Test CA, OU=07</ds:X509IssuerName>"
    "<ds:X509SerialNumber>4660</ds:X509SerialNumber>"
    "</ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo>"
    "</ds:Signature>";

inline std::string request(std::string_view body, std::string_view signature = {},
                           std::string_view srv = "8.14.3") {
  return "<sr:Request xmlns:sr=\"http://www.dccinterface.co.uk/ServiceUserGateway\""
         " schemaVersion=\"5.4\">"
         "<sr:Header>"
         "<sr:RequestID>90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1000</sr:RequestID>"
         "<sr:CommandVariant>8</sr:CommandVariant>"
         "<sr:ServiceReference>8.14</sr:ServiceReference>"
         "<sr:ServiceReferenceVariant>" +
         std::string(srv) +
         "</sr:ServiceReferenceVariant>"
         "</sr:Header>"
         "<sr:Body>" +
         std::string(body) + "</sr:Body>" + std::string(signature) + "</sr:Request>";
}

inline std::string response(std::string_view signature = {}) {
  return "<sr:Response xmlns:sr=\"http://www.dccinterface.co.uk/ServiceUserGateway\""
         " schemaVersion=\"5.4\">"
         "<sr:Header>"
         "<sr:RequestID>90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1000</sr:RequestID>"
         "<sr:ResponseCode>I99</sr:ResponseCode>"
         "<sr:ResponseDateTime>2026-11-24T03:05:42.123Z</sr:ResponseDateTime>"
         "</sr:Header>"
         "<sr:Body><sr:ResponseMessage>"
         "<sr:ServiceReference>8.14</sr:ServiceReference>"
         "<sr:ServiceReferenceVariant>8.14.3</sr:ServiceReferenceVariant>"
         "</sr:ResponseMessage></sr:Body>" +
         std::string(signature) + "</sr:Response>";
}

// A copy with `to` in the place of the first `from`, which must be there.
inline std::string edited(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  INFO("looking for " << from << " in " << text);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// The published schema, if this machine has it beside the repository.
inline std::filesystem::path official_schema_file() {
  return DCC_SOURCE_DIR "/../shared/duis/DUIS Schema V5.4.xsd";
}

// The built-in schema and, if it is here, the published one.
inline const std::vector<std::shared_ptr<const dcc::duis::Schema>>& schemas() {
  static const auto all = [] {
    std::vector<std::shared_ptr<const dcc::duis::Schema>> list{dcc::duis::Schema::built_in()};
    if (std::filesystem::exists(official_schema_file()))
      list.push_back(dcc::duis::Schema::load(official_schema_file()));
    return list;
  }();
  return all;
}

// A reader for each schema, used again and again, as a worker uses its own; compiling a schema
// takes far longer than reading. Never destroyed: it would outlive what it is made of.
inline std::vector<dcc::duis::Reader>& readers() {
  static auto& all = *[] {
    auto list = std::make_unique<std::vector<dcc::duis::Reader>>();
    for (const auto& schema : schemas()) list->emplace_back(*schema);
    return list.release();
  }();
  return all;
}

}  // namespace messages
