// SPDX-License-Identifier: Apache-2.0
//
// Where a reader stands in each chain, as a text.
#include "adaptor/cursors.hpp"

#include <catch2/catch.hpp>

using dcc::adaptor::Cursors;

TEST_CASE("cursors are written and read as one text") {
  for (const char* text : {"0", "1", "9223372036854775807", "a.0:1", "host-a.0:1042,host-b.0:977",
                           "A.0:1,a.0:2,a.10:3,a.2:9223372036854775807"}) {
    CAPTURE(text);
    const auto cursors = Cursors::parse(text);
    REQUIRE(cursors);
    CHECK(cursors->text() == text);
  }
  CHECK(Cursors::parse("host-a.0:1042,host-b.0:977")->of("host-b.0") == 977);
  CHECK(Cursors::parse("host-a.0:1042")->of("host-b.0") == 0);
  CHECK(Cursors::parse("1042")->of("") == 1042);
  CHECK(Cursors::parse("0")->all().empty());
}

TEST_CASE("what are no cursors is not taken for some") {
  for (const char* text : {"",
                           "-1",
                           "+1",
                           " 1",
                           "1 ",
                           "x",
                           "9223372036854775808",
                           "a:1",
                           "a.0",
                           "a.0:",
                           "a.0:0",
                           ".0:1",
                           "a.:1",
                           "a.x:1",
                           "a.0:1,",
                           ",a.0:1",
                           "a.0:1,a.0:2",
                           "b.0:1,a.0:1",
                           "a_b.0:1",
                           "a.0:-1",
                           "a.0:1;b.0:1",
                           "a.0.0:1",
                           "1,2",
                           "a.0:1,2"}) {
    CAPTURE(text);
    CHECK_FALSE(Cursors::parse(text));
  }
}

TEST_CASE("a cursor of 0 is none") {
  Cursors cursors(5);
  cursors.set("", 0);
  CHECK(cursors == Cursors());
  CHECK(cursors.text() == "0");
}
