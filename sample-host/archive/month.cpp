// SPDX-License-Identifier: Apache-2.0
#include "archive/month.hpp"

#include <charconv>
#include <chrono>

namespace sample {
namespace {

namespace chrono = std::chrono;

std::string text_of(chrono::year_month month) {
  std::string text = std::to_string(static_cast<int>(month.year()));
  text.insert(0, text.size() < 4 ? 4 - text.size() : 0, '0');
  const unsigned number = static_cast<unsigned>(month.month());
  return text + (number < 10 ? "-0" : "-") + std::to_string(number);
}

// Digits only, all of them.
std::optional<unsigned> number_of(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<chrono::year_month> parse(std::string_view text) {
  if (text.size() != 7 || text[4] != '-') return std::nullopt;
  const auto year = number_of(text.substr(0, 4));
  const auto month = number_of(text.substr(5));
  if (!year || !month) return std::nullopt;
  const chrono::year_month parsed{chrono::year(static_cast<int>(*year)), chrono::month(*month)};
  if (!parsed.ok()) return std::nullopt;
  return parsed;
}

}  // namespace

std::string month_of(std::int64_t unix_ms) {
  const chrono::sys_time<chrono::milliseconds> time{chrono::milliseconds(unix_ms)};
  const chrono::year_month_day day{chrono::floor<chrono::days>(time)};
  return text_of(day.year() / day.month());
}

std::string month_after(std::string_view month) {
  return text_of(parse(month).value() + chrono::months(1));
}

bool is_month(std::string_view text) {
  return parse(text).has_value();
}

std::optional<std::int64_t> first_of_month(std::string_view date) {
  if (date.size() != 10 || !date.ends_with("-01")) return std::nullopt;
  const auto month = parse(date.substr(0, 7));
  if (!month) return std::nullopt;
  const chrono::sys_days day{*month / 1};
  return chrono::milliseconds(day.time_since_epoch()).count();
}

}  // namespace sample
