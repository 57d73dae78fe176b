// SPDX-License-Identifier: Apache-2.0
//
// duis-client import-keystore: a world of a keystore such as DCC's, which a host and a console
// start with. DCC's own is for tests/clients.
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "client/pki.hpp"
#include "console_fixture.hpp"

using namespace support;
using Catch::Matchers::Contains;
using console_test::answer;
using console_test::Console;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr const char* kAgent = "00db123456780004";
constexpr const char* kDsp = "90b3d51f30000002";

// Of our own keys, in the form of DCC's.
json::object keystore() {
  const auto ca = sample::pki::make_ca("CN=Z1,OU=07");
  json::object made;
  for (const std::string eui : {"90b3d51f30010000", "90b3d51f30020000", kAgent, kDsp}) {
    std::string id;
    for (std::size_t i = 0; i < eui.size(); i += 2)
      id.append(i == 0 ? "" : "-").append(eui.substr(i, 2));
    sample::pki::CertificateOptions with;
    with.eui = *dcc::duis::Eui64::parse(id);
    const auto identity = sample::pki::make_certificate(ca, with);
    const auto key = identity.key_pem();
    json::object gbcs{{"name", "supplier-ds"}, {"role", 2}, {"certificate", "of no use here"}};
    json::object xml{{"name", "xml-sign-" + eui + "-ds"},
                     {"role", 135},
                     {"certificate", identity.certificate_pem()},
                     {"privateKey", json::string(key.data(), key.size())}};
    made[eui] = {{"keyAgreement", json::object()}, {"digitalSignature", {{"1", gbcs}, {"2", xml}}}};
  }
  return made;
}

struct Import {
  TempDirectory directory;
  fs::path world = directory.path() / "world of DCC";

  Finished run(const std::string& text) const {
    const fs::path file = directory.path() / "keystore.json";
    write_file(file, text);
    return support::run(duis_client_program(),
                        {"import-keystore", file.string(), "--out", world.string()});
  }
  std::string refused(const std::string& text) const {
    const Finished finished = run(text);
    INFO(finished.out << finished.err);
    CHECK(finished.exit_code == 1);
    CHECK(finished.err.find(directory.path().string()) != std::string::npos);
    return finished.err;
  }
};

}  // namespace

TEST_CASE("A world of a keystore is one that a host and a console start with") {
  const Import import;
  const Finished imported = import.run(json::serialize(keystore()));
  INFO(imported.err);
  REQUIRE(imported.exit_code == 0);
  CHECK_THAT(imported.out, Contains("sample-host.ini"));
  const auto mode = [&](const char* name) { return fs::status(import.world / name).permissions(); };
  CHECK(mode("keys") == fs::perms::owner_all);
  CHECK(mode("keys/agent.key") == (fs::perms::owner_read | fs::perms::owner_write));

  const fs::path configuration = import.world / "sample-host.ini";
  CHECK_THAT(read_file(configuration), Contains("listen = 127.0.0.1:8079\n"));
  write_file(configuration, edited(edited(read_file(configuration), ":8079", ":0"), ":8080", ":0"));
  write_file(import.world / "plugins" / "ch-returns.so", read_file(ch_returns_object()));
  write_file(import.world / "plugins.d" / "ch-returns.ini", ch_returns_settings());
  for (const std::string table : kTables) {
    CAPTURE(table);
    CHECK(run(sample_host_program(),
              {"import", table, (import.world / "world" / (table + ".csv")).string(), "--config",
               configuration.string()})
              .exit_code == 0);
  }
  Process host(sample_host_program(), {"serve", "--config", configuration.string()});
  const auto http = port_in(host.wait_for_line("http listens on"));
  const auto admin = port_in(host.wait_for_line("admin listens on"));

  const Console console({"console", "--url", "http://127.0.0.1:" + std::to_string(http), "--admin",
                         "127.0.0.1:" + std::to_string(admin), "--keys",
                         (import.world / "keys").string(), "--credentials",
                         (import.world / "credentials").string(), "--world",
                         (import.world / "world").string(), "--config", configuration.string()});
  const auto code = [&](const char* user, const std::string& hub) {
    const auto sent = answer(console, "send",
                             {{"user", user},
                              {"srv", "8.14.3"},
                              {"device", "00-DB-12-34-56-78-90-" + hub},
                              {"items", json::object()}});
    CHECK(sent.at("signature").at("verified") == true);
    return std::string(sent.at("code").as_string());
  };
  CHECK(code("supplier", "A2") == "I99");
  CHECK(code("agent", "A2") == "I99");
  CHECK(code("lonely", "A2") == "E4");
  CHECK(code("agent", "A3") == "E5");
  CHECK(code("agent", "A6") == "E4");
  CHECK(code("supplier2", "A6") == "I99");
  CHECK(answer(console, "start", json::object()).at("users").as_array().size() == 4);
}

TEST_CASE("A keystore that is none, or lacks a key, is named and leaves nothing") {
  const Import import;
  CHECK_THAT(import.refused("[]"), Contains("keystore.json"));
  CHECK_THAT(import.refused("{"), Contains("keystore.json"));
  CHECK_THAT(import.refused(std::string(100'000, '[')), Contains("keystore.json"));
  auto without = keystore();
  without.erase(kDsp);
  CHECK_THAT(import.refused(json::serialize(without)), Contains("90-B3-D5-1F-30-00-00-02"));
  auto other = keystore();
  other[kAgent] = other[kDsp];
  CHECK_THAT(import.refused(json::serialize(other)),
             Contains("00-DB-12-34-56-78-00-04: its certificate is that of 90-B3-D5"));
  auto no_key = keystore();
  no_key[kAgent].at("digitalSignature").at("2").as_object()["privateKey"] = 7;
  CHECK_THAT(import.refused(json::serialize(no_key)), Contains("00-DB-12-34-56-78-00-04"));
  CHECK_FALSE(fs::exists(import.world));

  fs::create_directory(import.world);
  write_file(import.world / "mine", "");
  CHECK_THAT(import.refused(json::serialize(keystore())), Contains("an empty one"));
  fs::remove(import.world / "mine");
  CHECK(import.run(json::serialize(keystore())).exit_code == 0);
}
