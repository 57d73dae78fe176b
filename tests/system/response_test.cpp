// SPDX-License-Identifier: Apache-2.0
//
// What a response looks like, and who can verify it.
#include <catch2/catch.hpp>
#include <regex>

#include "duis/reader.hpp"
#include "duis/verify.hpp"
#include "support/host_fixture.hpp"
#include "support/published_schema.hpp"

using namespace support;

namespace {

// One request for each code; serviceS for E13.
struct Example {
  const char* code;
  const char* user;
  std::string device;
  unsigned command_variant = 8;
  const char* endpoint = "serviceD";
};

const Example kExamples[] = {
    {"I99", "sna", hub("Pending")},
    {"E1", "unknown", hub("Pending")},
    {"E2", "es", hub("Pending")},
    {"E3", "suspended", hub("Pending")},
    {"E4", "lonely", hub("Pending")},
    {"E5", "sna", hub("Commissioned")},
    {"E11", "eis", kMeter},
    {"E12", "eis", hub("Pending"), 1},
    {"E13", "eis", hub("Pending"), 8, "serviceS"},
    {"E19", "gis", kNoDevice},
};

std::string respond(HostFixture& host, const Example& example, dcc::duis::RequestFields& fields) {
  fields.command_variant = example.command_variant;
  const HttpReply reply = host.post(host.sign(example.user, fields), example.endpoint);
  REQUIRE(code_of(reply) == example.code);
  CHECK(reply.field("content-type") == "application/xml");
  return reply.body;
}

std::string respond(HostFixture& host, const Example& example, std::string_view srv) {
  auto fields = host.request(example.user, srv, example.device);
  return respond(host, example, fields);
}

}  // namespace

TEST_CASE("A response repeats the request's header and carries nothing else", "[R11]") {
  HostFixture host;
  const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)");
  dcc::duis::Reader reader(*dcc::duis::Schema::built_in());
  for (const char* srv : {"8.14.3", "8.14.4"}) {
    for (const Example& example : kExamples) {
      INFO(srv << " " << example.code);
      auto fields = host.request(example.user, srv, example.device);
      const std::string response = respond(host, example, fields);
      INFO(response);
      const auto* message = reader.read(response);
      REQUIRE(message != nullptr);
      CHECK(message->kind == dcc::duis::Message::Kind::response);
      CHECK(message->schema_version == "5.4");
      CHECK(message->request_id_text == fields.request_id);
      CHECK(message->response_code == example.code);
      CHECK(message->service_reference == "8.14");
      CHECK(message->service_reference_variant == srv);
      CHECK(std::regex_match(std::string(message->response_time), time));
      CHECK(response.find("ResponseID") == std::string::npos);
      CHECK(response.find("> <") == std::string::npos);
      CHECK(response.find(">\n<") == std::string::npos);
    }
  }
}

TEST_CASE("A response has the request's schemaVersion and spelling of the RequestID", "[R11]") {
  HostFixture host;
  auto fields = host.request("eis", "8.14.3", hub("Pending"));
  fields.schema_version = "3.10";
  for (char& c : fields.request_id) c = c == 'B' ? 'b' : c == 'D' ? 'd' : c;
  const HttpReply reply = host.post(host.sign("eis", fields));
  REQUIRE(code_of(reply) == "I99");
  CHECK(reply.body.find(R"( schemaVersion="3.10">)") != std::string::npos);
  CHECK(element_text(reply.body, "sr:RequestID") == fields.request_id);
}

TEST_CASE("Responses are signed with the host's key, as three verifiers find", "[R16]") {
  HostFixture host;
  std::vector<std::string> problems;
  const auto credentials = dcc::duis::Credentials::load(host.credentials().known(),
                                                        host.credentials().anchor(), problems);
  REQUIRE(problems.empty());
  dcc::duis::Reader reader(*dcc::duis::Schema::built_in());
  const auto broker = host.credentials().certificate("dcc");

  for (const Example& example : kExamples) {
    INFO(example.code);
    const std::string response = respond(host, example, "8.14.3");
    const auto* message = reader.read(response);
    REQUIRE(message != nullptr);
    const auto at = host.credentials().signer("dcc").certificate().not_after();
    const auto verdict = dcc::duis::verify(*message, credentials, at);
    CHECK(verdict.why.empty());
    REQUIRE(verdict.signer != nullptr);
    CHECK(verdict.signer->eui().text() == kBroker);

    const auto file = host.directory() / "response.xml";
    write_file(file, response);
    const Finished xmlsec =
        run("xmlsec1", {"--verify", "--pubkey-cert-pem", broker.string(), file.string()});
    CHECK(xmlsec.exit_code == 0);
    const Finished client =
        run(duis_client_program(),
            {"verify", "--credentials", host.credentials().known().string(), "--trust-anchor",
             host.credentials().anchor().string(), file.string()});
    INFO(client.out << client.err);
    CHECK(client.exit_code == 0);

    write_file(file, edited(response, ">8.14.3<", ">8.14.4<"));
    CHECK(run("xmlsec1", {"--verify", "--pubkey-cert-pem", broker.string(), file.string()})
              .exit_code != 0);
    CHECK(run(duis_client_program(),
              {"verify", "--credentials", host.credentials().known().string(), "--trust-anchor",
               host.credentials().anchor().string(), file.string()})
              .exit_code != 0);
  }
}

TEST_CASE("Without a signing key responses are not signed", "[R16]") {
  HostFixture::Options options;
  options.signing = false;
  HostFixture host(options);
  host.start();
  for (const Example& example : kExamples) {
    INFO(example.code);
    CHECK(respond(host, example, "8.14.4").find("Signature") == std::string::npos);
  }
}

TEST_CASE(
    "A host with the published schema answers, and its responses are valid by the published "
    "schema",
    "[R11][R16][quick]") {
  if (!std::filesystem::exists(kPublishedSchema)) {
    WARN("the published schema is not on this machine: " << kPublishedSchema);
    return;
  }
  HostFixture::Options options;
  options.schema = kPublishedSchema;
  HostFixture host(options);
  host.start();
  std::vector<std::filesystem::path> files;
  for (const char* srv : {"8.14.3", "8.14.4"}) {
    for (const Example& example : kExamples) {
      INFO(srv << " " << example.code);
      const auto file =
          host.directory() / (std::string(srv) + "-" + example.code + ".response.xml");
      write_file(file, respond(host, example, srv));
      files.push_back(file);
    }
  }
  const Finished xmllint = validate(files);
  INFO(xmllint.err);
  CHECK(xmllint.exit_code == 0);
}
