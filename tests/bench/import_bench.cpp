// SPDX-License-Identifier: Apache-2.0
//
// Imports by the real program into a PostgreSQL store, whose server is on this machine, too,
// against the same ones into a SQLite file, in turn, on the same disk and cores: of devices, none,
// one in twenty or all of which have changed. First alone; then while a host answers requests that
// come at a steady rate, whose waits are held against those of a time without imports.
//
//     import-bench [--rows N] [--rounds N] [--rate N] [--directory DIR] [--json FILE]
#include <array>
#include <atomic>
#include <cstdio>
#include <deque>
#include <functional>
#include <optional>
#include <thread>

#include "bench/child.hpp"
#include "bench/hub_files.hpp"
#include "bench/load_generator.hpp"
#include "bench/options.hpp"
#include "bench/real_host.hpp"
#include "bench/statistics.hpp"
#include "bench/usage.hpp"
#include "support/store_database.hpp"

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace bench;
using Clock = std::chrono::steady_clock;

// Those that requests are about are not among the imported ones.
constexpr std::size_t kFirstHub = 1'000'000;
constexpr std::size_t kConnections = 64;
constexpr std::chrono::milliseconds kWindow{500};

// What an import changes.
struct Kind {
  const char* name;
  std::size_t every;  // so many rows one; 0: none
};
constexpr std::array<Kind, 3> kKinds{{{"none", 0}, {"one in 20", 20}, {"all", 1}}};

// What was measured of a store and a kind.
struct Line {
  std::vector<double> alone, beside;         // rows per second
  std::vector<double> client_us, server_us;  // processor time of a row, alone
  std::vector<double> quiet, meanwhile;      // milliseconds that a request waits
};

// A store with the imported rows, and a host that serves it.
class Site {
 public:
  // `server`: null, if it is a file. `files`: as they are at first, and after a change.
  Site(std::string name, support::PostgresqlServer* server, std::size_t rows, fs::path first,
       std::vector<fs::path> changed)
      : name_(std::move(name)),
        server_(server),
        rows_(static_cast<double>(rows)),
        first_(std::move(first)),
        changed_(std::move(changed)) {
    HostOptions options;
    if (server != nullptr) {
      database_.emplace(*server);
      options.database = database_->options("host-a", 4).database;
    }
    host_.emplace(options);
    configuration_ = server == nullptr ? host_->fixture().configuration()
                                       : host_->fixture().directory() / "import.ini";
    import(first_);
    host_->fixture().start();
    generator_.emplace(host_->endpoint(), kConnections);
    generator_->run(host_->requests(500));  // warm
  }

  const std::string& name() const { return name_; }
  const Line& line(std::size_t kind) const { return lines_.at(kind); }

  // A change, and back.
  void alone(std::size_t kind) {
    Line& line = lines_.at(kind);
    for (const fs::path& file : {changed_.at(kind), first_}) {
      const double before = server_us();
      const Ran ran = import(file);
      line.alone.push_back(rows_ / ran.seconds);
      line.client_us.push_back(ran.cpu_seconds * 1e6 / rows_);
      line.server_us.push_back((server_us() - before) / rows_);
    }
  }

  void beside(std::size_t kind, double rate) {
    Line& line = lines_.at(kind);
    const double expected = 3 * 2 * rows_ / median(line.alone) + 2;
    request_while(line.quiet, rate, 3,
                  [] { std::this_thread::sleep_for(std::chrono::seconds(2)); });
    request_while(line.meanwhile, rate, expected, [&] {
      for (const fs::path& file : {changed_.at(kind), first_}) {
        line.beside.push_back(rows_ / import(file).seconds);
      }
    });
  }

 private:
  Ran import(const fs::path& file) const {
    return run_child({support::sample_host_program(), "import", "devices", file.string(),
                      "--config", configuration_.string()});
  }

  double server_us() const { return server_ == nullptr ? 0 : cpu_us_of_family(server_->pid()); }

  // Adds how long those waited that came while `work` went on: no more of them than come in that
  // time, and if it takes longer the rest of it is not looked at.
  void request_while(std::vector<double>& waits, double rate, double seconds,
                     const std::function<void()>& work) {
    const auto requests = host_->requests(static_cast<std::size_t>(rate * seconds));
    auto left = std::span(requests);
    const auto in_window =
        static_cast<std::size_t>(rate * std::chrono::duration<double>(kWindow).count());
    std::atomic<bool> is_done = false;
    Clock::time_point end;
    std::thread working([&] {
      work();
      end = Clock::now();
      is_done = true;
    });
    while (!is_done && left.size() >= in_window) {
      const auto begin = Clock::now();
      const LoadResult result = generator_->offer(left.first(in_window), rate, kWindow);
      left = left.subspan(in_window);
      for (const Answered& answer : result.answers) {
        if (answer.status != 200) fail("an answer that is not 200");
        const auto due = begin + std::chrono::duration<double, std::milli>(answer.due_ms);
        if (!is_done || due < end) waits.push_back(answer.took_ms);
      }
    }
    working.join();
  }

  const std::string name_;
  support::PostgresqlServer* const server_;
  const double rows_;
  const fs::path first_;
  const std::vector<fs::path> changed_;
  std::optional<support::StoreDatabase> database_;
  std::optional<RealHost> host_;
  fs::path configuration_;
  std::optional<LoadGenerator> generator_;
  std::array<Line, kKinds.size()> lines_;
};

json::array print(const std::deque<Site>& sites) {
  std::printf("%36s processor, us %19s requests' p99, ms\n", "", "");
  std::printf("%-10s %-10s %9s %8s %7s %7s %9s %7s %7s %6s\n", "changed", "", "rows/s", "x SQLite",
              "client", "server", "meanwhile", "without", "with", "ratio");
  json::array rows;
  for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
    const double sqlite = median(sites.front().line(kind).alone);
    for (const Site& site : sites) {
      const Line& line = site.line(kind);
      const double alone = median(line.alone), beside = median(line.beside);
      const double quiet = quantile(line.quiet, 0.99), meanwhile = quantile(line.meanwhile, 0.99);
      std::printf("%-10s %-10s %9.0f %8.2f %7.2f %7.2f %9.0f %7.2f %7.2f %6.2f\n",
                  kKinds.at(kind).name, site.name().c_str(), alone, alone / sqlite,
                  median(line.client_us), median(line.server_us), beside, quiet, meanwhile,
                  meanwhile / quiet);
      rows.push_back({{"changed", kKinds.at(kind).name},
                      {"store", site.name()},
                      {"rows_per_second", alone},
                      {"client_us", median(line.client_us)},
                      {"server_us", median(line.server_us)},
                      {"rows_per_second_beside_requests", beside},
                      {"p99_ms", quiet},
                      {"p99_ms_beside_import", meanwhile}});
    }
  }
  return rows;
}

}  // namespace

int main(int argc, char** argv) {
  Options options("import-bench", "Imports into PostgreSQL against those into SQLite");
  std::size_t rows = 100'000;
  int rounds = 3;
  double rate = 400;
  fs::path directory;
  options.app.add_option("--rows", rows, "Of each import");
  options.app.add_option("--rounds", rounds, "How often each store is imported into, in turn");
  options.app.add_option("--rate", rate, "Requests per second beside it");
  options.app.add_option("--directory", directory, "Where the stores are: on a disk");
  options.parse(argc, argv);
  keep_hosts_in(directory);

  const support::TempDirectory files;
  const auto file_of = [&](std::size_t every) {
    const fs::path file = files.path() / ("devices-" + std::to_string(every) + ".csv");
    write_devices(kFirstHub, rows, every, file);
    return file;
  };
  std::vector<fs::path> changed;
  for (const Kind& kind : kKinds) changed.push_back(file_of(kind.every));
  // As much as Debian's servers have.
  support::PostgresqlServer server(false, {"shared_buffers=128MB"});
  std::deque<Site> sites;
  sites.emplace_back("SQLite", nullptr, rows, changed.front(), changed);
  sites.emplace_back("PostgreSQL", &server, rows, changed.front(), changed);
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
      for (Site& site : sites) site.alone(kind);
    }
  }
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t kind = 0; kind < kKinds.size(); ++kind) {
      for (Site& site : sites) site.beside(kind, rate);
    }
  }
  std::printf("%d rounds of two imports of %zu rows, processor time in us a row; %.0f requests/s\n",
              rounds, rows, rate);
  options.write_json({{"imports", print(sites)}});
}
