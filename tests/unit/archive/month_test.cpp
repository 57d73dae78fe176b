// SPDX-License-Identifier: Apache-2.0
#include "archive/month.hpp"

#include <catch2/catch.hpp>

using namespace sample;

TEST_CASE("months are those of UTC, and follow one another") {
  CHECK(month_of(0) == "1970-01");
  CHECK(month_of(-1) == "1969-12");
  CHECK(month_of(1'748'735'999'999) == "2025-05");
  CHECK(month_of(1'748'736'000'000) == "2025-06");
  CHECK(month_after("2025-05") == "2025-06");
  CHECK(month_after("2025-12") == "2026-01");
}

TEST_CASE("a date is the first of a month, or none") {
  CHECK(first_of_month("2025-06-01") == 1'748'736'000'000);
  CHECK(first_of_month("1970-01-01") == 0);
  for (const char* text :
       {"", "2025-06-02", "2025-06", "2025-00-01", "2025-13-01", "25-06-01", "2025-6-01",
        "2025/06-01", "2025-06-01 ", " 2025-06-01", "x025-06-01", "+025-06-01", "2025-+6-01"}) {
    CAPTURE(text);
    CHECK_FALSE(first_of_month(text));
  }
}
