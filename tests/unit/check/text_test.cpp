// SPDX-License-Identifier: Apache-2.0
#include "check/text.hpp"

#include <catch2/catch.hpp>

using dcc::check::is_utf8;
using dcc::check::printable;

TEST_CASE("UTF-8 is told from what is none") {
  for (const std::string good :
       {"", "text", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
        "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "a\xe2\x82\xac z"}) {
    CAPTURE(good);
    CHECK(is_utf8(good));
  }
  for (const std::string bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2z", "\xe0\x9f\xbf", "\xe2\x82",
        "\xe2\x82z", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "text\xfe"}) {
    CAPTURE(printable(bad));
    CHECK_FALSE(is_utf8(bad));
  }
}

TEST_CASE("Text of unknown make is printed on one line in UTF-8") {
  CHECK(printable("plain \xe2\x82\xac") == "plain \xe2\x82\xac");
  CHECK(printable(std::string_view("a\0b\n\x1b\xff", 6)) == "a\\x00b\\x0a\\x1b\\xff");
  CHECK(printable("\xe2\x82") == "\\xe2\\x82");
  CHECK(printable("abcdef", 3) == "abc...");
  CHECK(printable("abc", 3) == "abc");
}
