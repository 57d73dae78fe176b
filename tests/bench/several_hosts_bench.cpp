// SPDX-License-Identifier: Apache-2.0
//
// One, two and three hosts on a PostgreSQL database, whose server is on this machine, too, against
// one host with its SQLite file: in turn, with the same requests, on the same disk and cores. If
// wanted, with other numbers of connections that commit, with a network between hosts and server,
// and against pgbench, which commits a row of eight octets in the place of a request's outcome.
//
//     several-hosts-bench [--rounds N] [--requests N] [--connections N ...] [--hosts N ...]
//                         [--lanes N ...] [--round-trip US ...] [--pgbench] [--directory DIR]
//                         [--json FILE]
#include <algorithm>
#include <cstdio>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <thread>

#include "bench/child.hpp"
#include "bench/delayed_socket.hpp"
#include "bench/load_generator.hpp"
#include "bench/options.hpp"
#include "bench/real_host.hpp"
#include "bench/statistics.hpp"
#include "bench/usage.hpp"
#include "support/store_database.hpp"

namespace {

using namespace bench;
namespace json = boost::json;

// What is measured of a contender, by connections.
class Contender {
 public:
  explicit Contender(std::string name) : name_(std::move(name)) {}
  virtual ~Contender() = default;
  Contender(const Contender&) = delete;
  Contender& operator=(const Contender&) = delete;

  const std::string& name() const { return name_; }

  virtual void round(std::size_t connections, std::size_t count) = 0;
  void forget() { lines_.clear(); }
  // Octets of an outcome on disk, with its RequestID, the first return and all indexes. Zero: not
  // asked here.
  virtual double octets_each() const { return 0; }

  // `first`: whom its rate is held against, round by round.
  json::object figures(std::size_t connections, const Contender& first) const {
    const Line &line = lines_.at(connections), &other = first.lines_.at(connections);
    std::vector<double> ratios;
    for (std::size_t i = 0; i < line.per_second.size(); ++i) {
      ratios.push_back(line.per_second[i] / other.per_second.at(i));
    }
    return {{"store", name_},
            {"connections", connections},
            {"requests_per_second", median(line.per_second)},
            {"rate_ratio", median(ratios)},
            {"p50_ms", median(line.times)},
            {"p99_ms", quantile(line.times, 0.99)},
            {"hosts_us", median(line.hosts_us)},
            {"server_us", median(line.server_us)}};
  }

 protected:
  struct Line {
    std::vector<double> per_second, hosts_us, server_us;  // of each round
    std::vector<double> times;                            // milliseconds, of each request
  };

  Line& line(std::size_t connections) { return lines_[connections]; }

 private:
  const std::string name_;
  std::map<std::size_t, Line> lines_;
};

// So many hosts on one store, each with its share of the connections.
class Hosts final : public Contender {
 public:
  // With a file.
  Hosts() : Contender("SQLite, 1 host") { add({}); }

  // `lanes`: connections of each that commit. `network`: null, if there is none between them and
  // the server.
  Hosts(std::string name, std::size_t hosts, unsigned lanes, support::PostgresqlServer& server,
        const DelayedSocket* network)
      : Contender(std::move(name)), server_(&server), database_(server) {
    for (std::size_t i = 0; i < hosts; ++i) {
      HostOptions options;
      options.database = database_->options("host-" + std::to_string(i), lanes).database;
      if (network != nullptr) {
        options.database->url =
            support::edited(options.database->url, server.socket_directory().string(),
                            network->directory().string());
      }
      add(options);
    }
  }

  void round(std::size_t connections, std::size_t count) override {
    Line& its = line(connections);
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
    its.per_second.push_back(sent / seconds);
    its.hosts_us.push_back((hosts_us() - hosts_before) / sent);
    its.server_us.push_back((server_us() - server_before) / sent);
    for (const LoadResult& result : results) {
      const auto times = result.times(200);
      if (times.size() != share) fail("an answer that is not 200");
      its.times.insert(its.times.end(), times.begin(), times.end());
    }
  }

  double octets_each() const override {
    if (!database_) return 0;
    return std::stod(database_->session().value(
        "SELECT sum(pg_total_relation_size(oid)) / (SELECT count(*) FROM duis.outcomes)"
        " FROM pg_class WHERE relnamespace = 'duis'::regnamespace AND relkind = 'r'"
        " AND (relname LIKE 'outcomes%' OR relname IN ('request_ids', 'returns'))"));
  }

 private:
  void add(const HostOptions& options) {
    if (hosts_.empty()) {
      hosts_.emplace_back(options);
    } else {
      hosts_.emplace_back(options, hosts_.front());
    }
    hosts_.back().fixture().start();
  }

  double hosts_us() {
    double all = 0;
    for (RealHost& host : hosts_) all += cpu_us(host.pid());
    return all;
  }

  double server_us() const { return server_ == nullptr ? 0 : cpu_us_of_family(server_->pid()); }

  support::PostgresqlServer* const server_ = nullptr;
  std::optional<support::StoreDatabase> database_;
  std::deque<RealHost> hosts_;
};

// PostgreSQL's own client in the place of hosts: each connection inserts a row in a transaction of
// its own, as fast as they become durable. How long each takes it does not tell.
class Pgbench final : public Contender {
 public:
  explicit Pgbench(support::PostgresqlServer& server)
      : Contender("pgbench, 1 row"), server_(server), url_(server.url(server.make_database())) {
    support::PostgresqlSession(url_).run("CREATE TABLE floor(value int8)");
    support::write_file(script_, "INSERT INTO floor VALUES(1);\n");
  }

  void round(std::size_t connections, std::size_t count) override {
    const std::size_t each = count / connections;
    const double before = cpu_us_of_family(server_.pid());
    const Ran ran =
        run_child({"/usr/lib/postgresql/15/bin/pgbench", "--no-vacuum", "--protocol=prepared",
                   "--client=" + std::to_string(connections), "--jobs=2",
                   "--transactions=" + std::to_string(each), "--file=" + script_.string(), url_});
    const auto sent = static_cast<double>(each * connections);
    Line& its = line(connections);
    its.per_second.push_back(sent / ran.seconds);
    its.hosts_us.push_back(ran.cpu_seconds * 1e6 / sent);
    its.server_us.push_back((cpu_us_of_family(server_.pid()) - before) / sent);
  }

 private:
  support::PostgresqlServer& server_;
  const std::string url_;
  const support::TempDirectory directory_;
  const std::filesystem::path script_ = directory_.path() / "insert.sql";
};

// "PostgreSQL, 2 hosts x 4", with "1000 us" behind it if there is a network.
std::string name_of(std::size_t hosts, unsigned lanes, int round_trip_us) {
  std::string name = "PostgreSQL, " + std::to_string(hosts) + (hosts == 1 ? " host" : " hosts") +
                     " x " + std::to_string(lanes);
  if (round_trip_us > 0) name += ", " + std::to_string(round_trip_us) + " us";
  return name;
}

}  // namespace

int main(int argc, char** argv) {
  Options options("several-hosts-bench",
                  "Hosts on a PostgreSQL database against one with a SQLite file");
  int rounds = 5;
  std::size_t count = 3000;
  std::vector<std::size_t> connections{8, 64}, hosts{1, 2, 3};
  std::vector<unsigned> lanes{4};
  std::vector<int> round_trips{0};
  bool with_pgbench = false;
  std::filesystem::path directory;
  options.app.add_option("--rounds", rounds, "How often each contender runs, in turn");
  options.app.add_option("--requests", count, "How many each sends in a round");
  options.app.add_option("--connections", connections, "At a time, of all hosts together");
  options.app.add_option("--hosts", hosts, "How many there are on a database");
  options.app.add_option("--lanes", lanes, "[store] connections of each host");
  options.app.add_option("--round-trip", round_trips,
                         "What the network between hosts and server adds to one, in us");
  options.app.add_flag("--pgbench", with_pgbench, "Also its smallest durable transaction");
  options.app.add_option("--directory", directory, "Where the stores are: on a disk");
  options.parse(argc, argv);
  keep_hosts_in(directory);

  support::PostgresqlServer server(false, {"max_connections=200"});
  std::map<int, DelayedSocket> networks;
  std::deque<std::unique_ptr<Contender>> contenders;
  contenders.push_back(std::make_unique<Hosts>());
  if (with_pgbench) contenders.push_back(std::make_unique<Pgbench>(server));
  for (const int round_trip : round_trips) {
    const DelayedSocket* network = nullptr;
    if (round_trip > 0) {
      const auto socket = server.socket_directory() / (".s.PGSQL." + std::to_string(server.port()));
      network = &networks.try_emplace(round_trip, socket, std::chrono::microseconds(round_trip) / 2)
                     .first->second;
    }
    for (const std::size_t so_many : hosts) {
      for (const unsigned each : lanes) {
        contenders.push_back(std::make_unique<Hosts>(name_of(so_many, each, round_trip), so_many,
                                                     each, server, network));
      }
    }
  }
  for (const auto& contender : contenders) contender->round(8, 300);
  for (const auto& contender : contenders) contender->forget();
  for (int i = 0; i < rounds; ++i) {
    for (const std::size_t at_a_time : connections) {
      for (const auto& contender : contenders) contender->round(at_a_time, count);
    }
  }

  std::printf("%d rounds of %zu requests; processor time in us a request\n", rounds, count);
  std::printf("%-30s %4s %7s %9s %7s %7s %6s %6s%s\n", "", "conn", "req/s", "x SQLite", "p50 ms",
              "p99", "hosts", "server", with_pgbench ? " x pgbench" : "");
  json::array rows;
  for (const std::size_t at_a_time : connections) {
    double smallest = 0;
    for (const auto& contender : contenders) {
      json::object row = contender->figures(at_a_time, *contenders.front());
      const auto n = [&](const char* name) { return row.at(name).to_number<double>(); };
      const double used = n("hosts_us") + n("server_us");
      if (with_pgbench && contender == contenders.at(1)) smallest = used;
      std::printf("%-30s %4zu %7.0f %9.2f %7.2f %7.2f %6.0f %6.0f", contender->name().c_str(),
                  at_a_time, n("requests_per_second"), n("rate_ratio"), n("p50_ms"), n("p99_ms"),
                  n("hosts_us"), n("server_us"));
      if (smallest > 0) std::printf(" %9.2f", used / smallest);
      std::printf("\n");
      rows.push_back(row);
    }
  }
  json::object sizes;
  for (const auto& contender : contenders) {
    const double octets = contender->octets_each();
    if (octets == 0) continue;
    std::printf("%-30s %5.0f octets of an outcome on disk\n", contender->name().c_str(), octets);
    sizes[contender->name()] = octets;
  }
  options.write_json({{"several_hosts", rows}, {"octets_of_an_outcome", sizes}});
}
