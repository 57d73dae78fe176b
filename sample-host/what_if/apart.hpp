// SPDX-License-Identifier: Apache-2.0
//
// Deciding again runs the code of plugins that may crash: in a process of its own, with a directory
// of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "host/plugin_directory.hpp"

namespace sample {

// The exit codes of what decides again.
enum class Again { same = 0, changed = 1, not_run = 2 };

// `directory`: empty, this process's own, and gone after it. `at_record`: the task says there at
// which record of the store it is; 0: at none.
using DecideAgain = std::function<Again(const std::filesystem::path& directory,
                                        std::atomic<std::int64_t>& at_record)>;

// Runs the task in a child process; so it is to be called before there are threads, and with all
// output flushed. What it throws, and that it was killed and at which record, is said on standard
// error, and is not_run.
Again decide_apart(const DecideAgain& task);

// One line on standard error.
void complain(const std::string& why);

// For candidates, whose output is a report: the log is standard error, warnings and worse.
dcc::host::HostServices quiet(dcc::host::HostServices services);

}  // namespace sample
