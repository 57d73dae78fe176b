// SPDX-License-Identifier: Apache-2.0
#include "host/one_line.hpp"

#include <catch2/catch.hpp>

using dcc::host::is_utf8;
using dcc::host::one_line;
using dcc::host::printable;
using dcc::host::valid_utf8;

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

TEST_CASE("A character that is not seen is shown by its number") {
  struct Case {
    std::string text, shown;
  };
  for (const auto& [text, shown] : {
           Case{"\xc2\xa0Pending", "<U+00A0>Pending"},      // no-break space
           Case{"Pending\xe2\x80\x8b", "Pending<U+200B>"},  // zero width space
           Case{"\xef\xbb\xbfkey", "<U+FEFF>key"},          // byte order mark
           Case{"a\xe2\x80\xae"
                "b",
                "a<U+202E>b"},  // right to left from here
           Case{"a\xe2\x81\xa6"
                "b",
                "a<U+2066>b"},  // left to right isolate
           Case{"a\xc2\xad"
                "b",
                "a<U+00AD>b"},  // soft hyphen
           Case{"a\xc2\x9b"
                "31m",
                "a<U+009B>31m"},  // a control that commands terminals
           Case{"a\xc2\x85"
                "b",
                "a<U+0085>b"},  // next line
           Case{"a\xe2\x80\xa8"
                "b",
                "a<U+2028>b"},  // line separator
           Case{"a\xe2\x80\x82"
                "b",
                "a<U+2002>b"},  // en space
           Case{"a\xe3\x80\x80"
                "b",
                "a<U+3000>b"},  // ideographic space
           Case{"a\xe2\x80\x8d"
                "b",
                "a<U+200D>b"},  // zero width joiner
           Case{"a\xef\xb8\x8f"
                "b",
                "a<U+FE0F>b"},  // variation selector
           Case{"a\xf3\xa0\x80\xa1"
                "b",
                "a<U+E0021>b"},  // tag
       }) {
    CHECK(one_line(text, 100) == shown);
    CHECK(printable(text) == shown);
    CHECK(one_line(shown, 100) == shown);  // what was shown once is shown again as it is
  }
  // Those beside them are seen.
  for (const std::string seen : {"\xc2\xa1", "\xc3\xa9", "\xe2\x80\x90", "\xe2\x82\xac",
                                 "\xef\xbf\xbd", "\xf0\x9f\x98\x80"}) {
    CHECK(one_line(seen, 100) == seen);
    CHECK(printable(seen) == seen);
  }
}

TEST_CASE("Octets that are no UTF-8 are shown one by one and all else stays") {
  CHECK(one_line("P\xe9nding\n", 100) == "P\\xe9nding ");
  CHECK(one_line("\xff\xff", 4) == "\\xff");
  CHECK(one_line("\xff\xff", 3).empty());
  CHECK(one_line("ab\xc2\xa0", 9) == "ab");  // not a part of <U+00A0>
  CHECK(one_line("ab\xc2\xa0", 10) == "ab<U+00A0>");
  CHECK(one_line("a\xc3\xa9", std::string::npos) == "a\xc3\xa9");
  CHECK(valid_utf8("caf\xe9\n\xc2\xa0") == "caf\\xe9\n\xc2\xa0");
  CHECK(valid_utf8("caf\xe9", "%") == "caf%e9");
  CHECK(valid_utf8("caf\xc3\xa9") == "caf\xc3\xa9");
}

TEST_CASE("Whatever the octets are what is shown is UTF-8 on one line within its limit") {
  for (unsigned first = 0; first < 256; ++first) {
    for (const unsigned second :
         {0x00U, 0x0aU, 0x41U, 0x7fU, 0x80U, 0x9fU, 0xa0U, 0xbfU, 0xc2U, 0xffU}) {
      std::string text{static_cast<char>(first), static_cast<char>(second)};
      text += "\x80\xbf";
      for (const std::size_t limit : {0U, 1U, 2U, 3U, 4U, 5U, 16U, 100U}) {
        const std::string line = one_line(text, limit);
        REQUIRE(line.size() <= limit);
        REQUIRE(is_utf8(line));
        REQUIRE(line.find('\n') == std::string::npos);
        REQUIRE(is_utf8(printable(text, limit)));
      }
      REQUIRE(is_utf8(valid_utf8(text)));
      REQUIRE(one_line(printable(text), 100) == printable(text));
    }
  }
}
