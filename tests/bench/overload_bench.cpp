// SPDX-License-Identifier: Apache-2.0
//
// The host past saturation: requests are due at a share or a multiple of what it can do, whether it
// keeps up or not. What it accepts it must answer in time, the rest it must refuse early.
//
//     overload-bench [--seconds N] [--connections N] [--tls] [--directory DIR] [--json FILE]
#include <algorithm>
#include <cstdio>

#include "bench/load_generator.hpp"
#include "bench/options.hpp"
#include "bench/real_host.hpp"
#include "bench/statistics.hpp"
#include "bench/usage.hpp"

namespace {

using namespace bench;
namespace json = boost::json;

constexpr double kFactors[] = {0.5, 1, 2, 4};
constexpr unsigned kMaxWaitMs = 1000;  // as shipped
// What a client of DUIS waits for an answer at most.
constexpr double kClientWaitsMs = 3000;

// One point of the curve.
json::object measure(RealHost& host, LoadGenerator& generator, double per_second, double seconds,
                     double capacity) {
  // More than it can accept; what is refused may come again.
  const double most = std::min(per_second, 1.5 * capacity) * seconds;
  const auto requests = host.requests(static_cast<std::size_t>(most) + 1);
  const double cpu = cpu_us(host.pid());
  const LoadResult result =
      generator.offer(requests, per_second, std::chrono::duration<double>(seconds));
  const double server_us = cpu_us(host.pid()) - cpu;
  const auto accepted = result.times(200);
  const auto shed = result.times(503);
  if (accepted.size() + shed.size() != result.answers.size()) fail("neither 200 nor 503");
  const auto late = std::count_if(accepted.begin(), accepted.end(),
                                  [](double ms) { return ms > kClientWaitsMs; });
  const auto answers = static_cast<double>(result.answers.size());
  return {{"offered_per_second", per_second},
          {"answered_per_second", answers / result.seconds},
          {"accepted_per_second", static_cast<double>(accepted.size()) / result.seconds},
          {"shed_percent", 100 * static_cast<double>(shed.size()) / answers},
          {"accepted_p50_ms", median(accepted)},
          {"accepted_p99_ms", quantile(accepted, 0.99)},
          {"accepted_max_ms", quantile(accepted, 1)},
          {"later_than_clients_wait", late},
          {"shed_p50_ms", median(shed)},
          {"shed_p99_ms", quantile(shed, 0.99)},
          {"server_cores", server_us / 1e6 / result.seconds}};
}

}  // namespace

int main(int argc, char** argv) {
  Options options("overload-bench", "The host at half, once, twice and four times what it can do");
  double seconds = 10;
  std::size_t connections = 6000;
  std::size_t warm = 10'000;
  bool tls = false;
  std::filesystem::path directory;
  options.app.add_option("--seconds", seconds, "How long each load lasts");
  options.app.add_option("--connections", connections, "How many requests may be under way");
  options.app.add_option("--warm", warm, "Requests that the capacity is measured with");
  options.app.add_flag("--tls", tls, "Mutual TLS");
  options.app.add_option("--directory", directory, "Where the store is: on a disk");
  options.parse(argc, argv);
  keep_hosts_in(directory);

  RealHost host({tls ? Transport::mutual_tls : Transport::plain, kMaxWaitMs});
  host.fixture().start();
  const auto first = host.requests(warm);
  const double capacity =
      static_cast<double>(warm) / LoadGenerator(host.endpoint(), 64).run(first).seconds;
  LoadGenerator generator(host.endpoint(), connections);

  std::printf("capacity at 64 connections: %.0f requests/s; %zu connections\n", capacity,
              connections);
  std::printf("%8s %9s %9s %9s %6s %9s %8s %8s %6s %9s %8s %6s\n", "load", "offered/s", "answer/s",
              "accept/s", "503 %", "p50 ms", "p99", "max", "late", "503 p50", "p99", "cores");
  json::array rows;
  for (const double factor : kFactors) {
    json::object row = measure(host, generator, factor * capacity, seconds, capacity);
    const auto n = [&](const char* name) { return row.at(name).to_number<double>(); };
    std::printf("%7.1fx %9.0f %9.0f %9.0f %6.1f %9.1f %8.1f %8.1f %6.0f %9.2f %8.1f %6.2f\n",
                factor, n("offered_per_second"), n("answered_per_second"), n("accepted_per_second"),
                n("shed_percent"), n("accepted_p50_ms"), n("accepted_p99_ms"), n("accepted_max_ms"),
                n("later_than_clients_wait"), n("shed_p50_ms"), n("shed_p99_ms"),
                n("server_cores"));
    row["load"] = factor;
    rows.push_back(row);
  }
  options.write_json({{"capacity_per_second", capacity}, {"overload", rows}});
}
