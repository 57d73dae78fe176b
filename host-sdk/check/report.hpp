// SPDX-License-Identifier: Apache-2.0
//
// The findings as text for people and as JSON for programs. Neither holds a time or anything else
// that differs from run to run. Pure; safe from any thread.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "check/run_checks.hpp"

namespace dcc::check {

// No check failed.
bool is_good(const std::vector<Result>& results);

void write_text(std::ostream& out, const Subject& subject, const std::vector<Result>& results);
void write_json(std::ostream& out, const Subject& subject, const std::vector<Result>& results);

// Every check's id and what it tests, a line each.
void write_list(std::ostream& out);

}  // namespace dcc::check
