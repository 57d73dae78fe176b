// SPDX-License-Identifier: Apache-2.0
//
// Months, in UTC, as text that sorts: 2026-05. Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sample {

// Of a time in Unix milliseconds.
std::string month_of(std::int64_t unix_ms);
// `month` must be one.
std::string month_after(std::string_view month);
bool is_month(std::string_view text);

// The begin of a month in Unix milliseconds, from a date such as 2026-06-01; nothing, if it is no
// date, or not the first of a month.
std::optional<std::int64_t> first_of_month(std::string_view date);

}  // namespace sample
