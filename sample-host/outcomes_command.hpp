// SPDX-License-Identifier: Apache-2.0
//
// `dcc-sample-host outcomes`: what was answered, and why, newest first, for the service desk.
#pragma once

#include <CLI/CLI.hpp>
#include <ostream>
#include <string>

#include "config.hpp"
#include "dcc/instant.hpp"
#include "store/search.hpp"

namespace sample {

struct OutcomesCommand {
  Search search;
  std::optional<dcc::Instant> since, until;
  bool as_json = false;  // a line for each
};

CLI::App* add_outcomes(CLI::App& app, std::string& config_file, OutcomesCommand& command);

// Opens no store that is not there. Throws std::exception.
void outcomes(const Config& config, OutcomesCommand command, std::ostream& out);

}  // namespace sample
