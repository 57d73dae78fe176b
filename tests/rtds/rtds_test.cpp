// SPDX-License-Identifier: Apache-2.0
//
// The reference data are what their names say: signed, valid, and what a host of today answers.
#include <catch2/catch.hpp>

#include "duis/reader.hpp"
#include "duis/verify.hpp"
#include "rtds/cases.hpp"
#include "support/published_schema.hpp"

using namespace support;
namespace fs = std::filesystem;

namespace {

const fs::path kDirectory = DCC_SOURCE_DIR "/tests/rtds";

// An example as it lies in the directory.
struct Example {
  rtds::Case facts;
  std::string srv;

  fs::path file(const std::string& part) const {
    return kDirectory / srv / (std::string(facts.name) + "." + part + ".xml");
  }
  // Whose certificate a part is signed with.
  fs::path signer(const std::string& part) const {
    const std::string user = part == "request" ? facts.user : "dcc";
    return kDirectory / "certificates" / "users" / (user + ".pem");
  }
};

std::vector<Example> examples() {
  std::vector<Example> all;
  for (const char* srv : rtds::kSrvs)
    for (const auto& facts : rtds::kCases) all.push_back({facts, srv});
  return all;
}

// Without what differs from time to time and from key to key.
std::string lasting_part(std::string response) {
  response = edited(response, element_text(response, "sr:ResponseDateTime"), "");
  const auto signature = response.find("<ds:Signature ");
  if (signature == std::string::npos) return response;
  const std::string end = "</ds:Signature>";
  return response.erase(signature, response.find(end) + end.size() - signature);
}

}  // namespace

TEST_CASE("Every example is there, and nothing else, and no private key", "[R28]") {
  std::size_t files = 0;
  for (const char* srv : rtds::kSrvs) {
    for (const auto& entry : fs::directory_iterator(kDirectory / srv)) files += entry.exists();
  }
  CHECK(files == 2 * examples().size());
  for (const auto& entry : fs::recursive_directory_iterator(kDirectory / "certificates")) {
    if (!entry.is_regular_file()) continue;
    INFO(entry);
    const std::string text = read_file(entry);
    CHECK(text.starts_with("-----BEGIN CERTIFICATE-----"));
    CHECK(text.find("PRIVATE KEY") == std::string::npos);
  }
}

TEST_CASE("The index names every example, its code and what that means", "[R28]") {
  CHECK(read_file(kDirectory / "INDEX.md") == rtds::index());
}

TEST_CASE("Each example is signed by whom it says, and says what its name says", "[R16][R28]") {
  std::vector<std::string> problems;
  fs::path certificates = kDirectory / "certificates";
  const auto credentials =
      dcc::duis::Credentials::load(certificates / "users", certificates / "ca.pem", problems);
  REQUIRE(problems.empty());
  dcc::duis::Reader reader(*dcc::duis::Schema::built_in());
  for (const Example& example : examples()) {
    for (const std::string part : {"request", "response"}) {
      INFO(example.file(part));
      const std::string octets = read_file(example.file(part));
      const auto* message = reader.read(octets);
      REQUIRE(message != nullptr);
      CHECK(message->service_reference_variant == example.srv);
      const auto* own = credentials.find(
          *dcc::duis::Eui64::parse(part == "request" ? eui_of(example.facts.user) : kBroker))[0];
      constexpr std::int64_t k2030 = 1'893'456'000'000;  // they and their CA are in date
      const auto verdict = dcc::duis::verify(*message, credentials, k2030);
      CHECK(verdict.why.empty());
      CHECK(verdict.signer == own);
      if (part == "request") {
        CHECK(message->command_variant == example.facts.command_variant);
        CHECK(message->device_id->text() == example.facts.device);
      } else {
        CHECK(message->response_code == example.facts.code());
        CHECK(message->request_id_text ==
              element_text(read_file(example.file("request")), "sr:RequestID"));
      }
    }
  }
}

TEST_CASE("xmlsec1 verifies each example", "[R28]") {
  for (const Example& example : examples()) {
    for (const std::string part : {"request", "response"}) {
      const Finished xmlsec =
          run("xmlsec1", {"--verify", "--pubkey-cert-pem", example.signer(part).string(),
                          example.file(part).string()});
      INFO(example.file(part) << "\n" << xmlsec.err);
      CHECK(xmlsec.exit_code == 0);
    }
  }
}

TEST_CASE("Each example is valid by the published schema", "[R11][R28]") {
  if (!fs::exists(kPublishedSchema)) {
    WARN("the published schema is not on this machine: " << kPublishedSchema);
    return;
  }
  std::vector<fs::path> files;
  for (const Example& example : examples()) {
    for (const char* part : {"request", "response"}) files.push_back(example.file(part));
  }
  const Finished xmllint = validate(files);
  INFO(xmllint.err);
  CHECK(xmllint.exit_code == 0);
}

TEST_CASE("A host with the reference data's world answers each request as its response says",
          "[R9][R16][R28]") {
  HostFixture::Options options;
  options.world = false;
  options.signing = false;
  HostFixture host(options);
  for (const char* table : kTables) {
    const std::string csv = read_file(kDirectory / "world" / (std::string(table) + ".csv"));
    REQUIRE(host.import(table, csv).exit_code == 0);
  }
  const auto overwrite = fs::copy_options::overwrite_existing;
  fs::copy_file(kDirectory / "certificates" / "ca.pem", host.credentials().anchor(), overwrite);
  for (const auto& entry : fs::directory_iterator(kDirectory / "certificates" / "users"))
    write_file(host.credentials().known() / entry.path().filename(), read_file(entry));
  host.start();

  for (const Example& example : examples()) {
    INFO(example.file("request"));
    const HttpReply reply = host.post(read_file(example.file("request")), example.facts.endpoint);
    CHECK(code_of(reply) == example.facts.code());
    CHECK(lasting_part(reply.body) == lasting_part(read_file(example.file("response"))));
  }
}
