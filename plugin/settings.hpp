// SPDX-License-Identifier: Apache-2.0
//
// The plugin's settings file, strictly read. Pure functions, safe from any thread.
#pragma once

#include <cstdint>
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

struct Note {
  bool is_warning = false;
  std::string line;
};

// If agents are eligible for some time only: what holds now and what is to come, by UTC and by the
// clocks of Great Britain, and a warning of a date that is in the past. `now`: Unix milliseconds.
std::vector<Note> timetable(const Settings& settings, std::int64_t now);

}  // namespace ch_returns
