// SPDX-License-Identifier: Apache-2.0
//
// The audit trail decided again, by the builds and settings that its records name.
#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "every_return.hpp"
#include "support/host_fixture.hpp"
#include "support/unpacked_outcomes.hpp"

using namespace support;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kSent = std::size(kMembers) * kDevicesReturned * 2;

Finished audit(const HostFixture& host,
               std::vector<std::string> options = {"--verify", "--decisions"}) {
  options.insert(options.begin(), {"audit", "--config", host.configuration().string()});
  return run(sample_host_program(), options);
}

std::string counted(std::size_t same, std::size_t different, std::size_t not_in_cache,
                    std::size_t not_decidable) {
  return "decided again: " + std::to_string(same) + " the same, " + std::to_string(different) +
         " different, " + std::to_string(not_in_cache) + " not in the cache, " +
         std::to_string(not_decidable) + " not decidable\n";
}

void tamper(const HostFixture& host, const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(host.store().c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

fs::path kept_settings(const HostFixture& host, const std::string& hash) {
  for (const auto& entry : fs::directory_iterator(host.store().parent_path() / "plugin-cache")) {
    if (entry.path().string().ends_with('.' + hash + ".ini")) return entry.path();
  }
  FAIL("no settings " << hash << " in the cache");
  return {};
}

std::string live_settings(HostFixture& host) {
  const auto plugins = host.get("/plugins");
  return std::string(plugins.at("plugins").at(0).at("live_settings").as_string());
}

}  // namespace

TEST_CASE("Each outcome comes out the same by what its record names, whatever has run since",
          "[R3][R12]") {
  HostFixture host;
  send_every_return(host);
  const std::string first = live_settings(host);
  CHECK_THAT(audit(host).out, Contains("ok    " + counted(kSent, 0, 0, 0)));

  host.drop_plugin(ch_returns_object(),
                   edited(ch_returns_settings(), "SNA = Pending", "SNA = none"));
  REQUIRE(host.reload() == 200);
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "E2");
  fs::copy_file(MUTANT_ANY_STATUS, host.plugins() / "ch-returns.so",
                fs::copy_options::overwrite_existing);
  write_file(host.settings() / "ch-returns.ini", ch_returns_settings() + "; otherwise\n");
  REQUIRE(host.reload() == 200);
  CHECK(host.answer("sna", "8.14.3", hub("Commissioned")) == "I99");
  host.drop_plugin(FAILING_PLUGIN, "[failing]\nbehaviour = answer\ncode = E4\n");
  fs::remove(host.plugins() / "ch-returns.so");
  REQUIRE(host.reload() == 200);
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "E4");
  const Finished same = audit(host);
  INFO(same.out << same.err);
  CHECK(same.exit_code == 0);
  CHECK_THAT(same.out, Contains("records read; record " + std::to_string(kSent + 3)) &&
                           Contains("ok    " + counted(kSent + 3, 0, 0, 0)));

  SECTION("what is not in the cache is counted, by build and settings") {
    const fs::path kept = kept_settings(host, first);
    write_file(kept, "otherwise");
    const Finished changed = audit(host);
    CHECK(changed.exit_code == 0);
    CHECK_THAT(changed.out,
               Contains("note  in the cache, but: " + kept.string() + ": its content has another"));
    fs::remove(kept);
    const Finished gone = audit(host);
    INFO(gone.out << gone.err);
    CHECK(gone.exit_code == 0);
    CHECK_THAT(gone.out, Contains("by ch-returns ") &&
                             Contains(", settings " + first.substr(0, 12) + '\n') &&
                             Contains(" 0 different, ") && !Contains(" 0 not in the cache"));
  }
}

TEST_CASE("An outcome that does not come out the same is named, with both codes and reasons",
          "[R25]") {
  HostFixture host;
  CHECK(host.answer("eis", "8.14.3", hub("Pending")) == "I99");
  const auto fields = host.request("sna", "8.14.3", hub("Commissioned"));
  CHECK(host.answer("sna", fields) == "E5");
  CHECK(host.answer("es", "8.14.4", hub("Pending")) == "E2");
  CHECK(host.answer("unknown", "8.14.4", hub("Pending")) == "E1");
  host.stop();
  SECTION("another code") {
    tamper(host, "UPDATE outcomes SET code = 'I99', reason = 'because' WHERE cursor = 2");
    const Finished changed = audit(host);
    INFO(changed.out << changed.err);
    CHECK(changed.exit_code == 1);
    CHECK_THAT(changed.out, Contains("FAIL  record 2 does not fit its hash") &&
                                Contains("FAIL  record 2, request " + fields.request_id +
                                         ": stored I99: because; decided again E5: SNA: hub " +
                                         hub("Commissioned") + " is Commissioned") &&
                                Contains("; by ch-returns ") &&
                                Contains("FAIL  " + counted(3, 1, 0, 0)));
  }
  SECTION("another request") {
    unpack_outcomes(host.store());
    tamper(host,
           "UPDATE outcomes SET request = CAST(replace(CAST(request AS TEXT), 'Fault', 'fault') AS "
           "BLOB) WHERE cursor = 3");
    const Finished changed = audit(host);
    CHECK(changed.exit_code == 1);
    CHECK_THAT(changed.out, Contains("FAIL  record 3, request " + eui_of("es")) &&
                                Contains(counted(3, 1, 0, 0)));
  }
  SECTION("facts are missing") {
    unpack_outcomes(host.store());
    tamper(host, "UPDATE outcomes SET facts = '[]' WHERE cursor = 2");
    const Finished asks = audit(host);
    INFO(asks.out << asks.err);
    CHECK(asks.exit_code == 1);  // for the trail is not whole
    CHECK_THAT(asks.out, Contains("note  not decidable: 1 ask for facts that the records do not "
                                  "have: dcc.") &&
                             Contains("ok    " + counted(3, 0, 0, 1)));
  }
}

TEST_CASE("A build that crashes when it decides again ends the audit, which names the record",
          "[R30]") {
  HostFixture::Options options;
  options.plugin = false;
  HostFixture host(options);
  host.start();
  host.drop_plugin(FAILING_PLUGIN, "[failing]\nbehaviour = crash\n");
  REQUIRE(host.reload() == 200);
  const std::string crashing = live_settings(host);
  host.drop_plugin(FAILING_PLUGIN, "[failing]\nbehaviour = answer\n");
  REQUIRE(host.reload() == 200);
  for (int i = 0; i < 2; ++i) CHECK(host.answer("eis", "8.14.3", hub("Pending")) == "I99");
  CHECK(audit(host).exit_code == 0);
  tamper(host, "UPDATE outcomes SET settings_hash = '" + crashing + "' WHERE cursor = 2");
  const Finished crashed = audit(host);
  CHECK(crashed.exit_code == 2);
  CHECK_THAT(crashed.out, Contains("FAIL  record 2 does not fit its hash"));
  CHECK_THAT(crashed.err, Contains("was killed by signal 6 (SIGABRT) at record 2 of the store"));
}

TEST_CASE("What an audit of decisions cannot use it names, and could not run", "[R30]") {
  HostFixture host;
  for (const auto& options : {std::vector<std::string>{"--decisions"},
                              {"--decisions", "--verify", "--archive", "x"},
                              {"--decisions", "--verify", "--export", "-"}}) {
    const Finished refused = audit(host, options);
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.err, Contains("--decisions goes with --verify"));
  }
  CHECK(audit(host).exit_code == 0);  // of nothing
  const fs::path cache = host.store().parent_path() / "plugin-cache";
  fs::permissions(cache, fs::perms::others_write, fs::perm_options::add);
  const Finished open = audit(host);
  CHECK(open.exit_code == 2);
  CHECK_THAT(open.err, Contains(cache.string()));
  host.stop();
  fs::remove_all(host.store().parent_path());
  const Finished none = audit(host);
  CHECK(none.exit_code == 2);
  CHECK_THAT(none.err, Contains("there is no store"));
}
