// SPDX-License-Identifier: Apache-2.0
#include "duis/identifiers.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <random>

using dcc::duis::Eui64;
using dcc::duis::RequestId;

namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
const std::string kOriginator = "90-B3-D5-1F-30-01-00-00";
const std::string kTarget = "90-B3-D5-1F-30-00-00-02";

}  // namespace

TEST_CASE("an EUI-64 is read as a number, whatever the case of its digits") {
  CHECK(Eui64::parse("90-B3-D5-1F-30-01-00-00") == Eui64{0x90B3D51F30010000});
  CHECK(Eui64::parse("90-b3-d5-1f-30-01-00-00") == Eui64{0x90B3D51F30010000});
  CHECK(Eui64::parse("aB-Cd-eF-Ab-cD-Ef-00-01") == Eui64{0xABCDEFABCDEF0001});
  CHECK(Eui64::parse("00-00-00-00-00-00-00-00") == Eui64{0});
  CHECK(Eui64::parse("FF-ff-FF-ff-FF-ff-FF-ff") == Eui64{kMax});
}

TEST_CASE("nothing but the schema's spelling is an EUI-64") {
  const std::string text = GENERATE(values<std::string>({
      "",
      "90",
      "90B3D51F30010000",
      "90-B3-D5-1F-30-01-00-0",
      "90-B3-D5-1F-30-01-00-000",
      "90-B3-D5-1F-30-01-00",
      "90-B3-D5-1F-30-01-00-00-00",
      " 90-B3-D5-1F-30-01-00-00",
      "90-B3-D5-1F-30-01-00-00 ",
      "90:B3:D5:1F:30:01:00:00",
      "90-B3-D5-1F-30-01-00:00",
      "9-0B3-D5-1F-30-01-00-00",
      "90-B3-D5-1F-30-01-00-0G",
      "90-B3-D5-1F-30-01-00-0g",
      "90-B3-D5-1F-30-01-00-0`",
      "90-B3-D5-1F-30-01-00-0@",
      "90-B3-D5-1F-30-01-00-0/",
      "90-B3-D5-1F-30-01-00-+0",
      "90-B3-D5-1F-30-01-00-0\xC3",
      std::string("90-B3-D5-1F-30-01-00-0\0", 23),
  }));
  CAPTURE(text);
  CHECK_FALSE(Eui64::parse(text));
}

TEST_CASE("an EUI-64 is written in upper case, and reads back as itself") {
  CHECK(Eui64{0x0A0B0C0D0E0F0102}.text() == "0A-0B-0C-0D-0E-0F-01-02");
  CHECK(Eui64{kMax}.text() == "FF-FF-FF-FF-FF-FF-FF-FF");
  CHECK(Eui64{}.text() == "00-00-00-00-00-00-00-00");
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const Eui64 eui{random()};
    REQUIRE(Eui64::parse(eui.text()) == eui);
  }
}

TEST_CASE("a RequestID is three numbers") {
  const auto id = RequestId::parse(kOriginator + ":" + kTarget + ":1000");
  REQUIRE(id);
  CHECK(id->originator == Eui64{0x90B3D51F30010000});
  CHECK(id->target == Eui64{0x90B3D51F30000002});
  CHECK(id->counter == 1000);
  CHECK(id->text() == kOriginator + ":" + kTarget + ":1000");
  CHECK(RequestId::parse("90-b3-d5-1f-30-01-00-00:90-b3-D5-1f-30-00-00-02:1000") == id);
}

TEST_CASE("a RequestID's counter takes all of 64 bits and no more") {
  const std::string ids = kOriginator + ":" + kTarget + ":";
  const auto counter = [&](const std::string& digits) {
    const auto id = RequestId::parse(ids + digits);
    return id ? std::optional(id->counter) : std::nullopt;
  };
  CHECK(counter("0") == 0u);
  CHECK(counter("1") == 1u);
  CHECK(counter("9223372036854775808") == 9223372036854775808u);
  CHECK(counter("18446744073709551615") == kMax);
  CHECK_FALSE(counter("18446744073709551616"));
  CHECK_FALSE(counter("18446744073709551620"));
  CHECK_FALSE(counter("99999999999999999999"));
  CHECK_FALSE(counter("184467440737095516150"));
  CHECK_FALSE(counter("100000000000000000000000000000000000000001"));
}

TEST_CASE("nothing but the schema's spelling is a RequestID") {
  const std::string ids = kOriginator + ":" + kTarget;
  const std::string text = GENERATE_COPY(values<std::string>({
      "",
      ":",
      "::",
      kOriginator,
      ids,
      ids + ":",
      ids + ": 1",
      ids + ":1 ",
      ids + ":00",
      ids + ":01",
      ids + ":+1",
      ids + ":-1",
      ids + ":1.0",
      ids + ":1e3",
      ids + ":0x1",
      ids + ":1:",
      ids + ":1:1",
      ids + "-1",
      ids + ":\xD9\xA1",  // a digit, but not ASCII's
      " " + ids + ":1",
      kOriginator + "-" + kTarget + ":1",
      kOriginator + "::1",
      ":" + kTarget + ":1",
      kOriginator + ": " + kTarget + ":1",
      "90B3D51F30010000:" + kTarget + ":1",
      "90-B3-D5-1F-30-01-00-0Z:" + kTarget + ":1",
      kOriginator + ":90-B3-D5-1F-30-00-00-0Z:1",
  }));
  CAPTURE(text);
  CHECK_FALSE(RequestId::parse(text));
}

TEST_CASE("RequestIDs are ordered and compared by their numbers") {
  const RequestId id{{1}, {2}, 3};
  CHECK(id == RequestId{{1}, {2}, 3});
  CHECK(id != RequestId{{1}, {2}, 4});
  CHECK(id != RequestId{{1}, {3}, 3});
  CHECK(id != RequestId{{2}, {2}, 3});
  CHECK(id < RequestId{{2}, {0}, 0});
  CHECK(id < RequestId{{1}, {3}, 0});
  CHECK(RequestId{{1}, {2}, 9} < RequestId{{1}, {2}, 10});
}
