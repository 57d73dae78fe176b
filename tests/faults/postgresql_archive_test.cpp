// SPDX-License-Identifier: Apache-2.0
//
// Outcomes of several chains leave a PostgreSQL database for an archive: while two hosts commit to
// it, and by a command that is killed anywhere and repeated.
#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <ctime>
#include <random>
#include <set>

#include "adaptor/audit.hpp"
#include "archive/archiver.hpp"
#include "archive/month.hpp"
#include "archive/verify.hpp"
#include "faulty_host.hpp"
#include "load.hpp"
#include "old_outcomes.hpp"
#include "stores/stores.hpp"
#include "support/store_database.hpp"

using namespace support;
using namespace faults;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

constexpr int kKilled = 128 + 9;

void add_month(const StoreDatabase& database, const std::string& month) {
  database.session().run("CALL duis.add_month('" + month + "-01')");
}

std::string number(std::int64_t value) {
  return std::to_string(value);
}

// Two hosts' chains in a database, without the hosts: three old months and some later outcomes in
// each.
class Chains {
 public:
  static constexpr OldOutcomes kOutcomes{.per_month = 230, .months_until_later = 10};
  static constexpr std::int64_t kOld = kOutcomes.old(), kAll = kOutcomes.all();
  static constexpr const char* kMonths[] = {"2025-03", "2025-04", "2025-05"};

  Chains() {
    for (const char* month : kMonths) add_month(database_, month);
    add_month(database_, "2026-01");
    for (std::uint64_t host = 0; host < 2; ++host) commit(host);
    admin_.run("CREATE DATABASE kept TEMPLATE " + database_.name());
  }

  fs::path archive() const { return host_.directory() / "archive"; }
  const StoreDatabase& database() const { return database_; }
  std::string url() const { return database_.owner_url(); }

  // As it was before the first archive command.
  void put_back() {
    fs::remove_all(archive());
    admin_.run("DROP DATABASE " + database_.name() + " WITH (FORCE)");
    admin_.run("CREATE DATABASE " + database_.name() + " TEMPLATE kept");
  }

  // Killed before the change of that number, if it comes so far; 0: not killed.
  Finished archive_until(std::int64_t change) {
    const Finished finished =
        run("env", {"LD_PRELOAD=" KILL_SHIM, "KILL_AT=" + number(change),
                    sample_host_program().string(), "archive", "--before", "2025-06-01", "--to",
                    archive().string(), "--config", owner_configuration(host_).string()});
    // What it had sent is done, or not, when its session is gone.
    while (admin_.value("SELECT count(*) FROM pg_stat_activity WHERE datname = '" +
                        database_.name() + "'") != "0") {
      continue;
    }
    return finished;
  }

  std::string octets() const {
    std::string all;
    for (const char* month : kMonths) {
      for (const char* chain : {"a.0", "b.0"}) {
        all += read_file(archive() / (std::string(month) + "." + chain + ".jsonl.zst"));
      }
    }
    return all;
  }

 private:
  static HostFixture::Options options(const StoreDatabase& database) {
    HostFixture::Options options;
    options.world = options.signing = false;
    options.store = "remember = 36500\n";
    options.database = database.options("a").database;
    return options;
  }

  void commit(std::uint64_t host) const {
    const auto store = sample::open_store(url(), {host == 0 ? "a" : "b", 1});
    dcc::adaptor::Ledger ledger(*store);
    OldOutcomes outcomes = kOutcomes;
    outcomes.originator = host;
    outcomes.commit(ledger);
  }

  PostgresqlServer server_;
  const StoreDatabase database_{server_};
  PostgresqlSession admin_{server_.url("postgres")};
  const HostFixture host_{options(database_)};
};

std::int64_t changes_in(const Finished& finished) {
  const std::string mark = "changes: ";
  const auto at = finished.err.rfind(mark);
  REQUIRE(at != std::string::npos);
  return std::stoll(finished.err.substr(at + mark.size()));
}

// Every record is in the database, or in what the manifest names; both can be verified.
void check_nothing_lost(const Chains& chains) {
  CHECK(chains.database().integrity() == "ok");
  const auto store = sample::open_store(chains.url());
  const auto report = dcc::adaptor::verify_audit(*store, {});
  CAPTURE(report.findings);
  CHECK(report.findings.empty());
  REQUIRE(report.chains.size() == 2);
  sample::ArchiveCheck check;
  for (const auto& chain : report.chains) {
    CHECK(chain.head.cursor == Chains::kAll);
    CHECK(chain.start.cursor + chain.records == Chains::kAll);
    if (chain.start.cursor > 0) check.continued[chain.name] = chain.start;
  }
  if (check.continued.empty()) return;
  const auto archived = sample::verify_archive(chains.archive(), check);
  CAPTURE(archived.findings);
  CHECK(archived.findings.empty());
}

// Of all records of an archive.
std::multiset<std::string> request_ids_in(const fs::path& archive) {
  std::multiset<std::string> all;
  for (const auto& month : sample::read_manifest(archive, std::nullopt).months) {
    sample::verify_month(archive, month, [&](const dcc::adaptor::StoredOutcome& record) {
      all.insert(record.outcome.request_id.text());
    });
  }
  return all;
}

}  // namespace

TEST_CASE(
    "PostgreSQL - an archive command that is killed anywhere loses nothing and doubles nothing") {
  Chains chains;
  const Finished whole = chains.archive_until(0);
  CAPTURE(whole.out, whole.err);
  REQUIRE(whole.exit_code == 0);
  const std::string expected = chains.octets();
  const std::int64_t changes = changes_in(whole);
  constexpr std::int64_t kMoments = 24;
  std::size_t kills = 0;
  for (std::int64_t i = 1; i <= kMoments; ++i) {
    const std::int64_t change = std::max<std::int64_t>(1, changes * i / kMoments);
    CAPTURE(change, changes);
    chains.put_back();
    kills += chains.archive_until(change).exit_code == kKilled ? 1 : 0;
    check_nothing_lost(chains);
    const Finished again = chains.archive_until(0);
    CAPTURE(again.err);
    REQUIRE(again.exit_code == 0);
    check_nothing_lost(chains);
    CHECK(chains.octets() == expected);
    auto session = chains.database().session();
    CHECK(session.value("SELECT string_agg(seq::text, ' ') FROM duis.starts") ==
          number(Chains::kOld) + " " + number(Chains::kOld));
    CHECK(session.value("SELECT count(*) FROM duis.remembered") == number(2 * Chains::kOld));
    CHECK(session.value("SELECT count(*) FROM pg_class WHERE relname ~ '^outcomes_2025_\\d\\d$'") ==
          "0");
    CHECK(std::distance(fs::directory_iterator(chains.archive()), {}) == 7);
  }
  WARN(kills << " kills in " << changes << " changes");
  CHECK(kills >= kMoments - 3);
}

TEST_CASE("PostgreSQL - two hosts go on answering while what they answered is archived") {
  constexpr std::int64_t kDay = 24 * 3600;
  const TempDirectory directory;
  const fs::path archive = directory.path() / "archive";
  PostgresqlServer server;
  const StoreDatabase database(server);
  const auto options = [&](const std::string& host) {
    auto of_host = database.options(host);
    of_host.store = "archive = " + archive.string() + "\n";
    return of_host;
  };
  FaultyHost a(options("host-a"));
  FaultyHost b(options("host-b"), a);
  a.start_with_shim();
  b.start_with_shim();
  Ledger ledger;
  for (const std::int64_t offset : {-66 * kDay, -35 * kDay}) {
    add_month(database, sample::month_of((std::time(nullptr) + offset) * 1000));
    for (FaultyHost* const host : {&a, &b}) host->switches().clock_offset = offset;
    const Load on_a(a, ledger, 3, 1), on_b(b, ledger, 3, 2);
    REQUIRE(ledger.await_answers(400));
  }
  for (FaultyHost* const host : {&a, &b}) host->switches().clock_offset = 0;

  const std::vector<std::string> command{"archive",
                                         "--before",
                                         sample::month_of(std::time(nullptr) * 1000) + "-01",
                                         "--to",
                                         archive.string(),
                                         "--config",
                                         owner_configuration(a).string()};
  std::mt19937_64 random(7);
  std::size_t kills = 0;
  {
    const Load on_a(a, ledger, 3, 3), on_b(b, ledger, 3, 4);
    for (int i = 0; i < 10; ++i) {
      Process archiving(sample_host_program(), command);
      REQUIRE(ledger.await_answers(1 + random() % 60));
      archiving.signal(SIGKILL);
      kills += archiving.wait().exit_code == kKilled ? 1 : 0;
    }
    const Finished done = run(sample_host_program(), command);
    INFO(done.err);
    REQUIRE(done.exit_code == 0);
    REQUIRE(ledger.await_answers(100));
  }
  auto refused = ledger.counts().refused;
  WARN(kills << " kills among " << ledger.counts().answered << " answers, " << refused[503]
             << " times 503");
  CHECK(refused.size() == 1);
  for (const auto& violation : ledger.violations()) FAIL_CHECK(violation);

  // Each was stored once, there or here; whoever is asked again has the octets.
  auto stored = request_ids_in(archive);
  CHECK(stored.size() >= 800);
  for (const auto& outcome : a.outcomes()) {
    stored.insert(std::string(outcome.at("request_id").as_string()));
  }
  for (const Exchange& exchange : ledger.exchanges()) {
    CAPTURE(exchange.request_id);
    REQUIRE(stored.count(exchange.request_id) == 1);
    REQUIRE(a.post(exchange.document).body == exchange.response);
    REQUIRE(b.post(exchange.document).body == exchange.response);
  }
  CHECK(stored.size() == ledger.exchanges().size());
  CHECK(database.integrity() == "ok");
  for (const auto& more : {std::vector<std::string>{}, {"--archive", archive.string()}}) {
    std::vector<std::string> words{"audit", "--verify", "--config", a.configuration().string()};
    words.insert(words.end(), more.begin(), more.end());
    const Finished audit = run(sample_host_program(), words);
    INFO(audit.out << audit.err);
    CHECK(audit.exit_code == 0);
  }
}
