// SPDX-License-Identifier: Apache-2.0
#include "duis/schema.hpp"

#include <barrier>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <thread>

#include "duis/reader.hpp"
#include "messages.hpp"
#include "temporary_directory.hpp"

using Catch::Contains;
using dcc::duis::Reader;
using dcc::duis::Schema;
using dcc::duis::SchemaError;
namespace fs = std::filesystem;

namespace {

// What is wrong with a schema file.
std::string error_of(const fs::path& file) {
  try {
    Schema::load(file);
  } catch (const SchemaError& e) {
    return e.what();
  }
  return "none";
}

std::string content_of(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

constexpr std::string_view kDuis = "http://www.dccinterface.co.uk/ServiceUserGateway";

std::string schema_of(std::string_view content) {
  return "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:sr=\"" +
         std::string(kDuis) + "\" targetNamespace=\"" + std::string(kDuis) + "\">" +
         std::string(content) + "</xs:schema>";
}

// A schema by which a Request's Body takes what `type` says, and its Header anything.
std::string request_schema(std::string_view preamble, std::string_view type) {
  return schema_of(std::string(preamble) +
                   "<xs:element name=\"Request\"><xs:complexType><xs:sequence>"
                   "<xs:element name=\"Header\" form=\"qualified\"/>"
                   "<xs:element name=\"Body\" form=\"qualified\" type=\"" +
                   std::string(type) + "\"/></xs:sequence></xs:complexType></xs:element>");
}

std::string request_of(const std::string& body) {
  return "<sr:Request xmlns:sr=\"" + std::string(kDuis) +
         "\"><sr:Header><RequestID>90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1</RequestID>"
         "<CommandVariant>8</CommandVariant></sr:Header><sr:Body>" +
         body + "</sr:Body></sr:Request>";
}

bool reads(const std::shared_ptr<const Schema>& schema, const std::string& body) {
  Reader reader(*schema);
  return reader.read(request_of(body)) != nullptr;
}

}  // namespace

TEST_CASE("the built-in schema is one") {
  const auto schema = Schema::built_in();
  REQUIRE(schema);
  CHECK(Schema::built_in() == schema);
}

TEST_CASE("a schema file is used for validation") {
  const TemporaryDirectory directory;
  const auto schema = Schema::load(directory.write("a.xsd", request_schema("", "xs:unsignedByte")));
  CHECK(reads(schema, "255"));
  CHECK_FALSE(reads(schema, "256"));
  Reader reader(*schema);
  CHECK(reader.read(messages::request(messages::kFaultReturn)) == nullptr);
}

TEST_CASE("whatever a schema imports for Signatures is not read") {
  const TemporaryDirectory directory;
  directory.write("dsig.xsd", "not a schema");
  const std::string dsig = "http://www.w3.org/2000/09/xmldsig#";
  const auto file = directory.write(
      "a.xsd", schema_of("<xs:import namespace=\"" + dsig +
                         "\" schemaLocation=\"dsig.xsd\"/>"
                         "<xs:element name=\"Request\"><xs:complexType><xs:sequence>"
                         "<xs:element ref=\"ds:Signature\" xmlns:ds=\"" +
                         dsig + "\"/></xs:sequence></xs:complexType></xs:element>"));
  Reader reader(*Schema::load(file));
  CHECK(reader.read("<sr:Request xmlns:sr=\"" + std::string(kDuis) + "\"><Signature xmlns=\"" +
                    dsig + "\"/></sr:Request>") == nullptr);
  CHECK(reader.refusal().kind == dcc::duis::Refusal::Kind::signature);
}

TEST_CASE("a schema may be named by a relative path, and by any characters") {
  const TemporaryDirectory directory;
  const auto file = directory.write("a b \xC3\xA9%20#x.xsd", request_schema("", "xs:string"));
  CHECK(reads(Schema::load(fs::relative(file)), "x"));
}

TEST_CASE("what cannot be loaded is an error that names the file") {
  const TemporaryDirectory directory;
  CHECK_THAT(error_of(directory.path() / "absent.xsd"),
             Contains("absent.xsd") && Contains("no such schema file"));
  CHECK_THAT(error_of(directory.path()), Contains(directory.path().string()));
  CHECK_THAT(error_of(directory.write("empty.xsd", "")), Contains("empty.xsd"));
  CHECK_THAT(error_of(directory.write("text.xsd", "not a schema")), Contains("text.xsd"));
  CHECK_THAT(error_of(directory.write("other.xsd", "<a/>")), Contains("other.xsd"));
  CHECK_THAT(error_of(directory.write("cut.xsd", request_schema("", "xs:string").substr(0, 200))),
             Contains("cut.xsd"));
}

TEST_CASE("an error in a schema names file and line") {
  const TemporaryDirectory directory;
  CHECK_THAT(error_of(directory.write("type.xsd", request_schema("\n\n", "xs:nothing"))),
             Contains("type.xsd:3: ") && Contains("nothing"));
  CHECK_THAT(
      error_of(directory.write(
          "pattern.xsd", schema_of("\n<xs:simpleType name=\"a\"><xs:restriction base=\"xs:string\">"
                                   "<xs:pattern value=\"[\"/></xs:restriction></xs:simpleType>"))),
      Contains("pattern.xsd:"));
}

TEST_CASE("lengths are in characters, whatever text type is restricted") {
  const TemporaryDirectory directory;
  const std::string base = GENERATE(values<std::string>(
      {"string", "normalizedString", "token", "anyURI", "sr:Derived", "sr:Collapsed"}));
  const auto restricted = [&](const std::string& facets) {
    const std::string name = base.starts_with("sr:") ? base : "xs:" + base;
    directory.write(
        "lengths.xsd",
        request_schema("<xs:simpleType name=\"Derived\"><xs:restriction base=\"xs:string\">"
                       "<xs:maxLength value=\"7\"/></xs:restriction></xs:simpleType>"
                       "<xs:simpleType name=\"Collapsed\"><xs:restriction base=\"xs:string\">"
                       "<xs:whiteSpace value=\"collapse\"/></xs:restriction></xs:simpleType>"
                       "<xs:simpleType name=\"T\"><xs:restriction base=\"" +
                           name + "\">" + facets + "</xs:restriction></xs:simpleType>",
                       "sr:T"));
    return Schema::load(directory.path() / "lengths.xsd");
  };
  CAPTURE(base);
  const auto at_most = restricted("<xs:maxLength value=\"3\"/>");
  const auto at_least = restricted("<xs:minLength value=\"3\"/>");
  const auto exactly = restricted("<xs:length value=\"3\"/>");
  const auto by_pattern = restricted("<xs:pattern value=\".{3}\"/>");
  for (const std::string c : {"x", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "&#x10FFFF;"}) {
    CAPTURE(c);
    CHECK(reads(at_most, c + c));
    CHECK(reads(at_most, c + c + c));
    CHECK_FALSE(reads(at_most, c + c + c + c));
    CHECK_FALSE(reads(at_least, c + c));
    CHECK(reads(at_least, c + c + c));
    CHECK_FALSE(reads(exactly, c + c));
    CHECK(reads(exactly, c + c + c));
    CHECK_FALSE(reads(exactly, c + c + c + c));
    CHECK_FALSE(reads(by_pattern, c + c));
    CHECK(reads(by_pattern, c + c + c));
    CHECK_FALSE(reads(by_pattern, c + c + c + c));
  }
}

TEST_CASE("what a schema refers to is the file of that name beside it") {
  const TemporaryDirectory directory;
  directory.write("other.xsd", schema_of("<xs:simpleType name=\"T\">"
                                         "<xs:restriction base=\"xs:unsignedByte\"/>"
                                         "</xs:simpleType>"));
  for (const char* location :
       {"other.xsd", "http://127.0.0.1:9/deep/other.xsd", "file:///nowhere/other.xsd",
        "../elsewhere/other.xsd", "/nowhere/other.xsd"}) {
    CAPTURE(location);
    const auto file = directory.write(
        "main.xsd",
        request_schema("<xs:include schemaLocation=\"" + std::string(location) + "\"/>", "sr:T"));
    const auto schema = Schema::load(file);
    CHECK(reads(schema, "255"));
    CHECK_FALSE(reads(schema, "256"));
  }
}

TEST_CASE("what is not beside a schema is not looked for elsewhere") {
  const TemporaryDirectory directory;
  fs::create_directory(directory.path() / "below");
  directory.write("below/other.xsd", schema_of("<xs:simpleType name=\"T\">"
                                               "<xs:restriction base=\"xs:string\"/>"
                                               "</xs:simpleType>"));
  const auto file = directory.write(
      "main.xsd", request_schema("<xs:include schemaLocation=\"below/other.xsd\"/>", "sr:T"));
  CHECK_THAT(error_of(file), Contains("other.xsd"));
}

TEST_CASE("many threads read with one schema") {
  for (const auto& schema : messages::schemas()) {
    const std::string octets = messages::request(messages::kFaultReturn, messages::kSignature);
    std::vector<int> read(4);
    {
      std::vector<std::jthread> threads;
      for (int& count : read) {
        threads.emplace_back([&count, &schema, &octets] {
          for (int round = 0; round < 5; ++round) {
            Reader reader(*schema);
            for (int i = 0; i < 40; ++i) {
              if (reader.read(octets) != nullptr && reader.read("<a/>") == nullptr) ++count;
            }
          }
        });
      }
    }
    for (const int count : read) CHECK(count == 200);
  }
}

// Xerces-C++ completes the regular expressions of a schema when they are first used, and without a
// lock.
TEST_CASE("threads that are the first to read with a schema may be several") {
  const std::string octets = messages::request(messages::kFaultReturn, messages::kSignature);
  for (int round = 0; round < 200; ++round) {
    const auto schema = Schema::load(DCC_SOURCE_DIR "/host-sdk/duis/profile.xsd");
    std::vector<std::string> refusals(4);
    {
      std::barrier ready(4);
      std::vector<std::jthread> threads;
      for (std::string& refusal : refusals) {
        threads.emplace_back([&] {
          Reader reader(*schema);
          ready.arrive_and_wait();
          if (reader.read(octets) == nullptr) refusal = reader.refusal().text;
        });
      }
    }
    for (const std::string& refusal : refusals) REQUIRE(refusal == "");
  }
}

TEST_CASE("a schema outlives its other owners while a reader uses it") {
  const TemporaryDirectory directory;
  auto schema = Schema::load(directory.write("a.xsd", request_schema("", "xs:string")));
  Reader reader(*schema);
  schema.reset();
  CHECK(reader.read(request_of("x")) != nullptr);
}

TEST_CASE("the published reference requests are read, with their own schema and with ours") {
  if (!fs::exists(messages::official_schema_file())) {
    WARN("the published schema is not here");
    return;
  }
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(messages::official_schema_file().parent_path())) {
    if (entry.path().extension() != ".XML") continue;
    ++count;
    for (const auto& schema : messages::schemas()) {
      Reader reader(*schema);
      const auto* message = reader.read(content_of(entry.path()));
      CAPTURE(entry.path(), reader.refusal().text);
      REQUIRE(message != nullptr);
      CHECK(message->signature->digest == "ZGVmYXVsdA==");
      CHECK(message->signature->issuer_name == "CN=U1, OU=07");
      CHECK(entry.path().filename().string().starts_with(
          std::string(message->service_reference_variant) + "_"));
    }
  }
  CHECK(count == 5);
}
