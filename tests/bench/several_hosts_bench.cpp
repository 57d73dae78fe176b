// SPDX-License-Identifier: Apache-2.0
//
// One, two and three hosts on a PostgreSQL database, whose server is on this machine, too, against
// one host with its SQLite file: in turn, with the same requests, on the same disk and cores.
//
//     several-hosts-bench [--rounds N] [--requests N] [--connections N ...] [--directory DIR]
//                         [--json FILE]
#include <algorithm>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <thread>

#include "bench/load_generator.hpp"
#include "bench/options.hpp"
#include "bench/real_host.hpp"
#include "bench/statistics.hpp"
#include "bench/usage.hpp"
#include "support/store_database.hpp"

namespace {

using namespace bench;
namespace json = boost::json;

// So many hosts on one store, each with its share of the connections.
class Contender {
 public:
  // `server`: null, if each has a file.
  Contender(std::string name, std::size_t hosts, support::PostgresqlServer* server)
      : name_(std::move(name)), server_(server) {
    if (server != nullptr) database_.emplace(*server);
    for (std::size_t i = 0; i < hosts; ++i) {
      HostOptions options;
      if (database_) options.database = database_->options("host-" + std::to_string(i), 4).database;
      if (i == 0) {
        hosts_.emplace_back(options);
      } else {
        hosts_.emplace_back(options, hosts_.front());
      }
      hosts_.back().fixture().start();
    }
  }

  const std::string& name() const { return name_; }

  void round(std::size_t connections, std::size_t count) {
    Line& line = lines_[connections];
    const auto requests = hosts_.front().requests(count);
    std::vector<std::unique_ptr<LoadGenerator>> generators;
    for (RealHost& host : hosts_) {
      generators.push_back(
          std::make_unique<LoadGenerator>(host.endpoint(), connections / hosts_.size()));
    }
    const double hosts_before = hosts_us(), server_before = server_us();
    const auto begin = std::chrono::steady_clock::now();
    std::vector<LoadResult> results(hosts_.size());
    std::vector<std::thread> threads;
    const std::size_t share = count / hosts_.size();
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      const auto part = std::span(requests).subspan(i * share, share);
      threads.emplace_back([&, i, part] { results[i] = generators[i]->run(part); });
    }
    for (std::thread& thread : threads) thread.join();
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const auto sent = static_cast<double>(share * hosts_.size());
    line.per_second.push_back(sent / seconds);
    line.hosts_us.push_back((hosts_us() - hosts_before) / sent);
    line.server_us.push_back((server_us() - server_before) / sent);
    for (const LoadResult& result : results) {
      const auto times = result.times(200);
      if (times.size() != share) fail("an answer that is not 200");
      line.times.insert(line.times.end(), times.begin(), times.end());
    }
  }

  void forget() { lines_.clear(); }

  json::object figures(std::size_t connections) const {
    const Line& line = lines_.at(connections);
    return {{"store", name_},
            {"connections", connections},
            {"requests_per_second", median(line.per_second)},
            {"p50_ms", median(line.times)},
            {"p99_ms", quantile(line.times, 0.99)},
            {"hosts_us", median(line.hosts_us)},
            {"server_us", median(line.server_us)}};
  }

 private:
  struct Line {
    std::vector<double> per_second, hosts_us, server_us;  // of each round
    std::vector<double> times;                            // milliseconds, of each request
  };

  double hosts_us() {
    double all = 0;
    for (RealHost& host : hosts_) all += cpu_us(host.pid());
    return all;
  }

  double server_us() const { return server_ == nullptr ? 0 : cpu_us_of_family(server_->pid()); }

  const std::string name_;
  support::PostgresqlServer* const server_;
  std::optional<support::StoreDatabase> database_;
  std::deque<RealHost> hosts_;
  std::map<std::size_t, Line> lines_;  // by connections
};

}  // namespace

int main(int argc, char** argv) {
  Options options("several-hosts-bench",
                  "Hosts on a PostgreSQL database against one with a SQLite file");
  int rounds = 5;
  std::size_t count = 3000;
  std::vector<std::size_t> connections{8, 64};
  std::filesystem::path directory;
  options.app.add_option("--rounds", rounds, "How often each contender runs, in turn");
  options.app.add_option("--requests", count, "How many each sends in a round");
  options.app.add_option("--connections", connections, "At a time, of all hosts together");
  options.app.add_option("--directory", directory, "Where the stores are: on a disk");
  options.parse(argc, argv);
  keep_hosts_in(directory);

  support::PostgresqlServer server(false, {"max_locks_per_transaction=256"});
  std::deque<Contender> contenders;
  contenders.emplace_back("SQLite, 1 host", 1, nullptr);
  for (std::size_t hosts = 1; hosts <= 3; ++hosts) {
    contenders.emplace_back(
        "PostgreSQL, " + std::to_string(hosts) + (hosts == 1 ? " host" : " hosts"), hosts, &server);
  }
  for (Contender& contender : contenders) contender.round(8, 300);
  for (Contender& contender : contenders) contender.forget();
  for (int i = 0; i < rounds; ++i) {
    for (const std::size_t at_a_time : connections) {
      for (Contender& contender : contenders) contender.round(at_a_time, count);
    }
  }

  std::printf("%d rounds of %zu requests; processor time in us a request\n", rounds, count);
  std::printf("%-20s %4s %7s %9s %7s %7s %6s %6s\n", "", "conn", "req/s", "x SQLite", "p50 ms",
              "p99", "hosts", "server");
  json::array rows;
  for (const std::size_t at_a_time : connections) {
    double sqlite = 0;
    for (const Contender& contender : contenders) {
      json::object row = contender.figures(at_a_time);
      const auto n = [&](const char* name) { return row.at(name).to_number<double>(); };
      if (sqlite == 0) sqlite = n("requests_per_second");
      std::printf("%-20s %4zu %7.0f %9.2f %7.2f %7.2f %6.0f %6.0f\n", contender.name().c_str(),
                  at_a_time, n("requests_per_second"), n("requests_per_second") / sqlite,
                  n("p50_ms"), n("p99_ms"), n("hosts_us"), n("server_us"));
      rows.push_back(row);
    }
  }
  options.write_json({{"several_hosts", rows}});
}
