// SPDX-License-Identifier: Apache-2.0
//
// `dcc-sample-host what-if`: what another build or other settings would have answered to every
// request that was answered.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>

#include "config.hpp"
#include "dcc/instant.hpp"
#include "what_if/candidate.hpp"
#include "what_if/report.hpp"

namespace sample {

struct WhatIfCommand {
  Candidate::Change change;                  // nothing: what lies in the directories
  std::optional<dcc::Instant> since, until;  // receipt times; `until` itself is not in it
  std::string srv, role;                     // empty: all
  WhatIfReport::Format format = WhatIfReport::Format::text;
  bool list = false;
  std::filesystem::path expected;  // the changes that were agreed to; empty: none
};

CLI::App* add_what_if(CLI::App& app, std::string& config_file, WhatIfCommand& command);

// Decides in a child process, because a candidate may crash; so it is to be called before there are
// threads. The exit code: 0: nothing changes, or nothing beyond what was agreed to; 1: something
// does; 2: it could not be found out, and standard error says why, as it says the progress.
int what_if(const std::filesystem::path& config_file, const WhatIfCommand& command,
            std::ostream& out);

}  // namespace sample
