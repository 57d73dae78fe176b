// SPDX-License-Identifier: Apache-2.0
//
// The plugin's settings file, strictly read. Pure functions, safe from any thread.
#pragma once

#include <string>
#include <vector>

#include "dcc/plugin.hpp"
#include "eligibility.hpp"

namespace ch_returns {

// Throws dcc::Refused, which names section, key, value and what is allowed: an unknown section or
// key, a missing one, one given twice in whichever spelling, a value that is none.
Settings read_settings(const std::vector<dcc::Setting>& given);

// The effective matrix in one line.
std::string describe(const Settings& settings);

}  // namespace ch_returns
