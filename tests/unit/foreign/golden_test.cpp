// SPDX-License-Identifier: Apache-2.0
// The golden messages through the shared object and the real plugin.
#include <catch2/catch.hpp>
#include <set>

#include "api.hpp"
#include "golden.hpp"

using namespace foreign_test;

TEST_CASE("the library answers the golden messages") {
  const Running running;
  const auto all = golden_messages();
  std::set<std::string> names;
  for (const Golden& golden : all) {
    CAPTURE(golden.name);
    CHECK(names.insert(golden.name).second);
    const Result result = running.library->decide(golden.message);
    if (result.status < 0) {
      CHECK(difference(golden, -result.status, result.text) == "");
    } else {
      CHECK(difference(golden, boost::json::parse(result.text)) == "");
    }
  }
}

TEST_CASE("the golden messages hold every code and every outcome") {
  std::set<std::string> said;
  for (const Golden& golden : golden_messages()) {
    if (golden.is_error) {
      said.insert("error");
      continue;
    }
    const auto& answer = golden.expected.as_object();
    said.insert(text_of(answer.at("outcome")));
    if (answer.contains("code")) {
      said.insert(text_of(answer.at("code")));
    }
  }
  CHECK(said == std::set<std::string>{"E1", "E11", "E12", "E13", "E19", "E2", "E3", "E4", "E5",
                                      "I99", "answered", "asks", "error", "failed", "no_handler",
                                      "not_valid", "unavailable"});
}

TEST_CASE("an answer that asks is answered by what it asks for") {
  const Running running;
  namespace json = boost::json;
  json::object message =
      json::parse(
          golden_message("asks: nothing is told; what most requests need is asked for together"))
          .as_object();
  const auto told = json::parse(R"({"role": "SNA", "status": "Active", "revision": 1})");
  const auto hub = json::parse(R"({"type": "CHF", "status": "Commissioned", "revision": 1})");
  const json::value asked =
      json::parse(running.library->decide(json::serialize(message)).text).at("questions");
  for (const json::value& value : asked.as_array()) {
    json::object question = value.as_object();
    const auto ask = text_of(question.at("ask"));
    if (ask == "user") message["user"] = told;
    if (ask == "device") {
      message["devices"] = json::object{{question.at("device").as_string(), hub}};
    }
    if (ask == "acts") {
      question.erase("ask");
      question["holds"] = true;
      question["revision"] = 1;
      message["acts"] = json::array{question};
    }
  }
  const json::value answer = json::parse(running.library->decide(json::serialize(message)).text);
  CHECK(text_of(answer.at("outcome")) == "answered");
  CHECK(text_of(answer.at("code")) == "E5");
  CHECK(text_of(answer.at("read").at("devices")) == text_of(message.at("devices")));
}
