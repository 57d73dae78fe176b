// SPDX-License-Identifier: Apache-2.0
//
// Outcomes leave for an archive beside hosts that commit: chain by chain, and with them the tables
// of months that are over.
#include <atomic>
#include <future>

#include "adaptor/audit.hpp"
#include "adaptor/retention.hpp"
#include "archive/archiver.hpp"
#include "archive/lookup.hpp"
#include "archive/month.hpp"
#include "archive/verify.hpp"
#include "fixture.hpp"

using namespace sample;
using Catch::Matchers::Contains;

namespace {

using Counters = std::vector<std::uint64_t>;
constexpr std::uint64_t kLarge = (1ULL << 63) + 4;  // negative in the database

Outcome of_june(std::uint64_t counter) {
  Outcome later = outcome(counter);
  later.decided_at = later.received_at = unix_ms("2026-06-15", kNoon);
  return later;
}

bool is_there(const Database& database, const std::string& table) {
  return database.session().value("SELECT to_regclass('duis." + table + "') IS NOT NULL") == "t";
}

std::string months(const Database& database) {
  return database.session().value(
      "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class JOIN pg_inherits ON oid ="
      " inhrelid WHERE inhparent = 'duis.outcomes'::regclass AND NOT inhdetachpending"
      " AND relname < 'outcomes_2026'");
}

struct TwoLedgers {
  TwoLedgers() : one(database.open("host-a")), other(database.open("host-b")) {}

  Archived archive_before(const std::string& date, std::int64_t forget_before = 0) const {
    ArchiveOptions options;
    options.directory = directory / "archive";
    options.before = first_of_month(date).value();
    options.forget_before = forget_before;
    return archive(*one, options);
  }

  const Database database;
  const TemporaryDirectory directory;
  const std::unique_ptr<Store> one, other;
  Ledger a{*one}, b{*other};
};

}  // namespace

TEST_CASE("each chain has a file for each month, and goes on where its archive ends") {
  TwoLedgers hosts;
  for (const std::uint64_t counter : Counters{1, 2, 3}) commit(hosts.a, outcome(counter));
  for (const std::uint64_t counter : Counters{4, 5}) commit(hosts.b, outcome(counter));
  commit(hosts.a, of_june(6));
  const Archived done = hosts.archive_before("2026-01-01");
  std::string files;
  for (const ArchivedMonth& month : done.written) files += month.file + ' ';
  CHECK(files == "2023-11.host-a.0.jsonl.zst 2023-11.host-b.0.jsonl.zst ");
  CHECK(done.end.text() == "host-a.0:3,host-b.0:2");
  CHECK(done.removed == 5);
  CHECK(hosts.archive_before("2026-01-01").removed == 0);

  const auto trail = dcc::adaptor::verify_audit(*hosts.other, {});
  CHECK(trail.findings.empty());
  CHECK(trail.records == 1);
  ArchiveCheck check;
  for (const auto& chain : trail.chains) check.continued[chain.name] = chain.start;
  const auto directory = hosts.directory / "archive";
  const ArchiveReport report = verify_archive(directory, check);
  CHECK(report.findings.empty());
  REQUIRE(report.chains.size() == 2);
  CHECK(report.chains.back().name == "host-b.0");
  CHECK(report.chains.back().records == 2);
  check.continued.at("host-b.0").hash = std::string(32, 'x');
  CHECK(
      verify_archive(directory, check).findings ==
      std::vector<std::string>{"chain host-b.0: the store's trail goes on from another record 2"});
  check.continued = {{"host-c.0", {4, std::string(32, 'x'), {}, 0}}};
  CHECK(
      verify_archive(directory, check).findings ==
      std::vector<std::string>{"chain host-c.0: records 1 to 4 are neither here nor in the store"});

  // Either host knows what was answered, and where it is.
  Inquiry inquiry{.request_id = {kAgent, kBroker, 5}};
  hosts.one->reader()->answer({&inquiry, 1});
  REQUIRE(inquiry.before);
  CHECK(inquiry.before->archived == 2);
  CHECK(inquiry.before->chain == "host-b.0");
  const auto found = find_archived(directory, inquiry.request_id, *inquiry.before, std::nullopt);
  REQUIRE(found);
  CHECK(found->outcome.request_id.counter == 5);
  inquiry.before->chain = "host-a.0";
  CHECK_FALSE(find_archived(directory, inquiry.request_id, *inquiry.before, std::nullopt));
  CHECK(commit(hosts.a, outcome(5)) == CommitResult::duplicate);
  CHECK(commit(hosts.b, outcome(1)) == CommitResult::duplicate);
  CHECK(commit(hosts.b, of_june(7)) == CommitResult::committed);
  CHECK(hosts.other->chains().back()->outcomes(Store::Which::all, 0, 9, false).at(0).repeated);
}

TEST_CASE("what is forgotten is refused by all hosts that run") {
  TwoLedgers hosts;
  for (const std::uint64_t counter : Counters{1, 2, kLarge}) commit(hosts.a, outcome(counter));
  commit(hosts.b, of_june(kLarge - 1));
  Outcome of_other = of_june(1);
  of_other.request_id.originator = kStranger;
  commit(hosts.b, of_other);
  CHECK(hosts.archive_before("2026-01-01", unix_ms("2026-01-01", 0)).forgotten == 3);
  for (Ledger* const ledger : {&hosts.a, &hosts.b}) {
    for (const std::uint64_t counter : Counters{1, 2, 3, kLarge - 1, kLarge}) {
      CAPTURE(counter);
      CHECK(commit(*ledger, of_june(counter)) == CommitResult::duplicate);
    }
  }
  // One that is remembered, one that is forgotten, one of an originator of whom nothing was.
  std::vector<Inquiry> inquiries{{.request_id = {kAgent, kBroker, kLarge - 1}},
                                 {.request_id = {kAgent, kBroker, 2}},
                                 {.request_id = {kStranger, kBroker, 2}}};
  hosts.other->reader()->answer(inquiries);
  CHECK(inquiries[0].before);
  CHECK_FALSE(inquiries[1].before);
  CHECK(inquiries[1].forgotten == kLarge);
  CHECK_FALSE(inquiries[2].forgotten);
  CHECK(commit(hosts.b, of_june(kLarge + 1)) == CommitResult::committed);
  of_other.request_id.counter = 2;
  CHECK(commit(hosts.a, of_other) == CommitResult::committed);
}

TEST_CASE("what is in no archive, and no forgotten counter covers, its owner cannot remove") {
  TwoLedgers hosts;
  for (const std::uint64_t counter : Counters{1, 2, kLarge}) commit(hosts.a, outcome(counter));
  auto owner = hosts.database.session();
  owner.run(
      "INSERT INTO duis.starts SELECT chain, 2, '', '' FROM duis.chains WHERE host = 'host-a'");
  CHECK_THROWS_WITH(owner.run("DELETE FROM duis.outcomes"), Contains("only grows"));
  CHECK_THROWS_WITH(owner.run("UPDATE duis.outcomes SET code = 'E5' WHERE seq = 1"),
                    Contains("only grows"));
  CHECK_NOTHROW(owner.run("DELETE FROM duis.outcomes WHERE seq = 1"));
  CHECK_NOTHROW(owner.run("DELETE FROM duis.outcomes_2023_11 WHERE seq = 2"));
  CHECK_THROWS_WITH(owner.run("DELETE FROM duis.request_ids"), Contains("only grows"));
  owner.run("INSERT INTO duis.forgotten SELECT originator, 2 FROM duis.request_ids LIMIT 1");
  CHECK_THROWS_WITH(owner.run("DELETE FROM duis.request_ids"), Contains("only grows"));
  CHECK_NOTHROW(owner.run("DELETE FROM duis.request_ids WHERE seq < 3"));
  CHECK_THROWS_WITH(owner.run("UPDATE duis.request_ids SET seq = 1"), Contains("only grows"));
}

TEST_CASE("months that are over and empty go while hosts commit") {
  TwoLedgers hosts;
  for (const std::uint64_t counter : Counters{1, 2}) commit(hosts.a, outcome(counter));
  std::atomic<bool> done = false;
  auto committing = std::async(std::launch::async, [&] {
    std::uint64_t counter = 3;
    while (!done || counter < 10) {
      if (commit(hosts.b, of_june(counter++)) != CommitResult::committed) return std::uint64_t{0};
    }
    return counter - 3;
  });
  hosts.one->chains().front()->retention()->give_back_room();
  CHECK(months(hosts.database) == "outcomes_2023_11");
  CHECK_FALSE(is_there(hosts.database, "outcomes_1970_01"));
  CHECK(hosts.archive_before("2026-01-01").removed == 2);
  CHECK_FALSE(is_there(hosts.database, "outcomes_2023_11"));
  done = true;
  const std::uint64_t committed = committing.get();
  CHECK(committed >= 7);
  CHECK(all_of(*hosts.one).size() == committed);
  CHECK(dcc::adaptor::verify_audit(*hosts.one, {}).findings.empty());
  CHECK_NOTHROW(check_postgresql_store(hosts.database.url()));
}

TEST_CASE("a reader that stays keeps a month, and nobody waits for it but the archive") {
  const Database database;
  const auto host = database.open("host-a");
  Ledger ledger(*host);
  auto reading = database.session();
  reading.run("BEGIN; SELECT count(*) FROM duis.outcomes");
  PostgresqlOptions options;
  options.host = "archive";
  options.import_patience = std::chrono::milliseconds(400);
  const auto store = open_postgresql_store(database.url(), options);
  CHECK_THROWS_WITH(store->chains().front()->retention()->give_back_room(),
                    Contains("lock timeout"));
  CHECK(is_there(database, "outcomes_1970_01"));
  const TemporaryDirectory directory;
  ArchiveOptions archiving;
  archiving.directory = directory / "archive";
  CHECK_THAT(archive(*store, archiving).room_kept, Contains("lock timeout"));
  // Half detached it is no place any more; what is read and committed goes on.
  CHECK(commit(ledger, outcome(1)) == CommitResult::committed);
  CHECK(all_of(*database.open("host-b")).size() == 1);
  database.add_month("2026-05-01");
  reading.run("COMMIT");
  host->chains().front()->retention()->give_back_room();
  CHECK(months(database) == "outcomes_2023_11");
  CHECK_FALSE(is_there(database, "outcomes_1970_01"));
}

TEST_CASE("a month that was detached with outcomes in it is put back") {
  const Database database;
  const auto store = database.open();
  Ledger ledger(*store);
  commit(ledger, outcome(1));
  database.session().run(
      "ALTER TABLE duis.outcomes DETACH PARTITION duis.outcomes_2023_11;"
      " ALTER TABLE duis.outcomes DETACH PARTITION duis.outcomes_1970_01");
  CHECK(all_of(*store).empty());
  store->chains().front()->retention()->give_back_room();
  CHECK(months(database) == "outcomes_2023_11");
  CHECK_FALSE(is_there(database, "outcomes_1970_01"));
  CHECK(all_of(*store).size() == 1);
  CHECK_THROWS_WITH(database.session().run("DELETE FROM duis.outcomes"), Contains("only grows"));
  CHECK(commit(ledger, outcome(2)) == CommitResult::committed);
}
