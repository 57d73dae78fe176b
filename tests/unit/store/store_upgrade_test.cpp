// SPDX-License-Identifier: Apache-2.0
//
// Stores of every earlier version, as kept beside this file, are brought to this program's: nothing
// of what they hold is lost or changed, and their trails still verify.
#include <sqlite3.h>

#include <array>

#include "adaptor/audit.hpp"
#include "adaptor/outcome_json.hpp"
#include "fixture.hpp"
#include "store/sqlite/sqlite.hpp"
#include "stores/stores.hpp"

using namespace sample;
using Catch::Matchers::Contains;

namespace {

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class KeptStore {
 public:
  explicit KeptStore(int version) {
    const auto sql = std::filesystem::path(DCC_SOURCE_DIR) / "tests/unit/store/kept" /
                     ("version-" + std::to_string(version) + ".sql");
    REQUIRE(std::filesystem::exists(sql));
    execute(content(sql));
  }

  void execute(const std::string& sql) const {
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(file().c_str(), &db) == SQLITE_OK);
    const int result = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
    CAPTURE(sqlite3_errmsg(db));
    CHECK(result == SQLITE_OK);
    sqlite3_close(db);
  }
  // Of the outcomes that are like that.
  std::int64_t count(const std::string& where) const {
    sqlite::Connection db(file(), std::chrono::seconds(1));
    sqlite::Statement select(db, "SELECT count(*) FROM outcomes WHERE " + where);
    sqlite::Run row(select);
    return row.next() ? row.integer(0) : -1;
  }
  std::filesystem::path file() const { return directory_ / "store.db"; }
  std::string url() const { return "sqlite:" + file().string(); }
  std::unique_ptr<Store> open() const { return open_sqlite_store(file()); }

 private:
  TemporaryDirectory directory_;
};

void require_whole(Store& store, std::int64_t records) {
  const auto report = dcc::adaptor::verify_audit(store, {});
  CAPTURE(report.findings);
  CHECK(report.findings.empty());
  CHECK(report.records == records);
}

std::vector<std::string> hashes(Store& store) {
  std::vector<std::string> all;
  for (const auto& one :
       dcc::adaptor::only_chain(store).outcomes(Store::Which::all, 0, 100, false)) {
    all.push_back(dcc::adaptor::hex(one.hash));
  }
  return all;
}

}  // namespace

TEST_CASE("A store of an earlier version is upgraded and keeps all that it holds") {
  const int version = GENERATE(1, 2, 3, 4, 5, 6);
  CAPTURE(version);
  const KeptStore kept(version);
  const std::string before = content(kept.file());
  const Upgrade plan = planned_upgrade(kept.url());
  CHECK(plan.from == version);
  CHECK(plan.to == 7);
  CHECK(plan.steps.size() == static_cast<std::size_t>(7 - version));
  CHECK_THROWS_WITH(kept.open(), Contains("has version " + std::to_string(version)) &&
                                     Contains("needs 7") && Contains("upgrade"));
  check_store(kept.url(), Depth::everything);
  CHECK(content(kept.file()) == before);

  CHECK(upgrade_store(kept.url(), {}).steps == plan.steps);
  CHECK(planned_upgrade(kept.url()).steps.empty());
  CHECK(upgrade_store(kept.url(), {}).steps.empty());

  const auto store = kept.open();
  require_whole(*store, 5);
  CHECK(dcc::adaptor::only_chain(*store).audit_start().hashed_later == (version == 1 ? 5 : 0));
  const auto outcomes = dcc::adaptor::only_chain(*store).outcomes(Store::Which::all, 0, 100, true);
  REQUIRE(outcomes.size() == 5);
  CHECK(outcomes[3].outcome.request_id == RequestId{kAgent, kBroker, (1ULL << 63) + 4});
  CHECK(outcomes[2].repeated);
  CHECK(outcomes[2].outcome.trace.empty() == (version < 5));
  CHECK(outcomes[0].outcome.request == std::string("<request>1\0</request>", 21));
  CHECK(outcomes[0].outcome.items.at(1).value == "\u00A3");
  CHECK(outcomes[0].basis.empty() == (version >= 3));
  CHECK(outcomes[0].outcome.facts.size() == (version >= 3 ? 1 : 0));
  Register reader(store->reader());
  CHECK(reader.replay({kAgent, kBroker, 5})->response == "<response>5</response>");
  CHECK(reader.device(kHub.value)->revision == 4);

  dcc::adaptor::Ledger ledger(*store);
  Outcome again;
  again.request_id = {kAgent, kBroker, 6};
  again.srv = "8.14.3";
  again.code = "I99";
  again.device_id = kHub;
  again.trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const std::array<const Outcome*, 1> batch{&again};
  CHECK(ledger.commit(batch).at(0) == CommitResult::committed);
  CHECK(dcc::adaptor::only_chain(*store).outcomes(Store::Which::all, 5, 1, false).at(0).repeated);
  require_whole(*store, 6);
  kept.execute("UPDATE outcomes SET trace = '' WHERE cursor = 6");
  CHECK_THAT(dcc::adaptor::verify_audit(*store, {}).findings.at(0),
             Contains("record 6 does not fit its hash"));
}

TEST_CASE("An outcome that is older stays as it is, and a newer one beside it is packed") {
  const KeptStore kept(5);
  upgrade_store(kept.url(), {});
  const auto store = kept.open();
  dcc::adaptor::Ledger ledger(*store);
  Outcome packed =
      dcc::adaptor::only_chain(*store).outcomes(Store::Which::all, 1, 1, true).at(0).outcome;
  packed.request_id.counter = 6;
  packed.facts.clear();
  const std::array<const Outcome*, 1> batch{&packed};
  REQUIRE(ledger.commit(batch).at(0) == CommitResult::committed);
  CHECK(kept.count("packed IS NULL AND request != x'' AND items != ''") == 5);
  CHECK(kept.count("packed IS NOT NULL AND request = x'' AND items = ''") == 1);
  const auto all = dcc::adaptor::only_chain(*store).outcomes(Store::Which::all, 0, 100, true);
  CHECK(all.at(5).outcome.request == all.at(1).outcome.request);
  CHECK(all.at(5).outcome.response == all.at(1).outcome.response);
  CHECK(dcc::adaptor::only_chain(*store)
            .outcomes(Store::Which::all, 5, 1, false)
            .at(0)
            .outcome.request.empty());
  CHECK(Register(store->reader()).replay(packed.request_id)->response == packed.response);
  require_whole(*store, 6);
}

TEST_CASE("A record of an old form that is changed after the upgrade is found") {
  const KeptStore kept(2);
  upgrade_store(kept.url(), {});
  kept.execute("UPDATE outcomes SET facts = replace(facts, 'Active', 'Closed') WHERE cursor = 2");
  CHECK_THAT(dcc::adaptor::verify_audit(*kept.open(), {}).findings.at(0),
             Contains("record 2 does not fit its hash"));
}

TEST_CASE("The trail that an upgrade gives to version 1 is the one of version 2, and signed") {
  const KeptStore first(1);
  const KeptStore second(2);
  upgrade_store(first.url(), {[](std::string_view text) { return "signed " + std::string(text); }});
  upgrade_store(second.url(), {});
  const auto store = first.open();
  CHECK(hashes(*store) == hashes(*second.open()));
  const AuditHead head = dcc::adaptor::only_chain(*store).audit_head();
  CHECK(head.signature == "signed " + dcc::adaptor::audit_head_text(5, head.hash));
}

TEST_CASE("A large upgrade is done in bounded steps, and goes on where it was interrupted") {
  const KeptStore kept(1);
  kept.execute(
      "WITH RECURSIVE more(n) AS (VALUES(6) UNION ALL SELECT n + 1 FROM more WHERE n < 2500)"
      "INSERT INTO outcomes SELECT n, originator, target, 1000 + n, digest, srv, role, device_id,"
      " code, reason, accepted_return, repeated, received_at, decided_at, handler, settings_hash,"
      " items, basis, request, response FROM more, outcomes WHERE cursor = 2");
  struct Interrupted {};
  std::vector<std::int64_t> seen;
  UpgradeOptions options;
  options.progress = [&](std::int64_t done, std::int64_t total) {
    CHECK(total == 2500);
    seen.push_back(done);
    if (seen.size() == 1) throw Interrupted();
  };
  CHECK_THROWS_AS(upgrade_store(kept.url(), options), Interrupted);
  CHECK(planned_upgrade(kept.url()).from == 1);
  upgrade_store(kept.url(), options);
  CHECK(seen == std::vector<std::int64_t>{1000, 2000, 2500});
  require_whole(*kept.open(), 2500);
}

TEST_CASE("A store of a newer version is refused, naming both versions") {
  const KeptStore kept(3);
  kept.execute("PRAGMA user_version=8");
  const std::string before = content(kept.file());
  const std::string names_both = "has version 8, this program knows versions up to 7";
  CHECK_THROWS_WITH(kept.open(), Contains(names_both));
  CHECK_THROWS_WITH(planned_upgrade(kept.url()), Contains(names_both));
  CHECK_THROWS_WITH(upgrade_store(kept.url(), {}), Contains(names_both));
  CHECK_THROWS_WITH(check_store(kept.url(), Depth::everything), Contains(names_both));
  CHECK(content(kept.file()) == before);
}

TEST_CASE("A store that somebody has open is not upgraded") {
  const KeptStore kept(6);
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(kept.file().c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, "SELECT * FROM users", nullptr, nullptr, nullptr) == SQLITE_OK);
  CHECK_THROWS_WITH(upgrade_store(kept.url(), {}), Contains("stop the host first"));
  sqlite3_close(db);
  CHECK(upgrade_store(kept.url(), {}).steps.size() == 1);
}
