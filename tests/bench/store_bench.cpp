// SPDX-License-Identifier: Apache-2.0
//
// The store at scale: imports by the real program into stores of several sizes, and stores that
// keep many outcomes; then lookups, commits and requests to real hosts, one store after the other
// in each round, so that the ratios hold whatever else the machine is doing.
//
//     store-bench [--hubs N...] [--outcomes N...] [--rounds N] [--directory DIR] [--json FILE]
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
#include "store/sqlite/sqlite.hpp"
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
// Likewise, with the log that a large transaction leaves.
constexpr std::size_t kOctetsPerOutcome = 1300;
constexpr std::size_t kBatch = 100;
constexpr std::size_t kMultiplied = 1000;  // outcomes that were committed, and stand for all

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

// Of a store: hubs that it knows, outcomes that it keeps.
struct Size {
  std::size_t hubs = 0, outcomes = 0;
};

void print_import_header() {
  std::printf("%10s %10s  %-12s %10s %9s %9s %12s %12s %9s %9s\n", "hubs", "outcomes", "import",
              "rows", "s", "CPU s", "rows/s", "rows/CPU s", "peak MiB", "progress");
}

// At once: there may be minutes until the next one.
void print_import(const Size& size, const Import& import) {
  std::printf("%10zu %10zu  %-12s %10zu %9.2f %9.2f %12.0f %12.0f %9.1f %9zu\n", size.hubs,
              size.outcomes, import.table.c_str(), import.rows, import.ran.seconds,
              import.ran.cpu_seconds, import.rate(), import.rate_per_cpu(), import.ran.peak_mib,
              import.ran.lines);
  std::fflush(stdout);
}

// What is timed, in the order of the rows.
enum Timed : std::size_t { kDevice, kDecision, kCommit, kRequest, kTimedCount };
constexpr std::array<const char*, kTimedCount> kTimedNames{"device", "decision", "commit",
                                                           "request"};

// What a host has used until now.
struct Used {
  double cpu_us = 0, read = 0,
         written = 0;  // octets: read by calls, sockets' included; to the disk
};

Used used_by(pid_t process) {
  const IoCounts io = io_of(process);
  return {cpu_us(process), io.read_by_calls, io.to_disk};
}

// Such a store, and the host that serves it.
class Site {
 public:
  explicit Site(const Size& size) : size_(size), fixture_(host_options()), random_(size.hubs) {
    for (const char* table : support::kTables) import(table);
    if (size.outcomes != 0) fill();
    octets_ = fs::file_size(fixture_.store());
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
    const auto hub = World::hub(random_hub() % size_.hubs).value;
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
  void begin_to_count() { used_ = used_by(fixture_.process().pid()); }
  void end_to_count() {
    const Used now = used_by(fixture_.process().pid());
    const auto requests = static_cast<double>(durations_[kRequest].size());
    used_ = {(now.cpu_us - used_.cpu_us) / requests, (now.read - used_.read) / requests,
             (now.written - used_.written) / requests};
  }
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
  void forget_requests() { durations_[kRequest].clear(); }

  const Size& size() const { return size_; }
  const Used& used() const { return used_; }  // for a request
  const std::vector<Import>& imports() const { return imports_; }
  const Durations& durations(Timed what) const { return durations_[what]; }
  double memory_mib() const { return memory_; }
  double octets_mib() const { return static_cast<double>(octets_) / kMiB; }

 private:
  static support::HostFixture::Options host_options() {
    support::HostFixture::Options options;
    options.http += "max_requests_per_connection = 1000000000\nidle_timeout_ms = 3600000\n";
    options.store = "check_at_start = off\n";  // minutes, for the largest
    return options;
  }

  void import(const std::string& table) {
    const fs::path file = fixture_.directory() / (table + ".csv");
    Import import{table, write_table(table, size_.hubs, support::eui_of(kSupplier), file), {}};
    import.ran = run_child({support::sample_host_program(), "import", table, file.string(),
                            "--config", fixture_.configuration().string()});
    print_import(size_, import);
    imports_.push_back(import);
    fs::remove(file);
  }

  static std::string copied_columns(sample::sqlite::Connection& db) {
    sample::sqlite::Statement select(
        db,
        "SELECT group_concat(name || CASE WHEN name IN ('cursor', 'counter', 'device_id')"
        " THEN ' + ?1' ELSE '' END) FROM pragma_table_info('outcomes')");
    sample::sqlite::Run row(select);
    row.next();
    return std::string(row.text(0));
  }

  // The first are committed, the others are theirs with other counters and hubs: as many rows and
  // pages as if all had been, but no trail that could be verified.
  void fill() {
    open();
    for (std::size_t done = 0; done < kMultiplied; done += kBatch) {
      std::vector<sample::Outcome> outcomes;
      while (outcomes.size() < kBatch) outcomes.push_back(outcome_of({World::hub(pending_hub())}));
      std::vector<const sample::Outcome*> batch;
      for (const sample::Outcome& outcome : outcomes) batch.push_back(&outcome);
      ledger_->commit(batch);
    }
    close();
    sample::sqlite::Connection db(fixture_.store(), std::chrono::seconds(1));
    sample::sqlite::Statement copy(db,
                                   "INSERT INTO outcomes SELECT " + copied_columns(db) +
                                       " FROM outcomes WHERE cursor <= ?2 AND cursor + ?1 <= ?3");
    constexpr std::size_t kCopiesInTransaction = 100;
    for (std::uint64_t copied = kMultiplied; copied < size_.outcomes;) {
      sample::sqlite::Transaction transaction(db);
      for (std::size_t i = 0; i < kCopiesInTransaction; ++i, copied += kMultiplied)
        sample::sqlite::run(copy, copied, std::uint64_t{kMultiplied},
                            std::uint64_t{size_.outcomes});
      transaction.commit();
    }
    db.execute(
        "UPDATE audit_head SET cursor = (SELECT max(cursor) FROM outcomes), hash ="
        " (SELECT hash FROM outcomes ORDER BY cursor DESC LIMIT 1)");
    counter_ += size_.outcomes;
  }

  std::size_t random_hub() { return static_cast<std::size_t>(random_()); }
  // One that an agent may return.
  std::size_t pending_hub() {
    const std::size_t pending = (size_.hubs + kStatusesOfHubs - 1) / kStatusesOfHubs;
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
    outcome.request = noise(1750, 450);
    outcome.response = noise(1500, 450);
    return outcome;
  }

  // Packs to so many octets: as much as a message and its signature leave.
  std::string noise(std::size_t size, std::size_t packed) {
    std::string text(size, 'q');
    std::generate_n(text.begin(), packed, [this] { return static_cast<char>(random_()); });
    return text;
  }

  void add(Timed what, const std::function<void()>& work) {
    durations_[what].push_back(timed(work));
  }

  const Size size_;
  support::HostFixture fixture_;
  std::vector<Import> imports_;
  std::uintmax_t octets_ = 0;
  double memory_ = 0;
  Used used_;
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
  in_turn(sites, warm, &Site::request);
  on_all(sites, &Site::forget_requests);
  on_all(sites, &Site::begin_to_count);
  in_turn(sites, rounds, &Site::request);
  on_all(sites, &Site::end_to_count);
  on_all(sites, &Site::look_at_memory);
  on_all(sites, &Site::stop);
}

// Makes the fixtures, and the imports' temporary files, be in the directory.
void use_directory(const std::string& directory, const std::vector<Size>& sizes) {
  keep_hosts_in(directory);
  const fs::path used = fs::temp_directory_path();
  std::size_t all = 0;
  for (const Size& size : sizes)
    all += size.hubs * kOctetsPerHub + size.outcomes * kOctetsPerOutcome;
  if (fs::space(used).available < all) {
    fail(used.string() + ": less than " + std::to_string(all / 1'000'000'000) +
         " GB are free: --directory");
  }
}

json::array imports_of(const Sites& sites) {
  json::array rows;
  for (const auto& site : sites) {
    for (const Import& import : site->imports()) {
      rows.push_back({{"hubs", site->size().hubs},
                      {"outcomes", site->size().outcomes},
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
  std::printf("\n%10s %10s  %-10s %10s %10s %10s %10s\n", "hubs", "outcomes", "us", "p50", "p99",
              "p50 ratio", "p99 ratio");
  for (const auto& site : sites) {
    for (std::size_t what = 0; what < kTimedCount; ++what) {
      const auto quantiles = [what](const Site& of) {
        const Durations& durations = of.durations(static_cast<Timed>(what));
        return std::array{median(durations), quantile(durations, 0.99)};
      };
      const auto [p50, p99] = quantiles(*site);
      const auto [first_p50, first_p99] = quantiles(*sites.front());
      std::printf("%10zu %10zu  %-10s %10.1f %10.1f %10.2f %10.2f\n", site->size().hubs,
                  site->size().outcomes, kTimedNames[what], p50, p99, p50 / first_p50,
                  p99 / first_p99);
      rows.push_back({{"hubs", site->size().hubs},
                      {"outcomes", site->size().outcomes},
                      {"what", kTimedNames[what]},
                      {"p50_us", p50},
                      {"p99_us", p99},
                      {"p50_ratio", p50 / first_p50},
                      {"p99_ratio", p99 / first_p99}});
    }
  }
  return rows;
}

json::array print_uses(const Sites& sites) {
  json::array rows;
  std::printf("\n%10s %10s %12s %12s %14s %14s %14s\n", "hubs", "outcomes", "host MiB", "store MiB",
              "us a request", "read KiB", "written KiB");
  for (const auto& site : sites) {
    const Used& used = site->used();
    std::printf("%10zu %10zu %12.1f %12.1f %14.1f %14.1f %14.1f\n", site->size().hubs,
                site->size().outcomes, site->memory_mib(), site->octets_mib(), used.cpu_us,
                used.read / 1024, used.written / 1024);
    rows.push_back({{"hubs", site->size().hubs},
                    {"outcomes", site->size().outcomes},
                    {"host_mib", site->memory_mib()},
                    {"store_mib", site->octets_mib()},
                    {"request_cpu_us", used.cpu_us},
                    {"request_read_octets", used.read},
                    {"request_written_octets", used.written}});
  }
  return rows;
}

}  // namespace

int main(int argc, char** argv) {
  Options options("store-bench", "Imports, lookups, commits and requests with stores of all sizes");
  std::vector<std::size_t> hubs{10'000, 1'000'000, 20'000'000};
  std::vector<std::size_t> outcomes;
  std::size_t rounds = 3000;
  std::string directory;
  options.app
      .add_option("--hubs", hubs, "Sizes of the stores; the first is what others are held to")
      ->check(CLI::PositiveNumber);
  options.app.add_option("--outcomes", outcomes, "Also stores of the first size that keep so many")
      ->check(CLI::Range(kMultiplied, std::size_t{1'000'000'000}));
  options.app
      .add_option("--rounds", rounds, "Lookups, commits and requests of each store, in turn")
      ->check(CLI::PositiveNumber);
  options.app
      .add_option("--directory", directory,
                  "For stores and temporary files, on a disk; else TMPDIR")
      ->check(CLI::ExistingDirectory);
  options.parse(argc, argv);

  std::vector<Size> sizes;
  for (const std::size_t count : hubs) sizes.push_back({count, 0});
  for (const std::size_t count : outcomes) sizes.push_back({hubs.front(), count});
  use_directory(directory, sizes);
  print_import_header();
  Sites sites;
  for (const Size& size : sizes) sites.push_back(std::make_unique<Site>(size));
  measure(sites, rounds);
  options.write_json({{"imports", imports_of(sites)},
                      {"durations", print_durations(sites)},
                      {"uses", print_uses(sites)}});
}
