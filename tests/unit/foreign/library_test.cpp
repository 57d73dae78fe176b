// SPDX-License-Identifier: Apache-2.0
// The C functions: room for answers, null and stale handles, log, state, watching, threads.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <set>
#include <thread>
#include <vector>

#include "api.hpp"
#include "golden.hpp"

using namespace foreign_test;
namespace json = boost::json;

namespace {

const std::string kGood =
    golden_message("I99: an agent that acts for the Supplier, a hub that is Pending");

std::string code_of(const Result& result) {
  if (result.status < 0) return result.text;
  const json::value answer = json::parse(result.text);
  const auto* code = answer.as_object().if_contains("code");
  return text_of(code != nullptr ? *code : answer.at("outcome"));
}

std::string settings_with(const std::string& agents) {
  return "[8.14.3]\nEIS = any\nGIS = any\nSNA = " + agents +
         "\n[8.14.4]\nEIS = any\nGIS = any\nSNA = " + agents + "\n";
}

}  // namespace

TEST_CASE("the library says its version") {
  CHECK(Api::get().abi() == 0x10000);
}

TEST_CASE("an answer needs its size and one octet more") {
  const Running running;
  const Library& library = *running.library;
  const std::string whole = library.decide(kGood).text;
  const auto size = static_cast<std::int64_t>(whole.size());
  for (std::size_t cap = 0; cap < whole.size() + 3; ++cap) {
    std::string out(cap, 'x');
    const bool fits = cap > whole.size();
    const auto got = library.api.decide(library.handle, kGood.data(), kGood.size(),
                                        cap == 0 ? nullptr : out.data(), cap);
    CAPTURE(cap);
    CHECK(got == size);
    if (cap == 0) continue;
    CHECK(std::string(out.c_str()) == (fits ? whole : ""));
    CHECK(out.find_first_not_of('x', fits ? whole.size() + 1 : 1) == out.npos);
  }
  for (std::size_t cap = 0; cap < 60; ++cap) {  // why not is cut
    std::string out(cap + 1, 'x');
    CHECK(library.api.decide(library.handle, "[", 1, out.data(), cap) == -DCC_INVALID);
    CHECK(out.back() == 'x');
    if (cap > 0)
      CHECK(std::string("ends too early: is not JSON: incomplete JSON").find(out.c_str()) == 0);
  }
  CHECK(library.api.state(library.handle, nullptr, 0) > 100);
}

TEST_CASE("null and freed handles are told, whatever is called") {
  const Api& api = Api::get();
  const World world;
  const std::string options = world.options(R"(, "watch": true)");
  dcch* const freed = api.make(options.data(), options.size(), nullptr, 0);
  REQUIRE(freed != nullptr);
  api.free(freed);
  api.free(freed);
  api.free(nullptr);
  for (dcch* const handle : {static_cast<dcch*>(nullptr), freed}) {
    char out[100];
    CHECK(api.decide(handle, "{}", 2, out, sizeof out) == -DCC_INVALID);
    CHECK(std::string(out) == (handle == nullptr ? "the handle is null" : "the handle was freed"));
    CHECK(api.state(handle, out, sizeof out) == -DCC_INVALID);
    CHECK(api.log(handle, out, sizeof out) == -DCC_INVALID);
    CHECK(api.reload(handle, 0) == -DCC_INVALID);
    CHECK(api.changed(handle, 1000) == -DCC_INVALID);
  }
  CHECK(api.make(nullptr, 5, nullptr, 0) == nullptr);
}

TEST_CASE("a null message is bad input, and an empty one too") {
  const Running running;
  const Library& library = *running.library;
  char out[100];
  CHECK(library.api.decide(library.handle, nullptr, 5, out, sizeof out) == -DCC_INVALID);
  CHECK(std::string(out) == "the message is a null pointer");
  CHECK(library.api.decide(library.handle, nullptr, 0, out, sizeof out) == -DCC_INVALID);
}

TEST_CASE("a message has so many facts at most, and nests so deep") {
  const Running running;
  json::object message = json::parse(kGood).as_object();
  json::array facts;
  const auto tell = [&](std::size_t count) {
    while (facts.size() < count) {
      facts.push_back(json::object{{"kind", "com.example.tariff"},
                                   {"key", "k" + std::to_string(facts.size())},
                                   {"values", nullptr},
                                   {"revision", 1}});
    }
    message["facts"] = facts;
    return running.library->decide(json::serialize(message));
  };
  CHECK(code_of(tell(DCCH_MAX_FACTS - 3)) == "I99");  // user, device and relation beside them
  const Result result = tell(DCCH_MAX_FACTS - 2);
  CHECK(result.status == -DCC_INVALID);
  CHECK(result.text == "facts[253]: expected 256 facts at most");
  const std::string deep(100'000, '[');
  CHECK(running.library->decide(deep).status == -DCC_INVALID);
}

TEST_CASE("before the first reload nobody answers") {
  World world;
  world.install_all();
  const Library library(world.options());
  CHECK(code_of(library.decide(kGood)) == "no_handler");
  CHECK(library.state().text == R"({"plugins":[],"handlers":[]})");
  CHECK(library.api.reload(library.handle, 0) == DCC_OK);
  CHECK(code_of(library.decide(kGood)) == "I99");
}

TEST_CASE("the state says what is live, what is refused and what was called") {
  Running running;
  CHECK(code_of(running.library->decide(kGood)) == "I99");
  running.world.configure("ch-returns", "[8.14.3]\nEIS = perhaps\n");
  CHECK(running.library->api.reload(running.library->handle, 0) == DCC_OK);
  const json::value state = json::parse(running.library->state().text);
  const json::value& plugin = state.at("plugins").at(0);
  CHECK(text_of(plugin.at("file")) == "ch-returns.so");
  CHECK(text_of(plugin.at("live")) == "true");
  CHECK(text_of(plugin.at("refused")) == "true");
  CHECK_THAT(text_of(plugin.at("reason")), Catch::Contains("perhaps"));
  CHECK(text_of(plugin.at("live_hash")) == text_of(plugin.at("found_hash")));
  CHECK(text_of(plugin.at("live_settings")) != text_of(plugin.at("found_settings")));
  CHECK(text_of(plugin.at("srvs")) == R"(["8.14.3","8.14.4"])");
  const json::value& handler = state.at("handlers").at(1);
  CHECK(text_of(handler.at("srv")) == "8.14.3");
  CHECK(text_of(handler.at("endpoint")) == "serviceD");
  CHECK(text_of(handler.at("body_element")) == "CHFFaultReturn");
  CHECK(text_of(handler.at("command_variants")) == R"([8])");
  CHECK(text_of(handler.at("plugin")) == "ch-returns");
  CHECK(text_of(handler.at("settings")) == text_of(plugin.at("live_settings")));
  CHECK(text_of(handler.at("calls")) == "1");
  CHECK(text_of(handler.at("inside")) == "0");
}

TEST_CASE("the log is taken once, as much of it as fits") {
  const Running running;
  const Library& library = *running.library;
  char small[400];
  std::vector<std::string> lines;
  for (;;) {
    const std::int64_t size = library.api.log(library.handle, small, sizeof small);
    REQUIRE(size > 0);
    json::value taken;
    if (size >= static_cast<std::int64_t>(sizeof small)) {  // not consumed
      CHECK(small[0] == '\0');
      std::string out(static_cast<std::size_t>(size) + 1, 'x');
      REQUIRE(library.api.log(library.handle, out.data(), out.size()) == size);
      taken = json::parse(out.c_str());
      CHECK(taken.as_array().size() == 1);
    } else {
      taken = json::parse(small);
    }
    if (taken.as_array().empty()) break;
    for (const json::value& line : taken.as_array()) {
      if (line.at("level") == "info" && line.at("source") == "ch-returns") {
        lines.push_back(text_of(line.at("line")));
      }
    }
  }
  CHECK(lines.size() == 1);
  CHECK(library.log().text == "[]");
  CHECK(library.api.log(library.handle, nullptr, 0) == 2);
}

TEST_CASE("changes are told once, and a reload makes them live") {
  Running running(R"(, "watch": true)");
  const Library& library = *running.library;
  running.world.configure("ch-returns", settings_with("none"));
  REQUIRE(library.api.changed(library.handle, 60'000) == 1);
  CHECK(code_of(library.decide(kGood)) == "I99");
  CHECK(library.api.reload(library.handle, 0) == DCC_OK);
  CHECK(code_of(library.decide(kGood)) == "E2");
  CHECK(library.api.changed(library.handle, -1) == -DCC_INVALID);
}

TEST_CASE("who does not watch is told so") {
  const Running running;
  CHECK(running.library->api.changed(running.library->handle, 0) == -DCC_NOT_NOW);
}

TEST_CASE("free ends a wait for changes at once") {
  Running running(R"(, "watch": true)");
  Library& library = *running.library;
  library.api.changed(library.handle, 0);
  std::promise<void> begun;
  auto waiter = std::async(std::launch::async, [&] {
    begun.set_value();
    return library.api.changed(library.handle, 600'000);
  });
  begun.get_future().wait();
  library.api.free(library.handle);
  const std::int32_t ended = waiter.get();
  CHECK((ended == 0 || ended == -DCC_INVALID));  // it had begun, or had not
}

TEST_CASE("eight threads decide over live swaps, and none is wrong") {
  Running running;
  Library& library = *running.library;
  std::atomic<bool> done = false;
  std::atomic<long> decisions = 0;
  std::vector<std::future<std::set<std::string>>> threads;
  for (int i = 0; i < 8; ++i) {
    threads.push_back(std::async(std::launch::async, [&] {
      std::set<std::string> seen;
      while (!done) {
        seen.insert(code_of(library.decide(kGood)));
        ++decisions;
      }
      return seen;
    }));
  }
  for (int swap = 0; swap < 20; ++swap) {
    running.world.configure("ch-returns", settings_with(swap % 2 == 0 ? "none" : "Pending"));
    CHECK(library.api.reload(library.handle, 0) == DCC_OK);
    CHECK(code_of(library.decide(kGood)) == (swap % 2 == 0 ? "E2" : "I99"));
  }
  done = true;
  std::set<std::string> seen;
  for (auto& thread : threads) seen.merge(thread.get());
  CHECK(seen == std::set<std::string>{"E2", "I99"});
  CHECK(decisions > 100);
}

TEST_CASE("a host that is freed while eight threads decide ends each of them properly") {
  for (int round = 0; round < 5; ++round) {
    auto running = std::make_unique<Running>();
    Library& library = *running->library;
    std::atomic<int> begun = 0;
    std::vector<std::future<std::set<std::string>>> threads;
    for (int i = 0; i < 8; ++i) {
      threads.push_back(std::async(std::launch::async, [&] {
        std::set<std::string> seen;
        for (bool first = true;; first = false) {
          const Result result = library.decide(kGood);
          seen.insert(code_of(result));
          if (first) ++begun;
          if (result.status < 0) return seen;
        }
      }));
    }
    while (begun < 8) std::this_thread::yield();
    library.api.free(library.handle);
    std::set<std::string> seen;
    for (auto& thread : threads) seen.merge(thread.get());
    CHECK(seen == std::set<std::string>{"I99", "the handle was freed"});
  }
}

TEST_CASE("a forked child makes a handle of its own") {
  const Running running;
  const Library& library = *running.library;
  const pid_t child = ::fork();
  if (child == 0) {
    char out[100];
    const bool told = library.api.decide(library.handle, kGood.data(), kGood.size(), out,
                                         sizeof out) == -DCC_NOT_NOW &&
                      library.api.reload(library.handle, 1) == -DCC_NOT_NOW;
    library.api.free(library.handle);
    const std::string options = running.world.options();
    dcch* const own = library.api.make(options.data(), options.size(), nullptr, 0);
    const bool works = own != nullptr && library.api.state(own, nullptr, 0) > 0;
    ::_exit(told && works ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(code_of(library.decide(kGood)) == "I99");
}
