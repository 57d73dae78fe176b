// SPDX-License-Identifier: Apache-2.0
//
// Times as settings and command lines spell them, against `date` of the C library and the dates on
// which Great Britain's clocks change.
#include "dcc/instant.hpp"

#include <catch2/catch.hpp>
#include <ctime>
#include <string>

namespace {

std::int64_t at(const std::string& text) {
  const auto instant = dcc::parse_instant(text);
  INFO(text);
  REQUIRE(instant);
  return instant->at;
}

// By the C library, with the zone's own rules.
std::string by_libc(std::int64_t when) {
  const std::time_t time = when / 1000;
  std::tm parts{};
  ::localtime_r(&time, &parts);
  char text[64];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S %Z", &parts);
  return text;
}

}  // namespace

TEST_CASE("A day is its UTC day, a time is what its offset says") {
  CHECK(at("1970-01-01") == 0);
  CHECK(dcc::parse_instant("1970-01-01")->is_day);
  CHECK(dcc::parse_instant("1970-01-01")->end() == 86'400'000);
  CHECK_FALSE(dcc::parse_instant("1970-01-01T00:00Z")->is_day);
  CHECK(dcc::parse_instant("1970-01-01T00:00Z")->end() == 0);
  CHECK(at("2026-11-05") == 1'793'836'800'000);
  CHECK(at("2026-06-25T00:00:00+01:00") == at("2026-06-24T23:00Z"));
  CHECK(at("2026-06-25T00:00:07-00:30") == at("2026-06-25T00:30:07Z"));
  CHECK(at("2024-02-29") + 86'400'000 == at("2024-03-01"));
  for (const char* text : {"",
                           "2026",
                           "2026-11",
                           "2026-1-05",
                           "26-11-05",
                           "2026-02-29",
                           "2026-13-01",
                           "2026-00-01",
                           "2026-11-00",
                           "0000-01-01",
                           "2026-11-05 ",
                           " 2026-11-05",
                           "2026-11-05T",
                           "2026-11-05T10",
                           "2026-11-05T10:00",
                           "2026-11-05T10:00:00",
                           "2026-11-05T24:00Z",
                           "2026-11-05T10:60Z",
                           "2026-11-05T10:00:60Z",
                           "2026-11-05T10:00+1",
                           "2026-11-05T10:00+15:00",
                           "2026-11-05T10:00+01:60",
                           "2026-11-05T10:00Z ",
                           "2026-11-05t10:00z",
                           "2026-11-05 10:00Z",
                           "-026-11-05",
                           "+026-11-05",
                           "2026-11-0x"}) {
    CAPTURE(text);
    CHECK_FALSE(dcc::parse_instant(text));
  }
}

TEST_CASE("A time is said in UTC and by the clocks of Great Britain") {
  CHECK(dcc::utc_text(at("2026-11-05")) == "2026-11-05T00:00:00Z");
  CHECK(dcc::uk_text(at("2026-11-05")) == "2026-11-05T00:00:00 GMT");
  CHECK(dcc::uk_text(at("2026-06-25")) == "2026-06-25T01:00:00 BST");
  CHECK(dcc::utc_text(at("2026-06-25T00:00+01:00")) == "2026-06-24T23:00:00Z");
  CHECK(dcc::uk_text(at("2026-06-25T00:00+01:00")) == "2026-06-25T00:00:00 BST");
  CHECK(dcc::utc_text(at("0007-01-02")) == "0007-01-02T00:00:00Z");
  // Every half hour of the days around each change, for years.
  ::setenv("TZ", "GMT0BST,M3.5.0/1,M10.5.0", 1);
  ::tzset();
  for (int year = 2000; year < 2060; ++year) {
    for (const char* day : {"-03-24", "-10-24"}) {
      const std::int64_t begin = at(std::to_string(year) + day);
      for (std::int64_t when = begin; when < begin + 9 * 86'400'000LL; when += 1'800'000) {
        if (dcc::uk_text(when) != by_libc(when)) FAIL(dcc::utc_text(when));
      }
    }
  }
}
