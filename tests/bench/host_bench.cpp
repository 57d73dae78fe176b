// SPDX-License-Identifier: Apache-2.0
//
// What it costs to run the host: its start, its memory, changes under load, and a shadow.
//
//     host-bench [--starts N] [--requests N] [--idle N] [--directory DIR] [--json FILE]
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <thread>

#include "bench/load_generator.hpp"
#include "bench/options.hpp"
#include "bench/real_host.hpp"
#include "bench/statistics.hpp"
#include "bench/usage.hpp"

namespace {

using namespace bench;
namespace json = boost::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kConnections = 8;

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// From exec to the first 200 of /healthz and of a request.
json::object starts(int count) {
  RealHost host({});
  std::vector<double> healthy;
  std::vector<double> accepting;
  for (int i = 0; i < count; ++i) {
    auto& fixture = host.fixture();
    const auto request = fixture.request("sna", "8.14.3", World::hub(0).text());
    const std::string document = fixture.sign("sna", request);
    const auto begin = Clock::now();
    fixture.start();  // returns when /healthz is 200
    healthy.push_back(ms_since(begin));
    if (fixture.post(document).status != 200) fail("the first request is not accepted");
    accepting.push_back(ms_since(begin));
    fixture.stop();
  }
  std::printf("start, ms, median (worst) of %d: /healthz %.0f (%.0f), first request %.0f (%.0f)\n",
              count, median(healthy), quantile(healthy, 1), median(accepting),
              quantile(accepting, 1));
  return {{"healthz_ms", median(healthy)},
          {"healthz_worst_ms", quantile(healthy, 1)},
          {"first_request_ms", median(accepting)},
          {"first_request_worst_ms", quantile(accepting, 1)}};
}

json::object show(const char* when, const Memory& memory) {
  std::printf("memory, MiB, %-22s resident %6.1f, proportional %6.1f, anonymous %6.1f\n", when,
              memory.resident, memory.proportional, memory.anonymous);
  return {{"when", when},
          {"resident_mib", memory.resident},
          {"proportional_mib", memory.proportional},
          {"anonymous_mib", memory.anonymous}};
}

// What an idle connection costs, in KiB: just connected, and after a request.
json::object idle_connections(Transport transport, std::size_t count) {
  RealHost host({transport});
  host.fixture().start();
  const auto requests = host.requests(2 * count);
  const std::span<const std::string> all(requests);
  LoadGenerator(host.endpoint(), kConnections).run(all.first(count));  // warm
  const double before = memory_of(host.pid()).anonymous;
  LoadGenerator generator(host.endpoint(), count);
  host.fixture().get("/healthz");  // by now all are accepted
  const double connected = memory_of(host.pid()).anonymous;
  generator.run(all.last(count));
  const double used = memory_of(host.pid()).anonymous;
  const auto each = [&](double mib) { return (mib - before) * 1024 / static_cast<double>(count); };
  std::printf("memory, KiB, per idle connection of %zu, %s: %.1f at first, %.1f after a request\n",
              count, name_of(transport), each(connected), each(used));
  return {{"transport", name_of(transport)},
          {"at_first_kib", each(connected)},
          {"after_a_request_kib", each(used)}};
}

// At rest and after each quarter of the load.
json::array growth(std::size_t count) {
  RealHost host({});
  host.fixture().start();
  json::array rows{show("at rest", memory_of(host.pid()))};
  LoadGenerator generator(host.endpoint(), 64);
  for (std::size_t quarter = 1; quarter <= 4; ++quarter) {
    generator.run(host.requests(count / 4));
    const std::string when = "after " + std::to_string(quarter * (count / 4)) + " requests";
    rows.push_back(show(when.c_str(), memory_of(host.pid())));
  }
  return rows;
}

// What happens again and again while requests go on, and how long it takes each time.
json::object under_load(RealHost& host, std::size_t count, const char* what,
                        const std::function<void()>& change) {
  const auto requests = host.requests(count);
  LoadGenerator generator(host.endpoint(), kConnections);
  LoadResult result;
  std::atomic<bool> done = false;
  std::thread load([&] {
    result = generator.run(requests);
    done = true;
  });
  std::vector<double> changes;
  while (change && !done) {
    const auto begin = Clock::now();
    change();
    if (!done) changes.push_back(ms_since(begin));
  }
  load.join();
  const auto times = result.times(200);
  if (times.size() != count) fail("an answer that is not 200");
  const double per_second = static_cast<double>(count) / result.seconds;
  std::printf("%-34s %7.0f requests/s, ms: p50 %.2f, p99 %.2f, max %.1f", what, per_second,
              median(times), quantile(times, 0.99), quantile(times, 1));
  if (!changes.empty()) {
    std::printf("; %zu times, ms: p50 %.1f, max %.1f", changes.size(), median(changes),
                quantile(changes, 1));
  }
  std::printf("\n");
  return {{"what", what},
          {"requests_per_second", per_second},
          {"p50_ms", median(times)},
          {"p99_ms", quantile(times, 0.99)},
          {"max_ms", quantile(times, 1)},
          {"changes", changes.size()},
          {"change_p50_ms", median(changes)},
          {"change_max_ms", quantile(changes, 1)}};
}

json::array changes(std::size_t count) {
  RealHost host({});
  auto& fixture = host.fixture();
  fixture.start();
  const auto reload = [&] {
    if (fixture.reload() != 200) fail("a reload that is refused");
  };
  const std::string builds[] = {support::read_file(support::ch_returns_object()),
                                support::read_file(NEXT_BUILD)};
  const std::string settings = support::ch_returns_settings();
  std::size_t turn = 0;

  json::array rows;
  LoadGenerator(host.endpoint(), kConnections).run(host.requests(count / 4 + 1));  // warm
  rows.push_back(under_load(host, count, "undisturbed", {}));
  rows.push_back(under_load(host, count, "reload, nothing new", reload));
  rows.push_back(under_load(host, count, "reload, other settings", [&] {
    support::replace_file(fixture.settings() / "ch-returns.ini",
                          settings + "; " + std::to_string(++turn) + "\n");
    reload();
  }));
  rows.push_back(under_load(host, count, "reload, another build (swap)", [&] {
    support::replace_file(fixture.plugins() / "ch-returns.so", builds[++turn % 2]);
    reload();
  }));
  return rows;
}

// Hosts with and without a candidate beside them, in turn.
json::object shadowed(std::size_t count) {
  constexpr std::size_t kRounds = 10;
  RealHost hosts[] = {RealHost({}), RealHost({.shadow = true})};
  std::vector<double> times[2], rates[2];
  for (RealHost& host : hosts) {
    host.fixture().start();
    LoadGenerator(host.endpoint(), kConnections).run(host.requests(count / kRounds + 1));  // warm
  }
  for (std::size_t round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < 2; ++i) {
      const std::size_t which = (i + round) % 2;
      const auto requests = hosts[which].requests(count / kRounds + 1);
      const LoadResult result = LoadGenerator(hosts[which].endpoint(), kConnections).run(requests);
      const auto answered = result.times(200);
      if (answered.size() != requests.size()) fail("an answer that is not 200");
      times[which].insert(times[which].end(), answered.begin(), answered.end());
      rates[which].push_back(static_cast<double>(answered.size()) / result.seconds);
    }
  }
  const json::object report = hosts[1].fixture().get("/shadow");
  json::object figures{{"offered", report.at("offered")}, {"lost", report.at("lost")}};
  const char* const names[] = {"without a shadow", "with a shadow"};
  for (std::size_t i = 0; i < 2; ++i) {
    std::printf("%-34s %7.0f requests/s, ms: p50 %.2f, p99 %.2f\n", names[i], median(rates[i]),
                median(times[i]), quantile(times[i], 0.99));
    figures[names[i]] = json::object{{"requests_per_second", median(rates[i])},
                                     {"p50_ms", median(times[i])},
                                     {"p99_ms", quantile(times[i], 0.99)}};
  }
  const double rate = median(rates[1]) / median(rates[0]);
  const double p99 = quantile(times[1], 0.99) / quantile(times[0], 0.99);
  figures["rate_ratio"] = rate;
  figures["p99_ratio"] = p99;
  std::printf("with / without a shadow: rate %.2f, p99 %.2f; of %lld requests it lost %lld\n", rate,
              p99, static_cast<long long>(report.at("offered").as_int64()),
              static_cast<long long>(report.at("lost").as_int64()));
  return figures;
}

}  // namespace

int main(int argc, char** argv) {
  Options options("host-bench", "The host's start, its memory, and changes under load");
  int start_count = 15;
  std::size_t requests = 100'000;
  std::size_t idle = 500;
  std::filesystem::path directory;
  options.app.add_option("--starts", start_count, "How often it is started");
  options.app.add_option("--requests", requests, "How many the growth of memory is measured with");
  options.app.add_option("--idle", idle, "Idle connections");
  options.app.add_option("--directory", directory, "Where the stores are: on a disk");
  options.parse(argc, argv);
  keep_hosts_in(directory);

  json::object figures;
  figures["start"] = starts(start_count);
  figures["changes"] = changes(requests / 10);
  figures["shadow"] = shadowed(requests / 10);
  figures["idle"] = json::array{idle_connections(Transport::plain, idle),
                                idle_connections(Transport::mutual_tls, idle)};
  figures["growth"] = growth(requests);
  options.write_json(figures);
}
