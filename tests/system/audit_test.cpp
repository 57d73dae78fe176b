// SPDX-License-Identifier: Apache-2.0
//
// The audit trail as an auditor gets at it, while the host runs and after.
#include <sqlite3.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

#include "support/host_fixture.hpp"

using namespace support;
using Catch::Matchers::Contains;

namespace {

Finished audit(const HostFixture& host, std::vector<std::string> options) {
  options.insert(options.begin(), {"audit", "--config", host.configuration().string()});
  return run(sample_host_program(), options);
}

void tamper(const HostFixture& host, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(host.store().c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

std::string head_of(HostFixture& host) {
  return std::string(host.get("/audit").at("head").as_string());
}

}  // namespace

TEST_CASE("The trail of a running host is verified, with a head noted before", "[R25]") {
  HostFixture host;
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  CHECK(host.answer("sna", "8.14.4", hub("Commissioned")) == "E5");
  const std::string noted = head_of(host);
  CHECK(host.answer("es", "8.14.4", hub("Pending")) == "E2");

  const Finished whole = audit(host, {"--verify", "--head", noted});
  CHECK(whole.exit_code == 0);
  CHECK_THAT(whole.out,
             Contains("ok    3 records read; record 3, head " + head_of(host) + ", signed"));
  CHECK(audit(host, {}).out == "record 3, head " + head_of(host) + ", signed\n");

  // Its own certificate is another User's in another's eyes.
  const auto other = (host.directory() / "certificates" / "eis.pem").string();
  CHECK(audit(host, {"--verify", "--certificate", other}).exit_code == 1);
}

TEST_CASE("A trail that was tampered with is refused, naming the record", "[R25]") {
  HostFixture host;
  for (int i = 0; i < 4; ++i) CHECK(host.answer("sna", "8.14.3", hub("Commissioned")) == "E5");
  const std::string noted = head_of(host);
  host.stop();

  tamper(host, "UPDATE outcomes SET code = 'I99' WHERE cursor = 2");
  const Finished changed = audit(host, {"--verify"});
  CHECK(changed.exit_code == 1);
  CHECK_THAT(changed.out, Contains("FAIL  record 2 does not fit its hash"));
  tamper(host, "UPDATE outcomes SET code = 'E5' WHERE cursor = 2");
  CHECK(audit(host, {"--verify"}).exit_code == 0);

  tamper(host, "DELETE FROM outcomes WHERE cursor = 4");
  const Finished cut = audit(host, {"--verify", "--head", noted});
  CHECK(cut.exit_code == 1);
  CHECK_THAT(cut.out, Contains("record 4 is missing"));
  CHECK_THAT(cut.out, Contains("no record has the given hash " + noted));
}

TEST_CASE("What an outcome is packed in is read with Debian's own sqlite3 and zstd", "[R25]") {
  HostFixture host;
  const auto document = host.sign("sna", host.request("sna", "8.14.3", hub("Pending")));
  const auto response = host.post(document).body;
  host.stop();
  const std::string file = (host.directory() / "outcome.zst").string();
  REQUIRE(run("sqlite3", {host.store().string(), "SELECT writefile('" + file +
                                                     "', packed) FROM outcomes WHERE cursor = 1"})
              .exit_code == 0);
  const Finished plain = run(
      "zstd", {"-d", "-c", "-D", DCC_SOURCE_DIR "/sample-host/store/packing/dictionary-1", file});
  CHECK(plain.exit_code == 0);
  CHECK(plain.out.ends_with(document + response));
  CHECK_THAT(plain.out, Contains(R"("key":")" + hub("Pending")));
}

TEST_CASE(
    "The trail is exported, who asked what, when, what was decided, by which build and settings",
    "[R30]") {
  HostFixture host;
  const auto fields = host.request("sna", "8.14.3", hub("Pending"));
  const std::string request = host.sign("sna", fields);
  const std::string response = host.post(request).body;
  const auto file = host.directory() / "trail.jsonl";
  CHECK(audit(host, {"--export", file.string()}).exit_code == 0);
  const auto record = boost::json::parse(read_file(file));
  CHECK(record.at("request_id").as_string() == fields.request_id);
  CHECK(record.at("code").as_string() == "I99");
  CHECK(record.at("request").as_string() == request);
  CHECK(record.at("response").as_string() == response);
  const auto plugin = host.get("/plugins").at("plugins").as_array().at(0);
  CHECK(record.at("settings_hash") == plugin.at("live_settings"));
  CHECK_THAT(std::string(record.at("handler").as_string()),
             Contains(std::string(plugin.at("build").as_string())));
  using std::filesystem::perms;
  CHECK(std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write));

  const Finished again = audit(host, {"--export", file.string()});
  CHECK(again.exit_code == 1);
  CHECK_THAT(again.err, Contains(file.string() + ": is there already"));
  CHECK(audit(host, {"--export", "-"}).out == read_file(file));
}

TEST_CASE("Without a signing key the trail says what it cannot show", "[R25]") {
  HostFixture::Options options;
  options.signing = false;
  HostFixture host(options);
  host.start();
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  const Finished checked = audit(host, {"--verify"});
  CHECK(checked.exit_code == 0);
  CHECK_THAT(checked.out, Contains("not signed") && Contains("note  without a signature"));
}

TEST_CASE("What audit cannot use it names", "[R30]") {
  HostFixture host;
  CHECK_THAT(audit(host, {"--verify", "--head", "12"}).err,
             Contains("--head '12': expected the 64"));
  CHECK_THAT(audit(host, {"--head", std::string(64, '0')}).err, Contains("go with --verify"));
  CHECK_THAT(audit(host, {"--verify", "--certificate", "/nowhere.pem"}).err,
             Contains("/nowhere.pem"));
  CHECK_THAT(audit(host, {"--export", "/nowhere/trail.jsonl"}).err,
             Contains("/nowhere/trail.jsonl"));
  host.stop();
  std::filesystem::remove_all(host.store().parent_path());
  CHECK_THAT(audit(host, {"--verify"}).err, Contains("there is no store"));
}
