// SPDX-License-Identifier: Apache-2.0
//
// dcc/instant.hpp - points in time as settings and command lines spell them, in C++20. Header-only,
// needs nothing but the standard library. Times are Unix milliseconds; the calendar is UTC's,
// without leap seconds, from the year 1 to 9999. Pure; safe from any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dcc {

// A UTC day, which begins at `at`, or a point in time.
struct Instant {
  std::int64_t at = 0;
  bool is_day = false;

  // The end of the day, or the point itself: for settings that say until when.
  std::int64_t end() const { return is_day ? at + 86'400'000 : at; }
};

namespace instant_detail {

// Reads what is ahead, and remembers whether all of it was as expected.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  // Exactly `digits` of them.
  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const bool digit = i < rest_.size() && rest_[i] >= '0' && rest_[i] <= '9';
      if (!digit) return fail();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }
  bool skip(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char expected) {
    if (!skip(expected)) fail();
  }
  int fail() {
    good_ = false;
    return 0;
  }
  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

inline std::string padded(std::int64_t number, std::size_t width) {
  std::string text = std::to_string(number);
  return std::string(width - std::min(width, text.size()), '0') + text;
}

// "2026-11-05T00:00:00", of UTC.
inline std::string date_time(std::int64_t at) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(at)};
  const sys_days midnight = floor<days>(time);
  const year_month_day day(midnight);
  const hh_mm_ss clock(floor<seconds>(time - midnight));
  return padded(int{day.year()}, 4) + '-' + padded(unsigned{day.month()}, 2) + '-' +
         padded(unsigned{day.day()}, 2) + 'T' + padded(clock.hours().count(), 2) + ':' +
         padded(clock.minutes().count(), 2) + ':' + padded(clock.seconds().count(), 2);
}

// In summer Great Britain's clocks are an hour ahead of UTC: from the last Sunday of March to the
// last of October, each at 01:00 UTC.
inline bool is_british_summer(std::int64_t at) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(at)};
  const year_month_day day(floor<days>(time));
  const auto change = [&](month in) { return sys_days(day.year() / in / Sunday[last]) + hours(1); };
  return time >= change(March) && time < change(October);
}

}  // namespace instant_detail

// "2026-11-05", or a time with its offset: "2026-11-05T00:00Z", "2026-11-05T01:00:00+01:00".
// Nothing: the text is neither, or there is no such day or time.
inline std::optional<Instant> parse_instant(std::string_view text) {
  using namespace std::chrono;
  instant_detail::Scanner scan(text);
  const year year_number{scan.number(4)};
  scan.expect('-');
  const month month_number{static_cast<unsigned>(scan.number(2))};
  scan.expect('-');
  const year_month_day day = year_number / month_number / scan.number(2);
  if (!scan.good() || !day.ok() || year_number < year(1)) return std::nullopt;
  sys_time<milliseconds> time = sys_days(day);
  if (scan.at_end()) return Instant{time.time_since_epoch().count(), true};

  scan.expect('T');
  const int hour = scan.number(2);
  scan.expect(':');
  const int minute = scan.number(2);
  const int second = scan.skip(':') ? scan.number(2) : 0;
  int offset = 0;  // in minutes
  if (!scan.skip('Z')) {
    const bool ahead = scan.skip('+');
    if (!ahead) scan.expect('-');
    const int offset_hours = scan.number(2);
    scan.expect(':');
    const int offset_minutes = scan.number(2);
    if (offset_hours > 14 || offset_minutes > 59) return std::nullopt;
    offset = (ahead ? 1 : -1) * (offset_hours * 60 + offset_minutes);
  }
  if (!scan.good() || !scan.at_end() || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  time += hours(hour) + minutes(minute - offset) + seconds(second);
  return Instant{time.time_since_epoch().count(), false};
}

// "2026-11-05T00:00:00Z"; milliseconds are not said.
inline std::string utc_text(std::int64_t at) {
  return instant_detail::date_time(at) + 'Z';
}

// By the clocks of Great Britain: "2026-06-25T01:00:00 BST", "2026-11-05T00:00:00 GMT".
inline std::string uk_text(std::int64_t at) {
  constexpr std::int64_t kHour = 3'600'000;
  return instant_detail::is_british_summer(at) ? instant_detail::date_time(at + kHour) + " BST"
                                               : instant_detail::date_time(at) + " GMT";
}

}  // namespace dcc
