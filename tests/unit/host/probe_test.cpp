// SPDX-License-Identifier: Apache-2.0
// Plugins that end the process that they are in, and the probe that they meet first.
#include <catch2/catch.hpp>

#include "fifo.hpp"
#include "host/child_process.hpp"
#include "plugin_host.hpp"

using dcc::host::PluginDirectory;
using dcc::host::PluginReport;
using dcc::host::Retry;
using host_test::contents;
using host_test::Fifo;
using host_test::first_reason;
using host_test::Host;
using host_test::write_file;
namespace fs = host_test::fs;
using namespace std::chrono_literals;

namespace {

// What becomes of this candidate in the place of a plugin that runs, which must stay untouched.
// The reason, without the file's name.
std::string reason_in_place_of_good(Host& host, const std::string& fixture,
                                    const std::string& settings) {
  host.install("p", "good");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  const PluginReport before = plugins.reload().at(0);
  REQUIRE(before.live);
  const auto table = host.registry.current();

  host.install("p", fixture, settings);
  const PluginReport after = plugins.reload().at(0);
  CHECK(after.live);
  CHECK(after.refused);
  CHECK(after.live_hash == before.live_hash);
  CHECK(after.live_settings == before.live_settings);
  CHECK(host.registry.current() == table);
  CHECK(host.decide().code == "I99");
  CHECK(host.log.of("p") == std::vector<std::string>{"create", "activate"});
  CHECK_THAT(host.log.of("plugins").back(), Catch::StartsWith("p.so refused: " + after.reason));
  const std::string file = (host.paths.directory / "p.so").string() + ": ";
  REQUIRE_THAT(after.reason, Catch::StartsWith(file));
  return after.reason.substr(file.size());
}

void make_executable(const fs::path& file) {
  fs::permissions(file, fs::perms::owner_all);
}

// How often it was probed; of a plugin whose create succeeds once each time.
std::ptrdiff_t probed(const Host& host, const std::string& stem) {
  return host.debug_log.count(stem + ": probe: create");
}

constexpr const char* kFails = "activate = fail\n";

}  // namespace

TEST_CASE("a plugin that ends its process is refused with the step and the signal") {
  using Case = std::pair<std::string, std::string>;
  const auto [settings, reason] = GENERATE(values<Case>({
      {"create = segv", "crashed in create with signal 11 (SIGSEGV)"},
      {"create = abort", "crashed in create with signal 6 (SIGABRT)"},
      {"create = exit",
       "ended the process in create, exit code 0; its last words: plugin's own output"},
      {"activate = segv", "crashed in activate with signal 11 (SIGSEGV); its last words: create"},
      {"activate = abort", "crashed in activate with signal 6 (SIGABRT); its last words: create"},
      {"activate = exit",
       "ended the process in activate, exit code 0; its last words: plugin's own output"},
      {"deactivate = segv",
       "crashed in deactivate with signal 11 (SIGSEGV); its last words: activate"},
      {"destroy = segv", "crashed in destroy with signal 11 (SIGSEGV); its last words: deactivate"},
      {"destroy = exit",
       "ended the process in destroy, exit code 0; its last words: plugin's own output"},
  }));
  Host host;
  CHECK(reason_in_place_of_good(host, "good-v2", settings + "\n") == "probe: the plugin " + reason);
}

TEST_CASE("a plugin that cannot even be loaded, or not be got rid of, is refused") {
  Host host;
  SECTION("its initialiser crashes") {
    CHECK(reason_in_place_of_good(host, "crash-at-load", "") ==
          "probe: the plugin crashed in load with signal 11 (SIGSEGV)");
  }
  SECTION("its clean-up at exit crashes") {
    CHECK_THAT(reason_in_place_of_good(host, "crash-at-exit", ""),
               Catch::StartsWith("probe: the plugin crashed in exit with signal 6 (SIGABRT)"));
  }
  SECTION("a symbol is missing") {
    const std::string reason = reason_in_place_of_good(host, "unresolved", "");
    CHECK_THAT(reason, Catch::StartsWith("cannot be loaded: ") &&
                           Catch::Contains("dcc_nobody_defines_this"));
  }
}

TEST_CASE("a plugin that hangs is refused after a time, with the step") {
  struct Case {
    std::string fixture, settings, step;
  };
  const Case hangs = GENERATE(values<Case>({{"good-v2", "create = hang\n", "create"},
                                            {"good-v2", "destroy = hang\n", "destroy"},
                                            {"hang-at-load", "", "load"}}));
  // A busy machine may take its time until the step is reached.
  for (auto time = 500ms;; time *= 2) {
    REQUIRE(time < 1min);
    Host host;
    host.paths.probe_time = time;
    host.install("p", hangs.fixture, hangs.settings);
    PluginDirectory plugins(host.paths, host.services(), host.registry);
    const PluginReport report = plugins.reload().at(0);
    REQUIRE(report.refused);
    const std::string reason = (host.paths.directory / "p.so").string() +
                               ": probe: the plugin did not return from " + hangs.step +
                               " within " + std::to_string(time.count()) + " ms";
    if (!report.reason.starts_with(reason)) continue;
    CHECK(report.id == (hangs.step == "load" ? "" : "fixture"));
    return;
  }
}

TEST_CASE("a process that a plugin starts and lets go does not outlast the probe") {
  const auto [how, reason] = GENERATE(table<std::string, std::string>({
      {"refuse", "create"},
      {"exit", "ended the process in create"},
      {"segv", "crashed in create"},
      {"hang", "did not return from create"},
  }));
  const Fifo fifo;
  Host host;
  host.install("p", "good", "left = " + fifo.path() + "\ncreate = " + how + "\n");
  if (how == "hang") host.paths.probe_time = 300ms;
  std::string found;
  // On a busy machine its time may be over before it has come that far.
  while (found.find(reason) == std::string::npos && host.paths.probe_time < 10min) {
    host.paths.probe_time *= 2;
    PluginDirectory plugins(host.paths, host.services(), host.registry);
    found = first_reason(plugins.reload());
  }
  CHECK_THAT(found, Catch::Contains(reason));
  CHECK(fifo.abandoned());
}

TEST_CASE("what a plugin says while it is probed is in the log for debugging") {
  Host host;
  host.install("p", "good");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  REQUIRE(plugins.reload().at(0).live);
  const std::vector<std::string> round = {"probe: create", "probe: activate", "probe: deactivate",
                                          "probe: destroy"};
  std::vector<std::string> rounds = round;
  rounds.insert(rounds.end(), round.begin(), round.end());
  CHECK(host.debug_log.of("p") == rounds);
}

TEST_CASE("without a probe that may be trusted every plugin is refused") {
  Host host;
  host.install("p", "good");
  const fs::path probe = host.root.path() / "probe";
  host.paths.probe = probe;
  const std::string name = probe.string();
  std::string reason;
  SECTION("none is configured") {
    host.paths.probe.clear();
    reason = "none is configured";
  }
  SECTION("absent") {
    reason = name + ": No such file or directory";
  }
  SECTION("not executable") {
    write_file(probe, contents(PROBE_PROGRAM));
    reason = name + " could not be run: posix_spawn: Permission denied";
  }
  SECTION("writable by others") {
    write_file(probe, contents(PROBE_PROGRAM));
    fs::permissions(probe, fs::perms::owner_all | fs::perms::others_write);
    reason = name + ": may be written by its group or by others, expected by its owner only";
  }
  SECTION("a directory") {
    host_test::make_directory(probe);
    reason = name + ": is not a regular file";
  }
  SECTION("another program") {
    write_file(probe, "#!/bin/sh\necho step exit; echo what is this >&2\n");
    make_executable(probe);
    reason = name +
             " exited with code 0 without a report, expected a dcc-plugin-probe of this host's "
             "version; its last words: what is this";
  }
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  CHECK(first_reason(plugins.reload()) == "no plugin is loaded without a probe: " + reason);
  CHECK(host.log.of("p").empty());

  // As soon as there is one, whatever is asked for.
  if (host.paths.probe.empty()) return;
  fs::remove_all(probe);
  write_file(probe, contents(PROBE_PROGRAM));
  make_executable(probe);
  CHECK(plugins.reload(Retry::changed).at(0).live);
}

TEST_CASE("what the probe has refused is probed again when something has changed, or on demand") {
  Host host;
  host.paths.probe = host.root.path() / "probe";
  write_file(host.paths.probe, contents(PROBE_PROGRAM));
  make_executable(host.paths.probe);
  host.install("p", "good", kFails);
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  const std::string reason = first_reason(plugins.reload());
  CHECK(probed(host, "p") == 1);
  const PluginReport again = plugins.reload(Retry::changed).at(0);
  CHECK(again.refused);
  CHECK(again.reason == reason);
  CHECK(again.id == "fixture");
  CHECK(again.found_hash.size() == 64);
  CHECK(probed(host, "p") == 1);
  CHECK(host.log.of("plugins").size() == 2);

  plugins.reload(Retry::all);
  CHECK(probed(host, "p") == 2);
  host.configure("p", std::string(kFails) + "code = E4\n");
  plugins.reload(Retry::changed);
  CHECK(probed(host, "p") == 3);
  host.install("p", "good-v2", std::string(kFails) + "code = E4\n");
  plugins.reload(Retry::changed);
  CHECK(probed(host, "p") == 4);
  // Octets behind the end, which nobody reads.
  write_file(host.paths.probe, contents(PROBE_PROGRAM) + "another");
  make_executable(host.paths.probe);
  plugins.reload(Retry::changed);
  CHECK(probed(host, "p") == 5);
  plugins.reload(Retry::changed);
  CHECK(probed(host, "p") == 5);
}

TEST_CASE("what has passed the probe is not probed again") {
  Host host;
  host.install("a", "good");
  host.install("b", "other-same-srv");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  CHECK(plugins.reload().at(1).refused);  // the SRV is taken, which no probe knows
  CHECK(probed(host, "b") == 2);          // two rounds
  CHECK(plugins.reload().at(1).refused);
  host.remove("a");
  CHECK(plugins.reload().at(0).live);
  CHECK(probed(host, "b") == 2);
}

TEST_CASE("the probe by hand says what it wants and what it has found") {
  using dcc::host::ChildResult;
  using dcc::host::run_child;
  dcc::host::ChildLimits limits{1min};
  limits.file_size = 1 << 20;  // by hand nothing limits it, and a sanitizer may write one
  const std::string good = host_test::fixture("good");
  CHECK(run_child(PROBE_PROGRAM, {"--help"}, limits).number == 0);
  CHECK_THAT(run_child(PROBE_PROGRAM, {"--version"}, limits).output,
             Catch::StartsWith("dcc-plugin-probe "));
  CHECK(run_child(PROBE_PROGRAM, {}, limits).number == 2);
  CHECK(run_child(PROBE_PROGRAM, {good, "more"}, limits).number == 2);

  const ChildResult passed = run_child(PROBE_PROGRAM, {good}, limits, "[fixture]\nnote = x\n");
  CHECK(passed.number == 0);
  CHECK_THAT(passed.output, Catch::EndsWith("step exit\n"));
  const ChildResult refused = run_child(PROBE_PROGRAM, {good}, limits, "[fixture]\n");
  CHECK(refused.number == 1);
  CHECK_THAT(refused.output, Catch::Contains("\nrefused the settings on standard input"));
  const ChildResult absent = run_child(PROBE_PROGRAM, {"/nowhere"}, limits, "[a]\nb = c\n");
  CHECK(absent.number == 1);
  CHECK_THAT(absent.output, Catch::EndsWith("refused /nowhere: No such file or directory\n"));
}
