// SPDX-License-Identifier: Apache-2.0
#include "foreign/log_ring.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "golden.hpp"

using dcc::foreign::LogRing;
using foreign_test::text_of;
using Level = dcc::host::HostServices::Level;
namespace json = boost::json;

TEST_CASE("The log keeps the last lines, and says how many it has dropped") {
  LogRing log;
  for (std::size_t i = 0; i < LogRing::kLines + 5; ++i) {
    log.add(Level::info, "s", std::to_string(i));
  }
  const json::value taken = json::parse(log.take(1 << 20));
  const json::array& lines = taken.as_array();
  REQUIRE(lines.size() == LogRing::kLines + 1);
  CHECK(text_of(lines.at(0).at("level")) == "warning");
  CHECK_THAT(text_of(lines.at(0).at("line")), Catch::Contains("5 earlier"));
  CHECK(text_of(lines.at(1).at("line")) == "5");
  CHECK(text_of(lines.back().at("line")) == std::to_string(LogRing::kLines + 4));
  CHECK(log.take(1 << 20) == "[]");
}

TEST_CASE("A line that does not fit stays") {
  LogRing log;
  log.add(Level::error, "s", "a \"line\"\n\xff");
  const std::string whole = R"([{"level":"error","source":"s","line":"a \"line\"\n\\xff"}])";
  CHECK(log.take(10) == whole);
  CHECK(log.take(whole.size() - 1) == whole);
  CHECK(log.take(whole.size()) == whole);
  CHECK(log.take(2) == "[]");
  CHECK(log.take(0) == "[]");
}
