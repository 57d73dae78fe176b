// SPDX-License-Identifier: Apache-2.0
#include "json/json_text.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "host/one_line.hpp"

namespace json = boost::json;

TEST_CASE("whatever octets a string has, JSON is UTF-8 and says which they were") {
  for (unsigned octet = 0x80; octet < 0x100; ++octet) {
    const std::string text = "a\\" + std::string(1, static_cast<char>(octet)) + "\"b";
    char shown[8];
    std::snprintf(shown, sizeof shown, "\\x%02x", octet);
    const auto written = dcc::json_text(json::object{{text, json::array{text, 1}}});
    CAPTURE(written);
    CHECK(dcc::host::is_utf8(written));
    const auto read = json::parse(written).as_object();
    const std::string expected = "a\\" + std::string(shown) + "\"b";
    CHECK(read.at(expected).as_array().at(0).as_string() == expected);
  }
}

TEST_CASE("text that is UTF-8 is the same in JSON") {
  const std::string text = "caf\xc3\xa9\n\xc2\xa0\xef\xbb\xbf\xf0\x9f\x98\x80\\x";
  CHECK(json::parse(dcc::json_text(json::value(text))).as_string() == text);
}
