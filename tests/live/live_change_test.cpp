// SPDX-License-Identifier: Apache-2.0
//
// The promise that makes this a plugin and not a patch: under load from several connections, builds
// are swapped, settings toggled and the plugin taken away and brought back, with nothing but files
// put into directories, and no request notices more than the change of its answer.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "host/file_content.hpp"
#include "load.hpp"

using namespace live;
namespace fs = std::filesystem;

namespace {

// With a sanitizer everything takes many times as long, and finds what it finds in fewer rounds.
constexpr std::size_t kSwaps = SANITIZED ? 10 : 100;
constexpr std::size_t kToggles = SANITIZED ? 10 : 100;
constexpr std::size_t kAbsences = SANITIZED ? 3 : 20;
constexpr unsigned kConnections = 5;
constexpr std::size_t kAnswersBetween = 20;

fs::path build_of(const State& state) {
  return state.next_build ? fs::path(NEXT_BUILD) : support::ch_returns_object();
}

// Swaps and toggles in turn, an absence after every fifth pair.
std::vector<State> course() {
  std::vector<State> states{State{}};
  const auto add = [&](auto change) {
    State state = states.back();
    change(state);
    states.push_back(state);
  };
  std::size_t absences = 0;
  for (std::size_t i = 0; i < std::max(kSwaps, kToggles); ++i) {
    add([](State& state) { state.next_build = !state.next_build; });
    add([&](State& state) {
      state.settings = static_cast<State::Settings>((static_cast<int>(state.settings) + 1) % 3);
    });
    if (i % 5 == 4 || kSwaps - i <= kAbsences - absences) {
      if (absences == kAbsences) continue;
      ++absences;
      add([](State& state) { state.plugin = false; });
      add([](State& state) { state.plugin = true; });
    }
  }
  return states;
}

// As cp and most editors do it: the file is open and half of it is there, while requests go on.
void put_slowly(const fs::path& target, const std::string& octets, Load& load) {
  const auto half = static_cast<std::streamsize>(octets.size() / 2);
  std::ofstream out(target, std::ios::binary | std::ios::trunc);
  out.write(octets.data(), half) << std::flush;
  load.await_answers(kAnswersBetween);
  out.write(octets.data() + half, static_cast<std::streamsize>(octets.size()) - half);
}

class Changes {
 public:
  Changes(support::HostFixture& host, Course& course, Load& load)
      : host_(host), course_(course), load_(load) {}

  // Brings the host into the next state and waits until its log says that it is there.
  void next(std::size_t index) {
    const State& before = course_.state(index);
    const State& after = course_.state(index + 1);
    const bool slowly = index % 7 == 3;
    course_.leave();
    if (before.plugin && !after.plugin) {
      fs::remove(object());
    } else if (!before.plugin || before.next_build != after.next_build) {
      put(object(), support::read_file(build_of(after)), slowly && before.plugin);
    } else {
      put(settings(), settings_text(after.settings), slowly);
    }
    const auto start = std::chrono::steady_clock::now();
    host_.process().wait_for_line(line_of(after));
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    course_.arrive();
    times_.push_back(time.count());
  }

  std::vector<double> times() const {
    auto sorted = times_;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }

 private:
  fs::path object() const { return host_.plugins() / "ch-returns.so"; }
  fs::path settings() const { return host_.settings() / "ch-returns.ini"; }

  void put(const fs::path& target, const std::string& octets, bool slowly) {
    slowly ? put_slowly(target, octets, load_) : support::replace_file(target, octets);
  }

  // What the log says when this state is live.
  static std::string line_of(const State& state) {
    if (!state.plugin) return "ch-returns.so withdrawn";
    const auto hash = [](const std::string& octets) {
      return dcc::host::sha256_hex(octets).substr(0, 12);
    };
    return "file " + hash(support::read_file(build_of(state))) + ", settings " +
           hash(settings_text(state.settings));
  }

  support::HostFixture& host_;
  Course& course_;
  Load& load_;
  std::vector<double> times_;
};

// Each stored decision is the one of exactly one build and one settings file.
void check_outcomes(support::HostFixture& host, std::size_t answered) {
  std::map<std::string, State::Settings> by_hash;
  for (const auto settings :
       {State::Settings::shipped, State::Settings::sna_off, State::Settings::commissioned}) {
    by_hash[dcc::host::sha256_hex(settings_text(settings))] = settings;
  }
  std::map<std::string, std::size_t> builds;
  std::size_t mixtures = 0;
  const auto outcomes = host.outcomes();
  for (const auto& outcome : outcomes) {
    const std::string device(outcome.at("device_id").as_string());
    const std::string srv(outcome.at("srv").as_string());
    const Sort sort{outcome.at("role").as_string() == "EIS" ? "eis" : "sna", srv.c_str(),
                    device == support::hub("Pending") ? "Pending" : "Commissioned"};
    State state;
    state.settings = by_hash.at(std::string(outcome.at("settings_hash").as_string()));
    if (outcome.at("code").as_string() != expected(state, sort)) ++mixtures;
    ++builds[std::string(outcome.at("handler").as_string())];
  }
  CHECK(mixtures == 0);
  CHECK(builds.size() == 2);
  CHECK(outcomes.size() == answered);
}

}  // namespace

TEST_CASE("Under load, builds and settings are swapped and the plugin comes and goes",
          "[R23][R24]") {
  support::HostFixture::Options options;
  options.watch = true;
  // A fast machine sends more over one connection than the host lets through by default.
  options.http += "max_requests_per_connection = 1000000000\n";
  support::HostFixture host(options);
  host.start();
  Course course(::course());
  Load load(host, course, kConnections);
  Changes changes(host, course, load);
  load.await_answers(kAnswersBetween);
  for (std::size_t i = 0; i < course.changes(); ++i) {
    changes.next(i);
    load.await_answers(kAnswersBetween);
  }
  const Load::Result result = load.stop();

  std::size_t requests = 0, stored = 0;
  std::string codes;
  for (const auto& [code, count] : result.codes) {
    requests += count;
    if (code != "501") stored += count;
    codes += "  " + code + " " + std::to_string(count);
  }
  const auto times = changes.times();
  std::printf(
      "live changes: %zu swaps, %zu toggles, %zu withdrawals and returns\n"
      "  %zu requests on %u connections: %zu answered otherwise than the rule says, %zu "
      "connections broken\n"
      "  codes:%s\n"
      "  milliseconds until the answer: p50 %.2f, p99 %.2f; while a change is under way: p50 %.2f, "
      "p99 %.2f\n"
      "  milliseconds until a change is live: median %.0f, longest %.0f\n",
      kSwaps, kToggles, kAbsences, requests, kConnections, result.wrong.size(),
      result.broken.size(), codes.c_str(), quantile(result.steady, 0.5),
      quantile(result.steady, 0.99), quantile(result.changing, 0.5),
      quantile(result.changing, 0.99), quantile(times, 0.5), times.back());

  CHECK(result.wrong == std::vector<std::string>{});
  CHECK(result.broken == std::vector<std::string>{});
  CHECK(course.changes() == kSwaps + kToggles + 2 * kAbsences);
  check_outcomes(host, stored);
  host.process().wait_for_line(" handlers live");
  CHECK(host.get("/healthz").at("status").as_string() == "ok");
  host.stop();
}
