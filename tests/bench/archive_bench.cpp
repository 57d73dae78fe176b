// SPDX-License-Identifier: Apache-2.0
//
// A month of outcomes archived from a PostgreSQL database, of one chain and of four, against a
// SQLite file: in turn, with the same outcomes, on the same disk and cores. Nobody commits
// meanwhile.
//
//     archive-bench [--outcomes N] [--rounds N] [--directory DIR] [--json FILE]
#include <chrono>
#include <cstdio>
#include <map>
#include <optional>
#include <string_view>

#include "adaptor/ledger.hpp"
#include "archive/archiver.hpp"
#include "bench/options.hpp"
#include "bench/statistics.hpp"
#include "stores/stores.hpp"
#include "support/store_database.hpp"
#include "support/temp_directory.hpp"

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace bench;
using Clock = std::chrono::steady_clock;
using dcc::adaptor::Outcome;

constexpr std::size_t kBatch = 64, kMessages = 256;
constexpr std::int64_t kMarch2025 = 1'740'787'200'000, kApril2025 = kMarch2025 + 31LL * 86'400'000;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

Outcome outcome(std::size_t number, const std::vector<std::string>& messages) {
  const auto n = static_cast<std::uint64_t>(number);
  Outcome outcome;
  outcome.request_id = {World::user(number % World::kUsers), kBroker, n + 1};
  outcome.digest = std::string(32, static_cast<char>(n));
  outcome.srv = "8.14.3";
  outcome.role = "SNA";
  outcome.device_id = World::hub(number);
  outcome.code = "I99";
  outcome.reason = "accepted";
  outcome.handler = "ch-returns 1.0.0 abcdef";
  outcome.settings_hash = std::string(64, '0');
  outcome.received_at = outcome.decided_at = kMarch2025 + static_cast<std::int64_t>(n);
  outcome.request = messages[number % messages.size()];
  outcome.response = messages[(number + 1) % messages.size()];
  return outcome;
}

// Each chain gets its share, one after the other.
void fill(const std::string& url, std::size_t chains, std::size_t outcomes,
          const std::vector<std::string>& messages) {
  const auto store = sample::open_store(url, {"a", static_cast<unsigned>(chains)});
  for (std::size_t lane = 0; lane < chains; ++lane) {
    dcc::adaptor::Ledger ledger(*store, {}, lane);
    const std::size_t end = outcomes * (lane + 1) / chains;
    for (std::size_t number = outcomes * lane / chains; number < end;) {
      std::vector<Outcome> batch;
      while (batch.size() < kBatch && number < end) batch.push_back(outcome(number++, messages));
      std::vector<const Outcome*> pointers;
      for (const Outcome& each : batch) pointers.push_back(&each);
      for (const auto result : ledger.commit(pointers)) {
        if (result != dcc::adaptor::CommitResult::committed) fail("an outcome was not stored");
      }
    }
  }
}

// Seconds of each round: to verify the trail and write the files, and then to remove the outcomes.
struct Times {
  std::vector<double> all, written, removed;
};

void archive(const std::string& url, const fs::path& directory, std::size_t outcomes,
             Times& times) {
  const auto store = sample::open_store(url);
  sample::ArchiveOptions options;
  options.directory = directory;
  options.before = kApril2025;
  const auto begin = Clock::now();
  double written = 0;
  options.progress = [&](std::string_view done, std::int64_t) {
    if (done == "archived") written = seconds_since(begin);
  };
  const auto archived = sample::archive(*store, options);
  const double all = seconds_since(begin);
  if (archived.removed != static_cast<std::int64_t>(outcomes)) fail("outcomes are left");
  times.all.push_back(all);
  times.written.push_back(written);
  times.removed.push_back(all - written);
}

}  // namespace

int main(int argc, char** argv) {
  Options options("archive-bench", "A month archived from PostgreSQL, against SQLite");
  std::size_t outcomes = 50'000;
  int rounds = 3;
  fs::path where;
  options.app.add_option("--outcomes", outcomes, "Of the month");
  options.app.add_option("--rounds", rounds, "How often each is archived, in turn");
  options.app.add_option("--directory", where, "Where store and archive are: on a disk");
  options.parse(argc, argv);
  if (!where.empty()) ::setenv("TMPDIR", fs::absolute(where).c_str(), 1);

  const World world(kMessages);
  support::PostgresqlServer server;
  const struct {
    const char* name;
    std::size_t chains;
    bool is_server;
  } contenders[] = {
      {"SQLite", 1, false}, {"PostgreSQL, 1 chain", 1, true}, {"PostgreSQL, 4 chains", 4, true}};
  std::map<std::string, Times> times;
  for (int round = 0; round < rounds; ++round) {
    for (const auto& contender : contenders) {
      const support::TempDirectory directory;
      std::string url = "sqlite:" + (directory.path() / "store.db").string();
      std::optional<support::StoreDatabase> database;
      if (contender.is_server) {
        database.emplace(server);
        database->session().run("CALL duis.add_month('2025-03-01')");
        url = database->owner_url();
      }
      fill(url, contender.chains, outcomes, world.requests());
      archive(url, directory.path() / "archive", outcomes, times[contender.name]);
    }
  }

  std::printf("%zu outcomes archived, %d rounds; thousands a second\n", outcomes, rounds);
  std::printf("%-22s %8s %9s %9s %9s\n", "", "all", "x SQLite", "written", "removed");
  json::array rows;
  double sqlite = 0;
  for (const auto& contender : contenders) {
    const Times& of = times[contender.name];
    const auto rate = [&](const std::vector<double>& seconds) {
      return static_cast<double>(outcomes) / median(seconds) / 1000;
    };
    if (sqlite == 0) sqlite = rate(of.all);
    std::printf("%-22s %8.1f %9.2f %9.1f %9.1f\n", contender.name, rate(of.all),
                rate(of.all) / sqlite, rate(of.written), rate(of.removed));
    rows.push_back(json::object{{"name", contender.name},
                                {"thousands_per_second", rate(of.all)},
                                {"written", rate(of.written)},
                                {"removed", rate(of.removed)}});
  }
  options.write_json({{"outcomes", outcomes}, {"archive", rows}});
}
