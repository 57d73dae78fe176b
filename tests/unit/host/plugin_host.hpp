// SPDX-License-Identifier: Apache-2.0
//
// A host for the tests of this room: directories of its own, a log that can be asked, and facts
// that say what a test wants.
#pragma once

#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "host/plugin_directory.hpp"

namespace host_test {

namespace fs = std::filesystem;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "dcc-host-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    path_ = name;
  }
  ~TemporaryDirectory() { fs::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

inline std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// As an installer does it: under another name first, and not writable by others.
inline void write_file(const fs::path& path, const std::string& text) {
  const fs::path fresh = path.string() + ".new";
  std::ofstream(fresh, std::ios::binary) << text;
  fs::permissions(fresh, fs::perms::owner_read | fs::perms::owner_write);
  fs::rename(fresh, path);
}

inline void make_directory(const fs::path& path) {
  fs::create_directory(path);
  fs::permissions(path, fs::perms::owner_all);
}

inline fs::path fixture(const std::string& name) {
  return fs::path(HOST_FIXTURES) / (name + ".so");
}

// What was logged, from whichever thread, as "source: line".
class Log {
 public:
  void add(std::string_view source, std::string_view line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::string(source) + ": " + std::string(line));
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
  }
  // The lines of one source, without it.
  std::vector<std::string> of(const std::string& source) const {
    std::vector<std::string> found;
    for (const std::string& line : lines()) {
      if (line.starts_with(source + ": ")) found.push_back(line.substr(source.size() + 2));
    }
    return found;
  }
  std::ptrdiff_t count(const std::string& line) const {
    const auto all = lines();
    return std::count(all.begin(), all.end(), line);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// Answers what is asked for as a test says.
struct FakeFacts {
  struct Device {
    std::string type, status;
    std::int64_t revision = 0;
  };

  void answer(dcc::host::Facts& facts) {
    for (dcc::host::Fact& fact : facts.all()) {
      if (fact.state != dcc::host::Fact::State::asked) continue;
      ++questions;
      answer(fact);
    }
  }

  std::map<std::string, Device> devices;  // by key
  std::string down;                       // why nothing can be answered
  bool orderer = false;
  bool any = false;
  int questions = 0;
  // "test.chain": which key follows which.
  std::function<std::string(const std::string&)> next;

 private:
  void answer(dcc::host::Fact& fact) {
    if (!down.empty()) return fact.is_unavailable(down);
    if (fact.kind == dcc::host::kActsFact)
      return fact.is_there({{"acts", orderer ? "yes" : "no"}}, 1);
    if (fact.kind == dcc::host::kActsForAnyFact)
      return fact.is_there({{"acts", any ? "yes" : "no"}}, 1);
    if (fact.kind == "test.chain") return fact.is_there({{"next", next(fact.key)}}, 1);
    const auto it = devices.find(fact.key);
    if (it == devices.end()) return fact.is_not_there(0);
    fact.is_there({{"type", it->second.type}, {"status", it->second.status}}, it->second.revision);
  }
};

inline constexpr const char* kSeven = "00-00-00-00-00-00-00-07";
inline constexpr const char* kEight = "00-00-00-00-00-00-00-08";

inline constexpr std::int64_t kNow = 42;  // of the host's clock
inline constexpr std::int64_t kDeadline = 1000;

// Directories, log and registry of one host. Plugins are put there by name of a fixture.
class Host {
 public:
  Host() {
    make_directory(paths.directory);
    make_directory(paths.config_directory);
  }

  dcc::host::HostServices services() {
    dcc::host::HostServices services;
    services.name = "test host";
    services.version = "9";
    services.log = [this](auto level, std::string_view source, std::string_view line) {
      (level == dcc::host::HostServices::Level::debug ? debug_log : log).add(source, line);
      if (on_line) on_line(line);
    };
    services.fact_kinds = {"test.chain"};
    services.now = [this] { return now.load(); };
    return services;
  }

  void install(const std::string& stem, const std::string& fixture_name,
               const std::string& settings = "") {
    configure(stem, settings);
    write_file(paths.directory / (stem + ".so"), contents(fixture(fixture_name)));
  }
  void configure(const std::string& stem, const std::string& settings) {
    write_file(paths.config_directory / (stem + ".ini"), "[fixture]\nnote = x\n" + settings);
  }
  void remove(const std::string& stem) { fs::remove(paths.directory / (stem + ".so")); }

  dcc::host::Decision decide(const std::string& srv = "8.14.3") {
    FakeFacts known;
    return decide(known, srv);
  }
  dcc::host::Decision decide(FakeFacts& known, const std::string& srv = "8.14.3") {
    dcc::host::Facts facts;
    return decide(known, facts, srv);
  }
  dcc::host::Decision decide(FakeFacts& known, dcc::host::Facts& facts,
                             const std::string& srv = "8.14.3") {
    dcc_request request{};
    request.size = sizeof request;
    request.originator = 5;
    request.deadline = kDeadline;
    const auto table = registry.current();
    dcc::host::Decision decision;
    const auto& handler = *table->handlers().at(srv);
    handler.decide(request, facts, decision);
    for (int round = 0;
         round < dcc::host::kMaxRounds && decision.kind == dcc::host::Decision::Kind::asks;
         ++round) {
      known.answer(facts);
      handler.decide(request, facts, decision);
    }
    return decision;
  }

  TemporaryDirectory root;
  dcc::host::PluginPaths paths{root.path() / "plugins", root.path() / "config",
                               root.path() / "cache", PROBE_PROGRAM,
                               std::chrono::minutes(1)};  // only a hung one takes that long
  // Called with each line in the thread that logs it; may wait.
  std::function<void(std::string_view)> on_line;
  Log log;
  Log debug_log;  // of that level; what the probe has heard from plugins
  std::atomic<std::int64_t> now = kNow;
  dcc::host::LiveHandlers registry;
};

inline std::string first_reason(const std::vector<dcc::host::PluginReport>& reports) {
  return reports.empty() ? "no report" : reports.front().reason;
}

}  // namespace host_test
