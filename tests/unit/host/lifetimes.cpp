// SPDX-License-Identifier: Apache-2.0
//
// A host's whole life in a process of its own, for lifetime_test.cpp and the sanitizers: how
// plugins are swapped, and above all how the process ends while they are there.
//
//     host-lifetimes SCENARIO [NUMBER]
#include <atomic>
#include <cstdio>
#include <functional>
#include <future>
#include <thread>

#include "host/plugin_library.hpp"
#include "plugin_host.hpp"

// Asked by the address sanitizer, if there is one. Its interceptor takes some blocks of a library's
// thread-local memory for such as glibc had before 2.25, and crashes when it looks for leaks in
// them while the threads run (mended in later versions than that of clang 14).
extern "C" const char* __asan_default_options() {
  return "intercept_tls_get_addr=0";
}

using dcc::host::Decision;
using dcc::host::PluginDirectory;
using host_test::Host;

namespace {

void say(const std::string& line) {
  std::puts(line.c_str());
  std::fflush(stdout);
}

// What cannot be carried on with; the exit status tells the test.
void need(bool holds, const std::string& what) {
  if (holds) return;
  say("failed: " + what);
  std::_Exit(1);
}

// A host with two plugins: "p" with clinging code, for 8.14.3, and "q", for 8.14.4.
struct Adaptor {
  Adaptor() {
    host.install("p", "clinging");
    host.install("q", "other-id");
    reload(2);
  }
  void reload(std::size_t plugin_count) {
    const auto reports = plugins.reload();
    need(reports.size() == plugin_count, "number of plugins");
    for (const auto& report : reports) need(report.live && !report.refused, report.reason);
  }

  Host host;
  PluginDirectory plugins{host.paths, host.services(), host.registry};
};

// One answer, if anybody answers the SRV.
std::optional<Decision> ask(Host& host, const char* srv) {
  dcc::host::Facts facts;
  Decision decision;
  dcc_request request{};
  request.size = sizeof request;
  request.deadline = host_test::kDeadline;
  const auto table = host.registry.current();
  const auto* handler = table->find(srv);
  if (handler == nullptr) return std::nullopt;
  handler->decide(request, facts, decision);
  return decision;
}

// Code and version belong together: a mixture of settings and build would show.
bool is_right(const Decision& decision) {
  return (decision.code == "I99" && decision.reason == "clinging 1.0") ||
         (decision.code == "E4" && decision.reason == "clinging 2.0");
}

// ---- Scenarios ----------------------------------------------------------------------------------

// 200 swaps, with 20 rounds of withdrawal among them, while four threads ask. Each of them is a
// chain of short-lived threads, so that thread-local objects of old and new builds go all the time.
int swaps() {
  constexpr int kSwaps = 200;
  constexpr int kAskers = 4;
  Adaptor adaptor;
  std::atomic<bool> stop = false;
  std::atomic<int> asked = 0, wrong = 0, absent = 0;
  const auto ask_some = [&] {
    for (int i = 0; i < 10; ++i) {
      const auto answer = ask(adaptor.host, "8.14.3");
      if (!answer) ++absent;
      if (answer && !is_right(*answer)) ++wrong;
      const auto other = ask(adaptor.host, "8.14.4");
      if (!other || other->code != "I99") ++wrong;
      ++asked;
    }
  };
  std::vector<std::thread> askers;
  for (int i = 0; i < kAskers; ++i) {
    askers.emplace_back([&] {
      while (!stop) std::thread(ask_some).join();
    });
  }
  for (int i = 1; i <= kSwaps; ++i) {
    const bool second = i % 2 != 0;
    if (i % 10 == 0) {
      adaptor.host.remove("p");
      adaptor.reload(1);
    }
    adaptor.host.install("p", second ? "clinging-v2" : "clinging",
                         second ? "code = E4\n" : "code = I99\n");
    if (i % 3 == 0) adaptor.host.configure("q", "; " + std::to_string(i) + '\n');
    adaptor.reload(2);
    const auto answer = ask(adaptor.host, "8.14.3");
    need(answer && answer->code == (second ? "E4" : "I99"), "the new one answers");
    const int so_far = asked;
    while (asked < so_far + kAskers) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& asker : askers) asker.join();
  adaptor.host.remove("p");
  adaptor.host.remove("q");
  while (!adaptor.plugins.reload().empty() || adaptor.host.log.count("p: destroy") != kSwaps + 1) {
  }
  need(adaptor.host.log.count("p: deactivate") == kSwaps + 1, "each deactivated once");
  // Two builds, one variable.
  const auto lines = adaptor.host.log.of("p");
  need(std::count(lines.begin(), lines.end(), "create " + std::to_string(kSwaps + 1)) == 1,
       "the builds share what is one in the process");
  need(wrong == 0, std::to_string(wrong) + " wrong answers");
  need(asked > kSwaps, "somebody asked");
  say("swaps " + std::to_string(kSwaps) + ", wrong 0");
  return 0;
}

// A thread that has been inside a plugin ends when that plugin has long been withdrawn.
int late_thread() {
  Adaptor adaptor;
  std::promise<void> was_inside, go_on;
  std::thread late([&] {
    need(ask(adaptor.host, "8.14.3").has_value(), "an answer");
    was_inside.set_value();
    go_on.get_future().wait();
  });
  was_inside.get_future().wait();
  adaptor.host.remove("p");
  adaptor.reload(1);
  need(adaptor.host.log.count("p: destroy") == 1, "destroyed");
  say("withdrawn");
  go_on.set_value();
  late.join();
  say("end of main");
  return 0;
}

// Never destroyed: the process ends around it, and around the threads that go on asking.
Adaptor& immortal_with_traffic() {
  static Adaptor* const adaptor = new Adaptor;
  static std::atomic<int> busy = 0;
  constexpr int kAskers = 3;
  for (int i = 0; i < kAskers; ++i) {
    std::thread([] {
      ++busy;
      for (;;) {
        const auto answer = ask(adaptor->host, "8.14.3");
        need(answer && is_right(*answer), "a right answer to the very end");
      }
    }).detach();
  }
  while (busy < kAskers) std::this_thread::yield();
  adaptor->host.install("p", "clinging-v2", "code = E4\n");
  adaptor->reload(2);
  // What is mapped needs no file any more.
  host_test::fs::remove_all(adaptor->host.root.path());
  return *adaptor;
}

int return_from_main() {
  immortal_with_traffic();
  say("end of main");
  return 0;
}

int exit_in_a_thread() {
  immortal_with_traffic();
  std::thread([] {
    say("exit in a thread");
    std::exit(0);
  }).join();
  return 1;
}

// The directory of plugins is destroyed by exit(), after the static objects of the plugins.
int static_directory() {
  static Adaptor adaptor;
  need(ask(adaptor.host, "8.14.3").has_value(), "an answer");
  say("end of main");
  return 0;
}

// What a process that lives long must not gather.
struct Burden {
  std::ptrdiff_t mappings = 0, descriptors = 0, threads = 0;
  long kib = 0;  // resident
};

Burden burden() {
  namespace fs = host_test::fs;
  Burden now;
  const std::string maps = host_test::contents("/proc/self/maps");
  now.mappings = std::ranges::count(maps, '\n');
  const auto entries = [](const char* directory) {
    return std::distance(fs::directory_iterator(directory), fs::directory_iterator());
  };
  now.descriptors = entries("/proc/self/fd");
  now.threads = entries("/proc/self/task");
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmRSS:") status >> now.kib;
  }
  return now;
}

// Builds and settings change in turn, and one file goes and comes back.
int many_swaps(int number) {
  Adaptor adaptor;
  Burden first;
  for (int i = 1; i <= number; ++i) {
    const bool second = i % 2 != 0;
    if (i % 10 == 0) {
      adaptor.host.remove("q");
      adaptor.reload(1);
      adaptor.host.install("q", "other-id");
    }
    adaptor.host.install("p", second ? "clinging-v2" : "clinging",
                         second ? "code = E4\n" : "; " + std::to_string(i) + '\n');
    adaptor.reload(2);
    const auto answer = ask(adaptor.host, "8.14.3");
    need(answer && is_right(*answer), "a right answer");
    adaptor.host.log.clear();
    adaptor.host.debug_log.clear();
    if (i == number / 10) first = burden();
  }
  const Burden last = burden();
  std::fprintf(stderr,
               "after %d and %d swaps: %td and %td mappings, %td and %td descriptors, "
               "%td and %td threads, %ld and %ld KiB\n",
               number / 10, number, first.mappings, last.mappings, first.descriptors,
               last.descriptors, first.threads, last.threads, first.kib, last.kib);
  constexpr std::ptrdiff_t kOfTheAllocator = 8;
  constexpr long kFewKib = 8 << 10;
  need(last.mappings <= first.mappings + kOfTheAllocator, "mappings are bounded");
  need(last.descriptors == first.descriptors, "descriptors are bounded");
  need(last.threads == first.threads, "threads are bounded");
  need(last.kib <= first.kib + kFewKib, "memory is bounded");
  say("bounded");
  return 0;
}

// Each with a content of its own, until the process takes no more.
int many_builds(int number) {
  Host host;
  const auto services = host.services();
  const std::string build = host_test::contents(host_test::fixture("other-id"));
  for (int i = 0; i < number; ++i) {
    const auto copy = host.root.path() / ("build-" + std::to_string(i) + ".so");
    host_test::write_file(copy, build + std::to_string(i));
    dcc::host::PluginLibrary::load(copy, std::to_string(i), services);
  }
  const auto one_more = host.root.path() / "one-more.so";
  host_test::write_file(one_more, build);
  try {
    dcc::host::PluginLibrary::load(one_more, "one more", services);
    say("took one more");
  } catch (const dcc::host::NotAccepted& refused) {
    say(refused.what());
  }
  dcc::host::PluginLibrary::load(one_more, "0", services);  // one that is there
  return 0;
}

struct Scenario {
  const char* name;
  int number;  // if none is given
  std::function<int(int)> run;
};

}  // namespace

int main(int argc, char** argv) {
  const Scenario scenarios[] = {{"swaps", 0, [](int) { return swaps(); }},
                                {"late-thread", 0, [](int) { return late_thread(); }},
                                {"return-from-main", 0, [](int) { return return_from_main(); }},
                                {"exit-in-a-thread", 0, [](int) { return exit_in_a_thread(); }},
                                {"static-directory", 0, [](int) { return static_directory(); }},
                                {"many-swaps", 10'000, many_swaps},
                                {"many-builds", 1'000, many_builds}};
  for (const Scenario& scenario : scenarios) {
    if (argc < 2 || argc > 3 || std::string_view(argv[1]) != scenario.name) continue;
    return scenario.run(argc == 3 ? std::stoi(argv[2]) : scenario.number);
  }
  std::fprintf(stderr, "usage: %s SCENARIO [NUMBER], one of:", argv[0]);
  for (const Scenario& scenario : scenarios) std::fprintf(stderr, " %s", scenario.name);
  std::fprintf(stderr, "\n");
  return 2;
}
