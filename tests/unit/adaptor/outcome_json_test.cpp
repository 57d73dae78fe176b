// SPDX-License-Identifier: Apache-2.0
//
// The parts of an outcome that are stored as JSON text.
#include "adaptor/outcome_json.hpp"

#include <catch2/catch.hpp>

using namespace dcc::adaptor;

TEST_CASE("the JSON of facts and of items keeps what it was made from") {
  std::vector<dcc::host::Fact> facts;
  CHECK(facts_to_json(facts) == "[]");
  facts.resize(2);
  facts[0].kind = "dcc.device";
  facts[0].key = "00-DB-12-34-56-78-00-01";
  facts[0].is_there({{"type", "CHF"}, {"status", "Pending"}}, 3);
  facts[0].used = true;
  facts[1].kind = "com.example.tariff";
  facts[1].key = "\"a\"";
  facts[1].is_not_there(-7);
  const std::string text = facts_to_json(facts);
  CHECK(text ==
        R"([{"kind":"dcc.device","key":"00-DB-12-34-56-78-00-01",)"
        R"("values":{"type":"CHF","status":"Pending"},"revision":3,"used":true},)"
        R"({"kind":"com.example.tariff","key":"\"a\"","values":null,"revision":-7,"used":false}])");
  CHECK(facts_to_json(facts_from_json(text)) == text);
  CHECK(items_to_json({{"a", "1"}}) == R"([["a","1"]])");
  CHECK(items_to_json({{"a", "1"}, {"b/c", "2"}}) == R"([["a","1"],["b/c","2"]])");
  CHECK(items_from_json(items_to_json({{"a", "1"}})).at(0).value == "1");
}

TEST_CASE("JSON that is damaged is an error") {
  for (const char* text : {"", "[", "{}", "[1]", "[{}]",
                           R"([{"kind":"k","key":"k","values":1,"revision":1,"used":true}])",
                           R"([{"kind":"k","key":"k","values":{"a":1},"revision":1,"used":true}])",
                           R"([{"kind":"k","key":"k","values":{},"revision":"1","used":true}])",
                           R"([{"kind":"k","key":"k","values":{},"revision":1,"used":1}])"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(facts_from_json(text), std::exception);
  }
  for (const char* text : {"", "{}", "[1]", "[[\"a\"]]"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(items_from_json(text), std::exception);
  }
}
