// SPDX-License-Identifier: Apache-2.0
//
// What the ways to a decision cost that an adaptor of any language has: by the C library, by
// dcc-decide over a pipe and over its socket, each against the same decision in C++; in turn, on
// the same golden message. The adaptor's own JSON is not in it.
//
//     foreign-bench [ROUNDS]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <string>
#include <vector>

#include "bench/statistics.hpp"
#include "dcc/plugin.hpp"
#include "host/decide.hpp"
#include "host/plugin_directory.hpp"
#include "unit/foreign/api.hpp"
#include "unit/foreign/decide_program.hpp"
#include "unit/foreign/golden.hpp"

namespace {

using namespace foreign_test;
using Clock = std::chrono::steady_clock;

constexpr int kDecisions = 2000;  // of each way, in a round

void need(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "foreign-bench: %s\n", what);
  std::exit(1);
}

// The same decision, as an adaptor in C++ makes it: the request is there, the facts are told.
class Direct {
 public:
  explicit Direct(const fs::path& root)
      : plugins_({root / "plugins", root / "settings", root / "direct", PROBE_PROGRAM}, services(),
                 registry_) {
    plugins_.reload();
    request_.size = sizeof request_;
    request_.command_variant = 8;
    request_.originator = *dcc::host::parse_eui_key("90-B3-D5-1F-30-01-00-00");
    request_.srv = dcc::str("8.14.3");
    request_.service_reference = dcc::str("8.14");
    request_.body_element = dcc::str("CHFFaultReturn");
    request_.items = items_;
    request_.item_count = std::size(items_);
    request_.received_at = 1767225601000;
    request_.deadline = 1767225603000;
  }

  void operator()() {
    using namespace dcc::host;
    const auto table = registry_.current();
    Facts facts;
    dcc_request request = request_;
    facts.ask(kUserFact, eui_key(request.originator))
        .is_there({{"role", "SNA"}, {"status", "Active"}}, 2);
    facts.ask(kDeviceFact, eui_key(hub_)).is_there({{"type", "CHF"}, {"status", "Pending"}}, 7);
    facts.ask(kActsFact, *acts_key(request.originator, hub_, request.received_at))
        .is_there({{"acts", "yes"}}, 3);
    decide(*table, "serviceD", request, facts, decision_);
    need(decision_.code == "I99", "the direct decision is another");
  }

 private:
  static dcc::host::HostServices services() {
    dcc::host::HostServices services;
    services.log = [](auto, std::string_view, std::string_view) {};
    services.fact_kinds = {"com.example.tariff"};
    return services;
  }

  const std::uint64_t hub_ = *dcc::host::parse_eui_key("00-DB-12-34-56-78-90-01");
  const dcc_item items_[2] = {
      {dcc::str("DeviceID"), dcc::str("00-DB-12-34-56-78-90-01")},
      {dcc::str("CHFFaultReturnType"), dcc::str("Fault identified prior to installation")}};
  dcc_request request_{};
  dcc::host::Decision decision_;
  dcc::host::LiveHandlers registry_;
  dcc::host::PluginDirectory plugins_;
};

double microseconds(const std::function<void()>& way, int times) {
  const auto begin = Clock::now();
  for (int i = 0; i < times; ++i) way();
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / times;
}

// Decisions a second of eight threads on one handle.
double by_eight_threads(const Library& library, const std::string& message) {
  const auto begin = Clock::now();
  std::vector<std::future<void>> threads;
  for (int i = 0; i < 8; ++i) {
    threads.push_back(std::async(std::launch::async, [&] {
      std::string out(4096, ' ');
      for (int n = 0; n < kDecisions; ++n) {
        library.api.decide(library.handle, message.data(), message.size(), out.data(), out.size());
      }
    }));
  }
  for (auto& thread : threads) thread.get();
  return 8 * kDecisions / std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 15;
  need(rounds > 0, "ROUNDS: expected a number from 1");
  const Running running;
  const Library& library = *running.library;
  Direct direct(running.world.root.path());
  const std::string socket = (running.world.root.path() / "socket").string();
  DecideProgram program(running.world.root.path(), running.world.options(), {"--socket", socket});
  const std::string message =
      golden_message("I99: an agent that acts for the Supplier, a hub that is Pending");
  const std::string line = "{\"id\": 1, \"decide\": " + message + '}';
  need(program.lines->ask(line).find("I99") != std::string::npos, "dcc-decide says no I99");
  Lines peer = Lines::connect(socket);
  std::string out(4096, ' ');
  const auto by_library = [&] {
    const auto size =
        library.api.decide(library.handle, message.data(), message.size(), out.data(), out.size());
    need(size > 0 && out.find("\"I99\"") != std::string::npos, "the library says no I99");
  };
  struct Way {
    const char* name;
    std::function<void()> decide;
    std::vector<double> times;
  };
  std::vector<Way> ways = {
      {"C++, dcc::host::decide()", std::ref(direct), {}},
      {"C library, JSON in and out", by_library, {}},
      {"dcc-decide, pipe", [&] { program.lines->ask(line); }, {}},
      {"dcc-decide, socket", [&] { peer.ask(line); }, {}},
  };
  std::vector<double> rates;
  for (int round = 0; round < rounds; ++round) {
    for (Way& way : ways) way.times.push_back(microseconds(way.decide, kDecisions));
    rates.push_back(by_eight_threads(library, message));
  }
  const double base = bench::median(ways.front().times);
  std::printf("| one decision | us | x C++ |\n|---|---|---|\n");
  for (const Way& way : ways) {
    const double median = bench::median(way.times);
    std::printf("| %s | %.1f | %.1f |\n", way.name, median, median / base);
  }
  std::printf("\neight threads on one handle: %.0f decisions a second\n", bench::median(rates));
}
