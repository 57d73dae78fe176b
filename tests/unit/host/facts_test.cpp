// SPDX-License-Identifier: Apache-2.0
// Keys of facts: how they are spelled, and that nothing else is read as one.
#include "host/facts.hpp"

#include <catch2/catch.hpp>

using namespace dcc::host;

namespace {

constexpr std::uint64_t kAgent = 0x90B3D51F30010000;
constexpr std::uint64_t kHub = 0xFFDB1234567890AB;
constexpr std::int64_t kDay = 86'400'000;

std::string acts_for_any(std::int64_t at) {
  const auto key = acts_for_any_key(kAgent, at);
  return key ? std::string(*key) : "none";
}

}  // namespace

TEST_CASE("keys are spelled one way") {
  CHECK(std::string_view(eui_key(0)) == "00-00-00-00-00-00-00-00");
  CHECK(std::string_view(eui_key(kHub)) == "FF-DB-12-34-56-78-90-AB");
  CHECK(std::string_view(*acts_key(kAgent, kHub, 0)) ==
        "90-B3-D5-1F-30-01-00-00 FF-DB-12-34-56-78-90-AB 1970-01-01");
  const std::string agent = "90-B3-D5-1F-30-01-00-00 ";
  CHECK(acts_for_any(kDay - 1) == agent + "1970-01-01");
  CHECK(acts_for_any(kDay) == agent + "1970-01-02");
  CHECK(acts_for_any(-1) == agent + "1969-12-31");
  CHECK(acts_for_any(1'795'485'942'123) == agent + "2026-11-24");
  CHECK(acts_for_any(951'782'400'000) == agent + "2000-02-29");
}

TEST_CASE("a day outside the years 1 to 9999 has no key") {
  CHECK(acts_for_any(-62'135'596'800'000) == "90-B3-D5-1F-30-01-00-00 0001-01-01");
  CHECK(acts_for_any(-62'135'596'800'001) == "none");
  CHECK(acts_for_any(253'402'300'799'999) == "90-B3-D5-1F-30-01-00-00 9999-12-31");
  CHECK(acts_for_any(253'402'300'800'000) == "none");
  CHECK(acts_for_any(INT64_MAX) == "none");
  CHECK(acts_for_any(INT64_MIN) == "none");
}

TEST_CASE("keys are read as they were spelled") {
  CHECK(parse_eui_key(eui_key(kHub)) == kHub);
  const FactKey acts = *acts_key(kAgent, kHub, kDay);
  const auto relation = parse_acts_key(acts);
  REQUIRE(relation);
  CHECK(relation->agent == kAgent);
  CHECK(relation->device == kHub);
  CHECK(relation->day == "1970-01-02");
  const FactKey any = *acts_for_any_key(kAgent, kDay);
  const auto for_any = parse_acts_for_any_key(any);
  REQUIRE(for_any);
  CHECK(for_any->agent == kAgent);
  CHECK(for_any->day == "1970-01-02");
}

TEST_CASE("what is no key is not read") {
  const std::string acts(std::string_view(*acts_key(kAgent, kHub, 0)));
  for (std::size_t i = 0; i < acts.size(); ++i) {
    std::string wrong = acts;
    wrong[i] = '?';
    CAPTURE(wrong);
    CHECK_FALSE(parse_acts_key(wrong));
    CHECK_FALSE(parse_acts_key(acts.substr(0, i)));
  }
  CHECK_FALSE(parse_acts_key(acts + " "));
  const std::string any(std::string_view(*acts_for_any_key(kAgent, 0)));
  for (std::size_t i = 0; i < any.size(); ++i) {
    std::string wrong = any;
    wrong[i] = '?';
    CAPTURE(wrong);
    CHECK_FALSE(parse_acts_for_any_key(wrong));
    CHECK_FALSE(parse_acts_for_any_key(any.substr(0, i)));
  }
  CHECK_FALSE(parse_acts_key(any));
  CHECK_FALSE(parse_acts_for_any_key(acts));
  CHECK_FALSE(parse_eui_key(""));
  CHECK_FALSE(parse_eui_key("00-DB-12-34-56-78-90-0"));
}

TEST_CASE("a fact is asked for once") {
  Facts facts;
  CHECK(facts.find("k", "1") == nullptr);
  facts.ask("k", "1").is_there({{"a", "x"}}, 2);
  facts.ask("k", "2");
  CHECK(facts.ask("k", "1").value("a") == "x");
  CHECK_FALSE(facts.ask("k", "1").value("b"));
  CHECK(facts.all().size() == 2);
}

TEST_CASE("an answer is the same whatever its revision is") {
  Fact one, other;
  one.is_there({{"a", "x"}}, 1);
  other.is_there({{"a", "x"}}, 2);
  CHECK(one.same_answer(other));
  other.is_there({{"a", "y"}}, 1);
  CHECK_FALSE(one.same_answer(other));
  other.is_not_there(1);
  CHECK_FALSE(one.same_answer(other));
  other.is_unavailable("gone");
  CHECK_FALSE(one.same_answer(other));
}
