// SPDX-License-Identifier: Apache-2.0
//
// The real host over loopback HTTP and mutual TLS with durable commits, against what its parts
// allow: the pipeline in process and the transport of a bare server, measured in turn with it, by
// the same generator on the same cores.
//
//     http-bench [--rounds N] [--requests N] [--connections N ...] [--directory DIR] [--json FILE]
#include <algorithm>
#include <cstdio>
#include <map>
#include <thread>

#include "bench/load_generator.hpp"
#include "bench/options.hpp"
#include "bench/pipeline.hpp"
#include "bench/real_host.hpp"
#include "bench/statistics.hpp"
#include "bench/usage.hpp"

namespace {

using namespace bench;
namespace json = boost::json;

// What a load cost: microseconds of processor time per request, and requests per second.
struct Cost {
  double server = 0;
  double generator = 0;
  double per_second = 0;
};

// A server under load from so many connections.
class Contender {
 public:
  Contender(const support::Process& server, const Endpoint& endpoint, std::size_t connections)
      : server_(server.pid()), generator_(endpoint, connections) {}

  Cost run(std::span<const std::string> requests) {
    const double server = cpu_us(server_);
    const double generator = cpu_us(0);
    const LoadResult result = generator_.run(requests);
    const auto count = static_cast<double>(requests.size());
    const Cost cost{(cpu_us(server_) - server) / count, (cpu_us(0) - generator) / count,
                    count / result.seconds};
    const auto times = result.times(200);
    if (times.size() != requests.size()) fail("an answer that is not 200");
    times_.insert(times_.end(), times.begin(), times.end());
    return cost;
  }

  const std::vector<double>& times() const { return times_; }
  void forget() { times_.clear(); }

 private:
  const pid_t server_;
  LoadGenerator generator_;
  std::vector<double> times_;  // milliseconds
};

// The pipeline in process, on two threads as the host has them.
class InProcess {
 public:
  // Microseconds of processor time per request.
  double run() {
    std::array<double, 2> us{};
    std::thread other([&] { us[1] = run(*pipelines_[1]); });
    us[0] = run(*pipelines_[0]);
    other.join();
    return (us[0] + us[1]) / 2;
  }

 private:
  static constexpr std::size_t kDocuments = 256;

  double run(Pipeline& pipeline) const {
    const double begin = thread_cpu_us();
    for (const auto& request : world_.requests()) pipeline.answer(request);
    return (thread_cpu_us() - begin) / kDocuments;
  }

  std::unique_ptr<Pipeline> make() const {
    return std::make_unique<Pipeline>(world_, plugin_.registry(), *schema_);
  }

  const World world_{kDocuments};
  const LoadedPlugin plugin_{world_};
  const std::shared_ptr<const dcc::duis::Schema> schema_ = dcc::duis::Schema::built_in();
  const std::array<std::unique_ptr<Pipeline>, 2> pipelines_{make(), make()};
};

// One line of the table: a transport with so many connections.
class Line {
 public:
  Line(RealHost& host, const support::Process& echo, const Endpoint& echo_endpoint,
       std::size_t connections)
      : host_(host.fixture().process(), host.endpoint(), connections),
        echo_(echo, echo_endpoint, connections) {}

  void round(RealHost& host, InProcess& in_process, std::size_t count) {
    const auto requests = host.requests(count);
    const unsigned restarts = log_restarts(host.fixture().store());
    const double pipeline = in_process.run();
    const Cost echo = echo_.run(requests);
    const Cost actual = host_.run(requests);
    log_restarts_ += log_restarts(host.fixture().store()) - restarts;
    const double cores = std::thread::hardware_concurrency();
    const double allowed = pipeline + echo.server;
    note("requests_per_second", actual.per_second);
    note("server_us", actual.server);
    note("generator_us", actual.generator);
    note("pipeline_us", pipeline);
    note("transport_us", echo.server);
    note("echo_requests_per_second", echo.per_second);
    note("of_allowed_cpu_percent", 100 * allowed / actual.server);
    note("of_allowed_rate_percent", actual.per_second * (allowed + actual.generator) / cores / 1e4);
    note("cores_busy", actual.per_second * (actual.server + actual.generator) / 1e6);
  }

  void forget() {
    host_.forget();
    echo_.forget();
    figures_.clear();
    log_restarts_ = 0;
  }

  json::object figures() const {
    json::object all;
    for (const auto& [name, values] : figures_) all[name] = median(values);
    const auto& times = host_.times();
    const double p50 = median(times);
    all["p50_ms"] = p50;
    all["p99_ms"] = quantile(times, 0.99);
    all["p999_ms"] = quantile(times, 0.999);
    all["max_ms"] = *std::max_element(times.begin(), times.end());
    all["slower_than_10_p50"] =
        std::count_if(times.begin(), times.end(), [=](double ms) { return ms > 10 * p50; });
    all["requests"] = times.size();
    all["log_restarts"] = log_restarts_;
    return all;
  }

 private:
  void note(const std::string& name, double value) { figures_[name].push_back(value); }

  Contender host_;
  Contender echo_;
  std::map<std::string, std::vector<double>> figures_;  // of each round
  unsigned log_restarts_ = 0;
};

// A transport: a host, a bare server, and a line for each number of connections.
class Section {
 public:
  Section(Transport transport, const std::vector<std::size_t>& connections)
      : transport_(transport), connections_(connections), host_({transport}) {
    host_.fixture().start();
    echo_.emplace(DCC_BINARY_DIR "/bin/bench-echo", host_.echo_arguments());
    Endpoint endpoint = host_.endpoint();
    endpoint.port = support::port_in(echo_->wait_for_line("http listens on "));
    for (const auto count : connections) {
      lines_.push_back(std::make_unique<Line>(host_, *echo_, endpoint, count));
    }
  }

  void round(InProcess& in_process, std::size_t count) {
    for (const auto& line : lines_) line->round(host_, in_process, count);
    sent_ += lines_.size() * count;
  }

  void forget() {
    for (const auto& line : lines_) line->forget();
  }

  void print(json::array& rows) {
    if (host_.accepted() != sent_) fail("an answer that is not in the store, or no acceptance");
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      json::object row = lines_[i]->figures();
      const auto n = [&](const char* name) { return row.at(name).to_number<double>(); };
      std::printf(
          "%-6s %4zu %7.0f %7.2f %7.2f %7.2f %7.1f %6.0f %6.0f %6.0f %6.0f %6.0f %5.0f "
          "%5.0f %5.2f %5.0f\n",
          name_of(transport_), connections_[i], n("requests_per_second"), n("p50_ms"), n("p99_ms"),
          n("p999_ms"), n("max_ms"), n("slower_than_10_p50"), n("server_us"), n("generator_us"),
          n("pipeline_us"), n("transport_us"), n("of_allowed_cpu_percent"),
          n("of_allowed_rate_percent"), n("cores_busy"), n("log_restarts"));
      row["transport"] = name_of(transport_);
      row["connections"] = connections_[i];
      rows.push_back(row);
    }
  }

 private:
  const Transport transport_;
  const std::vector<std::size_t> connections_;
  RealHost host_;
  std::optional<support::Process> echo_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::size_t sent_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options("http-bench", "The real host over HTTP and mutual TLS, against what is possible");
  int rounds = 10;
  std::size_t count = 2000;
  std::vector<std::size_t> connections{1, 8, 64};
  std::filesystem::path directory;
  options.app.add_option("--rounds", rounds, "How often each contender runs, in turn");
  options.app.add_option("--requests", count, "How many each sends in a round");
  options.app.add_option("--connections", connections, "At a time");
  options.app.add_option("--directory", directory, "Where the stores are: on a disk");
  options.parse(argc, argv);
  keep_hosts_in(directory);

  InProcess in_process;
  std::vector<std::unique_ptr<Section>> sections;
  for (const auto transport : {Transport::plain, Transport::mutual_tls}) {
    sections.push_back(std::make_unique<Section>(transport, connections));
  }
  for (const auto& section : sections)
    section->round(in_process, std::min<std::size_t>(count, 500));
  for (const auto& section : sections) section->forget();
  for (int i = 0; i < rounds; ++i) {
    for (const auto& section : sections) section->round(in_process, count);
  }

  std::printf("%d rounds of %zu requests\n", rounds, count);
  std::printf("%-6s %4s %7s %7s %7s %7s %7s %6s %6s %6s %6s %6s %5s %5s %5s %5s\n", "", "conn",
              "req/s", "p50 ms", "p99", "p99.9", "max", ">10p50", "server", "gener.", "pipel.",
              "transp", "CPU%", "rate%", "cores", "WAL");
  json::array rows;
  for (const auto& section : sections) section->print(rows);
  options.write_json({{"http", rows}});
}
