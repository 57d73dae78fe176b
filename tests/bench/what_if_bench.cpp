// SPDX-License-Identifier: Apache-2.0
//
// What-if, and the audit of decisions, at scale: a store of outcomes of all roles, statuses and
// both SRVs, decided again by the real program. Shipped settings must change nothing, and settings
// without agents exactly what an SQL query counts; and how fast, held against reading the same
// requests with the Reader alone.
//
//     what-if-bench [--outcomes N] [--json FILE]
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <functional>

#include "adaptor/ledger.hpp"
#include "adaptor/what_if.hpp"
#include "bench/options.hpp"
#include "bench/pipeline.hpp"
#include "stores/stores.hpp"
#include "support/host_fixture.hpp"

namespace {

namespace json = boost::json;
using namespace bench;
using dcc::adaptor::Outcome;
using dcc::adaptor::StoredOutcome;
namespace host = dcc::host;

// One for each User of the world.
constexpr std::array<const char*, World::kUsers> kRoles = {"EIS", "GIS", "SNA", "ES",
                                                           "ED",  "GT",  "OU",  "MDR"};
constexpr std::size_t kKinds = std::size(support::kStatuses) + 2;  // a meter, and no device
constexpr std::size_t kBatch = 500;

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// What is known for the request of this number: each role meets each status, confirmed and not.
void tell(std::size_t number, host::Facts& facts) {
  const std::size_t kind = number / World::kUsers % kKinds;
  const bool acts = number / World::kUsers / kKinds % 2 == 0;
  for (host::Fact& fact : facts.all()) {
    if (fact.kind == host::kUserFact) {
      fact.is_there({{"role", kRoles[World::user_of(number)]}, {"status", "Active"}}, 1);
    } else if (fact.kind == host::kActsFact) {
      fact.is_there({{"acts", acts ? "yes" : "no"}}, 1);
    } else if (kind >= std::size(support::kStatuses) + 1) {
      fact.is_not_there(0);
    } else if (kind == std::size(support::kStatuses)) {
      fact.is_there({{"type", "ESME"}, {"status", "Commissioned"}}, 1);
    } else {
      fact.is_there({{"type", "CHF"}, {"status", support::kStatuses[kind]}}, 1);
    }
  }
}

class Store {
 public:
  Store(const support::HostFixture& fixture, const World& world, const LoadedPlugin& plugin)
      : path_(fixture.store()), world_(world), plugin_(plugin) {
    std::filesystem::create_directories(path_.parent_path());
    store_ = sample::open_store("sqlite:" + path_.string());
  }

  void fill(std::size_t outcomes) {
    dcc::adaptor::Ledger ledger(*store_);
    std::vector<Outcome> batch;
    for (std::size_t number = 0; number < outcomes; ++number) {
      batch.push_back(outcome(number));
      if (batch.size() < kBatch && number + 1 < outcomes) continue;
      std::vector<const Outcome*> pointers;
      for (const Outcome& each : batch) pointers.push_back(&each);
      for (const auto result : ledger.commit(pointers)) {
        if (result != dcc::adaptor::CommitResult::committed) fail("an outcome was not stored");
      }
      batch.clear();
    }
  }

  // Seconds to read all requests from the store, and of that by the Reader alone.
  std::pair<double, double> read() {
    dcc::duis::Reader reader(*dcc::duis::Schema::built_in());
    double in_reader = 0;
    const double all = seconds_of([&] {
      std::vector<std::string> requests;
      const auto read_page = [&] {
        in_reader += seconds_of([&] {
          for (const std::string& request : requests) {
            if (reader.read(request) == nullptr) fail(reader.refusal().text);
          }
        });
        requests.clear();
      };
      for_each_record(dcc::adaptor::only_chain(*store_), 0, [&](const StoredOutcome& record) {
        requests.push_back(record.outcome.request);
        if (requests.size() == kBatch) read_page();
      });
      read_page();
    });
    return {all, in_reader};
  }

  std::int64_t count(const std::string& where) const {
    sqlite3* db = nullptr;
    sqlite3_stmt* statement = nullptr;
    const std::string sql = "SELECT count(*) FROM outcomes WHERE " + where;
    if (sqlite3_open_v2(path_.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK ||
        sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
      fail(sql + ": " + sqlite3_errmsg(db));
    const std::int64_t result = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return result;
  }

 private:
  Outcome outcome(std::size_t number) {
    Outcome outcome;
    outcome.request = world_.request(number, number);
    const auto* message = reader_.read(outcome.request);
    if (message == nullptr) fail(reader_.refusal().text);
    dcc_request& request = view_.of(*message, {}, kNow, kNow + 2000);
    host::Facts facts;
    host::ask_ahead(request, facts);
    tell(number, facts);
    host::Decision decision;
    const auto table = plugin_.registry().current();
    const host::Handler* const handler = host::decide(*table, "serviceD", request, facts, decision);
    if (decision.kind != host::Decision::Kind::answered) fail(decision.reason);
    const auto digest = dcc::duis::sha256(message->canonical);
    outcome.request_id = *message->request_id;
    outcome.digest.assign(digest.begin(), digest.end());
    outcome.srv = message->service_reference_variant;
    outcome.role = kRoles[World::user_of(number)];
    outcome.device_id = message->device_id;
    outcome.code = decision.code;
    outcome.reason = decision.reason;
    outcome.received_at = outcome.decided_at = kNow;
    if (handler != nullptr) {
      outcome.handler = handler->info().name();
      outcome.settings_hash = handler->info().settings_hash;
    }
    outcome.response = std::string(1200, 'r');
    // They are this program's own, so none need hold in the store.
    for (host::Fact& fact : facts.all()) fact.used = false;
    outcome.facts = std::move(facts.all());
    return outcome;
  }

  const std::filesystem::path path_;
  const World& world_;
  const LoadedPlugin& plugin_;
  std::unique_ptr<sample::Store> store_;
  dcc::duis::Reader reader_{*dcc::duis::Schema::built_in()};
  dcc::duis::RequestView view_;
};

// What the program prints.
std::string run_program(const support::HostFixture& fixture,
                        const std::vector<std::string>& options, int exit_code) {
  // Not run() of the tests: this may take longer than they have patience.
  std::string command = support::sample_host_program().string();
  for (const std::string& option : options) command += " '" + option + "'";
  command += " --config '" + fixture.configuration().string() + "'";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) fail("popen");
  std::string text;
  std::array<char, 4096> buffer;
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    text.append(buffer.data(), n);
  const int status = ::pclose(pipe);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != exit_code)
    fail(command + ": ended with " + std::to_string(status) + "\n" + text);
  return text;
}

json::object what_if(const support::HostFixture& fixture, std::vector<std::string> options,
                     int exit_code) {
  options.insert(options.begin(), {"what-if", "--format", "json"});
  return json::parse(run_program(fixture, options, exit_code)).as_object();
}

void expect(bool holds, const std::string& what) {
  if (!holds) fail(what);
}

}  // namespace

int main(int argc, char** argv) {
  Options options("what-if-bench", "Decides a store of outcomes again, and says how fast");
  std::size_t outcomes = 200'000;
  options.app.add_option("--outcomes", outcomes, "How many the store has");
  options.parse(argc, argv);

  const World world(0);
  const LoadedPlugin plugin(world);
  support::HostFixture::Options without_world;
  without_world.world = false;
  without_world.signing = false;  // nor is the trail that is made here signed
  support::HostFixture fixture(without_world);
  fixture.drop_ch_returns();
  fixture.start();  // so that what the records name is in its cache
  fixture.stop();
  Store store(fixture, world, plugin);
  store.fill(outcomes);

  const auto [reading, in_reader] = store.read();
  const json::object same = what_if(fixture, {}, 0);
  expect(same.at("outcomes").as_int64() == static_cast<std::int64_t>(outcomes), "some are missing");
  const auto [reading_after, in_reader_after] = store.read();

  std::string decisions;
  const double trail = seconds_of([&] { run_program(fixture, {"audit", "--verify"}, 0); });
  const double audit = seconds_of([&] {
    decisions = run_program(fixture, {"audit", "--verify", "--decisions"}, 0);
  });
  expect(decisions.find("decided again: " + std::to_string(outcomes) +
                        " the same, 0 different, 0 not in the cache, 0 not decidable\n") !=
             decisions.npos,
         decisions);

  std::string settings = support::ch_returns_settings();
  for (int srv = 0; srv < 2; ++srv)
    settings = support::edited(settings, "SNA = Pending", "SNA = none");
  support::write_file(fixture.directory() / "none.ini", settings);
  const json::object none =
      what_if(fixture, {"--settings", (fixture.directory() / "none.ini").string()}, 1);
  std::int64_t expected = 0;
  for (const std::string code : {"I99", "E4", "E5", "E19", "E11"}) {
    const std::int64_t by_sql = store.count("role = 'SNA' AND code = '" + code + "'");
    std::int64_t by_what_if = 0;
    for (const auto& row : none.at("table").as_array()) {
      if (row.at("from").as_string() == code && row.at("to").as_string() == "E2")
        by_what_if += row.at("count").as_int64();
    }
    expect(by_sql == by_what_if, code + " -> E2: " + std::to_string(by_what_if) + " by what-if, " +
                                     std::to_string(by_sql) + " by SQL");
    std::printf("%-4s -> E2  %10lld  by what-if and by SQL\n", code.c_str(),
                static_cast<long long>(by_sql));
    expected += by_sql;
  }
  expect(none.at("changed").as_int64() == expected, "others changed, too");

  const double seconds = same.at("seconds").to_number<double>();
  const double floor = (in_reader + in_reader_after) / 2;
  std::printf("%zu outcomes: Reader alone %.2f s, with the store %.2f s, what-if %.2f s\n",
              outcomes, floor, (reading + reading_after) / 2, seconds);
  std::printf("what-if's rate / the Reader's: %.2f\n", floor / seconds);
  std::printf("audit --verify %.2f s, with --decisions %.2f s; all the same\n", trail, audit);
  options.write_json({{"outcomes", outcomes},
                      {"reader_seconds", floor},
                      {"what_if_seconds", seconds},
                      {"audit_seconds", trail},
                      {"audit_decisions_seconds", audit},
                      {"rate_of_reader", floor / seconds}});
}
