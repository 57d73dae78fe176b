// SPDX-License-Identifier: Apache-2.0
//
// What it costs to count: the bookkeeping of one request, beside nothing else, and what a scrape
// takes. Google Benchmark's options.
//
//     metrics-bench [--benchmark_format=json]
#include <benchmark/benchmark.h>

#include <chrono>

#include "metrics/exposition.hpp"

namespace {

using dcc::adaptor::Reply;
using sample::metrics::Traffic;
using sample::metrics::WorkerTraffic;
using Clock = std::chrono::steady_clock;

Reply accepted() {
  return {.kind = Reply::Kind::response,
          .srv = "8.14.3",
          .role = "SNA",
          .code = "I99",
          .decision = std::chrono::microseconds(25),
          .commit = std::chrono::milliseconds(2)};
}

// All of a request that is decided, with the looks at the clock that it is measured by: when its
// turn comes, around the decision, around the commit, and at the answer.
void counted(benchmark::State& state) {
  Traffic traffic;
  WorkerTraffic& worker = traffic.worker();
  Reply reply = accepted();
  for (auto _ : state) {
    const auto received = Clock::now();
    const auto turn = Clock::now();
    const auto begun = Clock::now();
    reply.decision = Clock::now() - begun;
    const auto submitted = Clock::now();
    reply.commit = Clock::now() - submitted;
    worker.replied(reply);
    worker.answered(200, false, turn - received, Clock::now() - received);
  }
}
BENCHMARK(counted)->Name("one request counted");

// Without the clock.
void added(benchmark::State& state) {
  Traffic traffic;
  WorkerTraffic& worker = traffic.worker();
  const Reply reply = accepted();
  for (auto _ : state) {
    worker.replied(reply);
    worker.answered(200, false, std::chrono::microseconds(100), std::chrono::milliseconds(3));
  }
}
BENCHMARK(added)->Name("one request counted, without the clock");

void scraped(benchmark::State& state) {
  Traffic traffic;
  for (int i = 0; i < 8; ++i) traffic.worker().replied(accepted());
  const sample::HostState host;
  for (auto _ : state)
    benchmark::DoNotOptimize(sample::metrics::exposition(traffic.totals(), host));
}
BENCHMARK(scraped)->Name("a scrape, eight workers");

}  // namespace

BENCHMARK_MAIN();
