// SPDX-License-Identifier: Apache-2.0
//
// The store at scale: imports by the real program into stores of several sizes, then lookups,
// commits and requests to real hosts, one store after the other in each round, so that the ratios
// hold whatever else the machine is doing.
//
//     store-bench [--hubs N...] [--rounds N] [--directory DIR] [--json FILE]
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <random>

#include "adaptor/ledger.hpp"
#include "bench/child.hpp"
#include "bench/hub_files.hpp"
#include "bench/options.hpp"
#include "bench/real_host.hpp"
#include "bench/statistics.hpp"
#include "bench/usage.hpp"
#include "stores/stores.hpp"
#include "support/host_fixture.hpp"

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace bench;

constexpr const char* kAgent = "sna";  // acts for kSupplier
constexpr const char* kSupplier = "eis";
constexpr double kMiB = 1024 * 1024;
// For a hub, at the worst moment: CSV file, the import's temporary files, store and its log.
constexpr std::size_t kOctetsPerHub = 300;

using Durations = std::vector<double>;  // microseconds

double timed(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
      .count();
}

// An import by the real program.
struct Import {
  std::string table;
  std::size_t rows = 0;
  Ran ran;

  double rate() const { return static_cast<double>(rows) / ran.seconds; }
  double rate_per_cpu() const { return static_cast<double>(rows) / ran.cpu_seconds; }
};

void print_import_header() {
  std::printf("%10s  %-12s %10s %9s %9s %12s %12s %9s %9s\n", "hubs", "import", "rows", "s",
              "CPU s", "rows/s", "rows/CPU s", "peak MiB", "progress");
}

// At once: there may be minutes until the next one.
void print_import(std::size_t hubs, const Import& import) {
  std::printf("%10zu  %-12s %10zu %9.2f %9.2f %12.0f %12.0f %9.1f %9zu\n", hubs,
              import.table.c_str(), import.rows, import.ran.seconds, import.ran.cpu_seconds,
              import.rate(), import.rate_per_cpu(), import.ran.peak_mib, import.ran.lines);
  std::fflush(stdout);
}

// What is timed, in the order of the rows.
enum Timed : std::size_t { kDevice, kDecision, kCommit, kRequest, kTimedCount };
constexpr std::array<const char*, kTimedCount> kTimedNames{"device", "decision", "commit",
                                                           "request"};

// A store with so many hubs, and the host that serves it.
class Site {
 public:
  explicit Site(std::size_t hubs) : hubs_(hubs), fixture_(host_options()), random_(hubs) {
    for (const char* table : support::kTables) import(table);
    size_ = fs::file_size(fixture_.store());
  }

  // Lookups and commits, in this process.
  void open() {
    store_ = sample::open_store("sqlite:" + fixture_.store().string());
    reader_ = store_->reader();
    ledger_ = std::make_unique<dcc::adaptor::Ledger>(*store_);
  }
  void close() {
    reader_.reset();
    ledger_.reset();
    store_.reset();
  }
  void look_up() {
    const auto hub = World::hub(random_hub() % hubs_).value;
    add(kDevice, [&] {
      dcc::adaptor::Inquiry inquiry;
      inquiry.facts.ask(dcc::host::kDeviceFact, dcc::host::eui_key(hub));
      reader_->answer({&inquiry, 1});
      if (!inquiry.facts.all().front().value("status")) fail("no such device");
    });
    sample::Outcome outcome = outcome_of({World::hub(pending_hub())});
    add(kDecision, [&] { decide(outcome); });
    const std::array<const sample::Outcome*, 1> batch{&outcome};
    add(kCommit, [&] {
      if (ledger_->commit(batch).at(0) != dcc::adaptor::CommitResult::committed)
        fail("not committed");
    });
  }

  // Requests, to the real host.
  void start() { fixture_.start(); }
  void stop() { fixture_.stop(); }
  void request() {
    const auto fields = fixture_.request(kAgent, "8.14.4", World::hub(pending_hub()).text());
    const std::string document = fixture_.sign(kAgent, fields);
    support::HttpReply reply;
    add(kRequest, [&] { reply = fixture_.post(document); });
    if (support::code_of(reply) != "I99") fail("answer " + support::code_of(reply));
  }
  void look_at_memory() { memory_ = memory_of(fixture_.process().pid()).resident; }

  void forget() { durations_ = {}; }

  std::size_t hubs() const { return hubs_; }
  const std::vector<Import>& imports() const { return imports_; }
  const Durations& durations(Timed what) const { return durations_[what]; }
  double memory_mib() const { return memory_; }
  double size_mib() const { return static_cast<double>(size_) / kMiB; }

 private:
  static support::HostFixture::Options host_options() {
    support::HostFixture::Options options;
    options.http += "max_requests_per_connection = 1000000000\nidle_timeout_ms = 3600000\n";
    return options;
  }

  void import(const std::string& table) {
    const fs::path file = fixture_.directory() / (table + ".csv");
    Import import{table, write_table(table, hubs_, support::eui_of(kSupplier), file), {}};
    import.ran = run_child({support::sample_host_program(), "import", table, file.string(),
                            "--config", fixture_.configuration().string()});
    print_import(hubs_, import);
    imports_.push_back(import);
    fs::remove(file);
  }

  std::size_t random_hub() { return static_cast<std::size_t>(random_()); }
  // One that an agent may return.
  std::size_t pending_hub() {
    const std::size_t pending = (hubs_ + kStatusesOfHubs - 1) / kStatusesOfHubs;
    return random_hub() % pending * kStatusesOfHubs;
  }

  // As the host asks for a request, and keeps what it was told.
  void decide(sample::Outcome& outcome) {
    const auto agent = outcome.request_id.originator.value;
    const auto hub = outcome.device_id->value;
    dcc::adaptor::Inquiry inquiry{.request_id = outcome.request_id};
    dcc::host::Facts& facts = inquiry.facts;
    facts.ask(dcc::host::kUserFact, dcc::host::eui_key(agent));
    facts.ask(dcc::host::kDeviceFact, dcc::host::eui_key(hub));
    facts.ask(dcc::host::kActsFact, *dcc::host::acts_key(agent, hub, outcome.received_at));
    reader_->answer({&inquiry, 1});
    if (inquiry.before) fail("answered before");
    for (auto& fact : facts.all()) fact.used = true;
    if (facts.all().back().value("acts") != "yes")
      fail("the agent does not act for the hub's Supplier");
    outcome.facts = std::move(facts.all());
  }

  sample::Outcome outcome_of(dcc::duis::Eui64 hub) {
    sample::Outcome outcome;
    outcome.request_id = {*dcc::duis::Eui64::parse(support::eui_of(kAgent)), kBroker, ++counter_};
    outcome.digest = std::string(32, 'd');
    outcome.srv = "8.14.4";
    outcome.role = "SNA";
    outcome.device_id = hub;
    outcome.code = "I99";
    outcome.received_at = kNow;
    outcome.decided_at = kNow;
    outcome.handler = "ch-returns";
    outcome.items = {{"DeviceID", hub.text()}};
    outcome.request = std::string(1750, 'q');
    outcome.response = std::string(1500, 's');
    return outcome;
  }

  void add(Timed what, const std::function<void()>& work) {
    durations_[what].push_back(timed(work));
  }

  const std::size_t hubs_;
  support::HostFixture fixture_;
  std::vector<Import> imports_;
  std::uintmax_t size_ = 0;
  double memory_ = 0;
  std::unique_ptr<sample::Store> store_;
  std::unique_ptr<dcc::adaptor::StoreReader> reader_;
  std::unique_ptr<dcc::adaptor::Ledger> ledger_;
  std::mt19937_64 random_;
  std::uint64_t counter_ = 1'000'000'000;  // beyond the fixture's own
  std::array<Durations, kTimedCount> durations_;
};

using Sites = std::vector<std::unique_ptr<Site>>;

void in_turn(const Sites& sites, std::size_t rounds, void (Site::*step)()) {
  for (std::size_t round = 0; round < rounds; ++round) {
    for (const auto& site : sites) (*site.*step)();
  }
}

void on_all(const Sites& sites, void (Site::*step)()) {
  in_turn(sites, 1, step);
}

void measure(const Sites& sites, std::size_t rounds) {
  const std::size_t warm = std::max<std::size_t>(1, rounds / 10);
  on_all(sites, &Site::open);
  in_turn(sites, warm, &Site::look_up);
  on_all(sites, &Site::forget);
  in_turn(sites, rounds, &Site::look_up);
  on_all(sites, &Site::close);

  on_all(sites, &Site::start);
  in_turn(sites, rounds + warm, &Site::request);
  on_all(sites, &Site::look_at_memory);
  on_all(sites, &Site::stop);
}

// Makes the fixtures, and the imports' temporary files, be in the directory.
void use_directory(const std::string& directory, const std::vector<std::size_t>& hubs) {
  keep_hosts_in(directory);
  const fs::path used = fs::temp_directory_path();
  std::size_t all = 0;
  for (const std::size_t count : hubs) all += count;
  if (fs::space(used).available < all * kOctetsPerHub) {
    fail(used.string() + ": less than " + std::to_string(all * kOctetsPerHub / 1'000'000'000) +
         " GB are free: --directory");
  }
}

json::array imports_of(const Sites& sites) {
  json::array rows;
  for (const auto& site : sites) {
    for (const Import& import : site->imports()) {
      rows.push_back({{"hubs", site->hubs()},
                      {"table", import.table},
                      {"rows", import.rows},
                      {"seconds", import.ran.seconds},
                      {"cpu_seconds", import.ran.cpu_seconds},
                      {"rows_per_second", import.rate()},
                      {"rows_per_cpu_second", import.rate_per_cpu()},
                      {"peak_mib", import.ran.peak_mib},
                      {"progress_lines", import.ran.lines}});
    }
  }
  return rows;
}

json::array print_durations(const Sites& sites) {
  json::array rows;
  std::printf("\n%10s  %-10s %10s %10s %10s %10s\n", "hubs", "us", "p50", "p99", "p50 ratio",
              "p99 ratio");
  for (const auto& site : sites) {
    for (std::size_t what = 0; what < kTimedCount; ++what) {
      const auto quantiles = [what](const Site& of) {
        const Durations& durations = of.durations(static_cast<Timed>(what));
        return std::array{median(durations), quantile(durations, 0.99)};
      };
      const auto [p50, p99] = quantiles(*site);
      const auto [first_p50, first_p99] = quantiles(*sites.front());
      std::printf("%10zu  %-10s %10.1f %10.1f %10.2f %10.2f\n", site->hubs(), kTimedNames[what],
                  p50, p99, p50 / first_p50, p99 / first_p99);
      rows.push_back({{"hubs", site->hubs()},
                      {"what", kTimedNames[what]},
                      {"p50_us", p50},
                      {"p99_us", p99},
                      {"p50_ratio", p50 / first_p50},
                      {"p99_ratio", p99 / first_p99}});
    }
  }
  return rows;
}

json::array print_sizes(const Sites& sites) {
  json::array rows;
  std::printf("\n%10s %20s %20s\n", "hubs", "host's memory, MiB", "store on disk, MiB");
  for (const auto& site : sites) {
    std::printf("%10zu %20.1f %20.1f\n", site->hubs(), site->memory_mib(), site->size_mib());
    rows.push_back({{"hubs", site->hubs()},
                    {"host_mib", site->memory_mib()},
                    {"store_mib", site->size_mib()}});
  }
  return rows;
}

}  // namespace

int main(int argc, char** argv) {
  Options options("store-bench", "Imports, lookups, commits and requests with stores of all sizes");
  std::vector<std::size_t> hubs{10'000, 1'000'000, 20'000'000};
  std::size_t rounds = 3000;
  std::string directory;
  options.app
      .add_option("--hubs", hubs, "Sizes of the stores; the first is what others are held to")
      ->check(CLI::PositiveNumber);
  options.app
      .add_option("--rounds", rounds, "Lookups, commits and requests of each store, in turn")
      ->check(CLI::PositiveNumber);
  options.app
      .add_option("--directory", directory,
                  "For stores and temporary files, on a disk; else TMPDIR")
      ->check(CLI::ExistingDirectory);
  options.parse(argc, argv);

  use_directory(directory, hubs);
  print_import_header();
  Sites sites;
  for (const std::size_t count : hubs) sites.push_back(std::make_unique<Site>(count));
  measure(sites, rounds);
  options.write_json({{"imports", imports_of(sites)},
                      {"durations", print_durations(sites)},
                      {"sizes", print_sizes(sites)}});
}
