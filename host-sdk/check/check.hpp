// SPDX-License-Identifier: Apache-2.0
//
// What a check is, what it is given and what it finds. Plain values; one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "check/offered.hpp"
#include "host/ini.hpp"

namespace dcc::check {

enum class Verdict { pass, warn, fail, skipped };

struct Finding {
  Verdict verdict = Verdict::pass;
  std::string got;       // what was found; for a skipped check: why
  std::string expected;  // empty unless something is wrong
};

inline Finding pass(std::string got = {}) {
  return {Verdict::pass, std::move(got), {}};
}
inline Finding warn(std::string got, std::string expected) {
  return {Verdict::warn, std::move(got), std::move(expected)};
}
inline Finding fail(std::string got, std::string expected) {
  return {Verdict::fail, std::move(got), std::move(expected)};
}
inline Finding skip(std::string reason) {
  return {Verdict::skipped, std::move(reason), {}};
}

// Thrown from within a check, it ends it with this finding.
struct Found {
  Finding finding;
};

class ChildNotes;

// The plugin that is checked, and how.
struct Subject {
  std::filesystem::path file;
  std::string bytes;  // of the file
  std::optional<std::filesystem::path> settings_file;
  std::vector<dcc::host::Setting> settings;  // its content
  Offered offered;
  std::uint64_t seed = 1;
  std::uint64_t requests = 0;                 // how many for each check of handlers
  std::optional<std::uint64_t> only_request;  // of those, by number, if not all
  ChildNotes* notes = nullptr;                // in a child: where it tells how far it is
};

struct Check {
  // Where it runs: in this process, which must not meet the plugin's code, or in a child.
  enum class Place { here, child, child_that_exits };

  std::string_view id;    // kebab-case, never changes its meaning; its first word is its group
  std::string_view what;  // one line: what is tested
  Finding (*run)(const Subject&);
  std::string_view needs = {};       // the check without whose success this one says nothing
  Verdict if_wrong = Verdict::fail;  // also what a crash or a time-out counts as
  Place place = Place::child;

  std::string_view group() const { return id.substr(0, id.find('-')); }
};

// The checks of a group in their order, each in the source file of that name.
std::span<const Check> file_checks();       // file, exports, dependencies
std::span<const Check> entry_checks();      // entry
std::span<const Check> lifecycle_checks();  // lifecycle
std::span<const Check> handler_checks();    // handler, requests
std::span<const Check> instances_checks();  // instances
std::span<const Check> thread_checks();     // threads
std::span<const Check> process_checks();    // process: what a plugin leaves behind

}  // namespace dcc::check
