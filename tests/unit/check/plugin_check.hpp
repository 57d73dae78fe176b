// SPDX-License-Identifier: Apache-2.0
//
// dcc-plugin-check as its user runs it, and its report taken apart.
#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "host/child_process.hpp"
#include "support/temp_directory.hpp"

namespace check_test {

namespace fs = std::filesystem;

struct Ended {
  int code = -1;
  std::string out, err;
};

// Where nothing else is said, a check may take longer than it takes on any loaded machine.
inline Ended plugin_check(std::vector<std::string> arguments) {
  if (std::ranges::find(arguments, "--timeout") == arguments.end()) {
    arguments.insert(arguments.end(), {"--timeout", "240"});
  }
  dcc::host::ChildLimits limits;
  limits.time = std::chrono::minutes(5);
  limits.output = 1 << 20;
  limits.file_size = std::size_t{1} << 30;
  limits.open_files = 256;
  const auto result = dcc::host::run_child(PLUGIN_CHECK, arguments, limits);
  INFO(result.why << result.errors);
  REQUIRE(result.end == dcc::host::ChildResult::End::exited);
  return {result.number, result.output, result.errors};
}

struct Line {
  std::string id, verdict, got, expected, again;
};

struct Report {
  int code = -1;
  bool good = false;
  std::vector<Line> checks;  // in order

  const Line& check(const std::string& id) const {
    for (const Line& line : checks) {
      if (line.id == id) return line;
    }
    throw std::runtime_error("the report has no check " + id);
  }
  // The first check with this verdict; empty: none.
  std::string first(const std::string& verdict) const {
    for (const Line& line : checks) {
      if (line.verdict == verdict) return line.id;
    }
    return {};
  }
};

inline std::string text_in(const boost::json::object& object, const char* key) {
  const auto* const value = object.if_contains(key);
  return value == nullptr ? std::string() : std::string(value->as_string());
}

inline Report report(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--format", "json"});
  const Ended ended = plugin_check(arguments);
  INFO(ended.out << ended.err);
  REQUIRE(ended.code != 2);
  const auto json = boost::json::parse(ended.out).as_object();
  Report report{ended.code, json.at("good").as_bool(), {}};
  for (const auto& value : json.at("checks").as_array()) {
    const auto& check = value.as_object();
    report.checks.push_back({text_in(check, "id"), text_in(check, "verdict"), text_in(check, "got"),
                             text_in(check, "expected"), text_in(check, "again")});
  }
  REQUIRE(report.good == (report.code == 0));
  return report;
}

inline std::string check_fixture(const std::string& name) {
  return (fs::path(CHECK_FIXTURES) / (name + ".so")).string();
}
inline std::string host_fixture(const std::string& name) {
  return (fs::path(HOST_FIXTURES) / (name + ".so")).string();
}

// A settings file, gone with the object.
class Settings {
 public:
  explicit Settings(const std::string& text) { support::write_file(path(), text); }
  std::string path() const { return (directory_.path() / "settings.ini").string(); }

 private:
  support::TempDirectory directory_;
};

// The plugin that misbehaves in this way.
inline Settings misbehaving(const std::string& how) {
  return Settings("[misbehaving]\nhow = " + how + "\nother = on\n");
}

}  // namespace check_test
