// SPDX-License-Identifier: Apache-2.0
// Swapping while requests are in flight.
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>
#include <utility>

#include "host/plugin_directory.hpp"
#include "plugin_host.hpp"

using dcc::host::Decision;
using dcc::host::PluginDirectory;
using host_test::Host;

namespace {

// A request that has entered the handler and stays there until it is let go.
class RequestInFlight {
 public:
  explicit RequestInFlight(Host& host) {
    host.on_line = [this](std::string_view line) {
      if (line == "deciding" && !entered_once_.exchange(true)) {
        entered_.set_value();
        go_on_.get_future().wait();
      }
    };
    decision_ = std::async(std::launch::async, [&host] { return host.decide(); });
    entered_.get_future().wait();
  }
  // A test that fails before finish() must not wait for the request for ever.
  ~RequestInFlight() { let_go(); }

  Decision finish() {
    let_go();
    return decision_.get();
  }

 private:
  void let_go() {
    if (!std::exchange(let_go_, true)) go_on_.set_value();
  }

  std::atomic<bool> entered_once_ = false;
  bool let_go_ = false;
  std::promise<void> entered_, go_on_;
  std::future<Decision> decision_;
};

constexpr const char* kSays = "behaviour = says\n";

}  // namespace

TEST_CASE("a request in flight finishes on the old instance, which is deactivated after it") {
  Host host;
  host.install("p", "good", kSays);
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  plugins.reload();
  RequestInFlight request(host);

  host.install("p", "good-v2", kSays);
  CHECK(plugins.reload().at(0).version == "2.0");
  CHECK(host.decide().code == "E5");
  CHECK(host.log.count("p: deactivate") == 0);

  CHECK(request.finish().code == "I99");
  plugins.reload();
  CHECK(host.log.count("p: deactivate") == 1);
  CHECK(host.log.count("p: destroy") == 1);
  CHECK(host.log.count("p: deactivate with a call inside") == 0);
}

TEST_CASE("a table that is held keeps its handlers usable") {
  Host host;
  host.install("p", "good");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  plugins.reload();
  auto held = host.registry.current();
  host.remove("p");
  plugins.reload();
  CHECK(host.registry.current()->handlers().empty());
  CHECK(host.log.count("p: deactivate") == 0);
  dcc::host::Facts facts;
  Decision decision;
  const dcc_request request{};
  held->find("8.14.3")->decide(request, facts, decision);
  CHECK(decision.code == "I99");
  held.reset();
  plugins.reload();
  CHECK(host.log.count("p: destroy") == 1);
}

TEST_CASE("reload waits for a request that is about to finish") {
  Host host;
  host.install("p", "good", kSays);
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  plugins.reload();
  RequestInFlight request(host);
  host.remove("p");
  auto reloaded = std::async(std::launch::async, [&] { plugins.reload(); });
  // From here on new requests find nobody; the one in flight is let go and ends as it began.
  while (host.registry.current()->find("8.14.3") != nullptr) std::this_thread::yield();
  CHECK(request.finish().code == "I99");
  reloaded.get();
  plugins.reload();
  CHECK(host.log.count("p: destroy") == 1);
}

TEST_CASE("the destructor withdraws everything and waits for the calls in flight") {
  Host host;
  host.install("p", "good", kSays);
  auto plugins = std::make_unique<PluginDirectory>(host.paths, host.services(), host.registry);
  plugins->reload();
  RequestInFlight request(host);
  std::atomic<bool> gone = false;
  std::thread closer([&] {
    plugins.reset();
    gone = true;
  });
  while (!host.registry.current()->handlers().empty()) std::this_thread::yield();
  CHECK_FALSE(gone);
  CHECK(request.finish().code == "I99");
  closer.join();
  CHECK(gone);
  CHECK(host.log.of("p").back() == "destroy");
  CHECK(host.log.count("p: deactivate") == 1);
}

TEST_CASE("no request fails or sees a mixture while builds and settings are swapped") {
  Host host;
  // Code and version belong together: a mixture of settings and build would show.
  host.install("p", "good", "code = I99\n");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  plugins.reload();

  std::atomic<bool> stop = false;
  std::atomic<int> served = 0;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] {
      while (!stop) {
        const Decision decision = host.decide();
        const bool old_one = decision.code == "I99" && decision.reason == "fixture 1.0";
        const bool new_one = decision.code == "E4" && decision.reason == "fixture 2.0";
        if (!old_one && !new_one) ++wrong;
        ++served;
      }
    });
  }
  constexpr int kSwaps = 20;
  for (int i = 0; i < kSwaps; ++i) {
    const bool to_new = i % 2 == 0;
    // Both files are in place before the reload, which is what makes the change one.
    host.install("p", to_new ? "good-v2" : "good", to_new ? "code = E4\n" : "code = I99\n");
    const auto reports = plugins.reload();
    CHECK_FALSE(reports.at(0).refused);
    CHECK(host.decide().code == (to_new ? "E4" : "I99"));
    const int so_far = served;
    while (served < so_far + 100) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& worker : workers) worker.join();
  CHECK(wrong == 0);
  plugins.reload();
  CHECK(host.log.count("p: create") == kSwaps + 1);
  CHECK(host.log.count("p: deactivate") == kSwaps);
  CHECK(host.log.count("p: destroy") == kSwaps);
  CHECK(host.log.count("p: deactivate with a call inside") == 0);
}

TEST_CASE("calls are counted, and those that end after their deadline are named") {
  Host host;
  host.install("p", "good", kSays);
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  plugins.reload();
  const auto table = host.registry.current();
  const auto counts = [&] { return table->find("8.14.3")->counts(); };

  RequestInFlight request(host);
  CHECK(counts().inside == 1);
  CHECK(counts().calls == 0);
  host.now = host_test::kDeadline + 7;
  request.finish();
  CHECK(counts().inside == 0);
  CHECK(counts().calls == 1);
  CHECK(counts().late == 1);
  CHECK(counts().failed == 0);
  const auto lines = host.log.of("plugins");
  CHECK(lines.back() ==
        "handler of 8.14.3 (fixture 1.0, test build) was late by 7 ms for the request with counter "
        "0; 1 late so far");

  // It came too late already: not the handler's fault.
  host.decide();
  CHECK(counts().calls == 2);
  CHECK(counts().late == 1);
}

TEST_CASE("a handler that fails is counted") {
  Host host;
  host.install("p", "good", "behaviour = nothing\n");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  plugins.reload();
  CHECK(host.decide().kind == Decision::Kind::failed);
  const auto counts = host.registry.current()->find("8.14.3")->counts();
  CHECK(counts.calls == 1);
  CHECK(counts.failed == 1);
  CHECK(counts.late == 0);
}

TEST_CASE("a trial is decided like a request, and in no count") {
  Host host;
  const std::string settings = GENERATE(as<std::string>(), kSays, "behaviour = nothing\n");
  CAPTURE(settings);
  host.install("p", "good", settings);
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  plugins.reload();
  const Decision decided = host.decide();
  const auto table = host.registry.current();
  host.now = host_test::kDeadline + 7;
  dcc_request request{};
  request.size = sizeof request;
  request.deadline = host_test::kDeadline;
  dcc::host::Facts facts;
  Decision tried;
  table->find("8.14.3")->try_out(request, facts, tried);
  CHECK(tried.kind == decided.kind);
  CHECK(tried.code == decided.code);
  CHECK(tried.reason == decided.reason);
  const auto counts = table->find("8.14.3")->counts();
  CHECK(counts.calls == 1);
  CHECK(counts.late == 0);
  CHECK(counts.inside == 0);
}
