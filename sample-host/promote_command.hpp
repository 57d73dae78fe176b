// SPDX-License-Identifier: Apache-2.0
//
// `dcc-sample-host promote` and `rollback`: a candidate goes live, and what ran before comes back,
// by moving files.
#pragma once

#include <CLI/CLI.hpp>
#include <ostream>
#include <string>

#include "config.hpp"

namespace sample {

struct PromoteCommand {
  std::string name;  // the stem of the candidate's files
  bool accept_differences = false;
};

CLI::App* add_promote(CLI::App& app, std::string& config_file, PromoteCommand& command);
CLI::App* add_rollback(CLI::App& app, std::string& config_file, std::string& name);

// Puts the candidate in the place of the plugin with its id, keeps what was there, and has the
// running host reload. True: it is live. Refuses (false, and why is written to `out`) while the
// running host has seen it answer otherwise, fail or ask, or not decide at all. Throws
// std::exception: it cannot be done; the live files are as they were.
bool promote(const Config& config, const PromoteCommand& command, std::ostream& out);

// Exchanges the plugin with this stem and what the last promote or rollback has put aside.
bool rollback(const Config& config, const std::string& name, std::ostream& out);

}  // namespace sample
