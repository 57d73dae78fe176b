// SPDX-License-Identifier: Apache-2.0
//
// Runs checks: those of the file in this process, all others each in a child process of its own,
// whose crash or hang is a finding. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "check/check.hpp"

namespace dcc::check {

// All checks in their order; a check stands behind the one that it needs.
std::vector<Check> all_checks();

struct Result {
  Check check;
  Finding finding;
  std::optional<std::uint64_t> request;  // the last one that was asked, if it went wrong then
};

// `only`: this check alone, and none that it needs; empty: all. `time` is for each check.
// std::system_error: the children cannot be run.
std::vector<Result> run_checks(const Subject& subject, std::string_view only,
                               std::chrono::milliseconds time);

// In the child: runs the check, leaves its finding in the notes and ends the process.
[[noreturn]] void run_as_child(const Subject& subject, std::string_view id,
                               const std::filesystem::path& notes);

}  // namespace dcc::check
