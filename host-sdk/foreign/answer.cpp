// SPDX-License-Identifier: Apache-2.0
#include "foreign/answer.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>

#include "json/json_text.hpp"

namespace dcc::foreign {
namespace {

namespace json = boost::json;
using host::Decision;
using host::Fact;

std::string_view outcome_of(Decision::Kind kind) {
  switch (kind) {
    case Decision::Kind::answered:
      return "answered";
    case Decision::Kind::asks:
      return "asks";
    case Decision::Kind::not_valid:
      return "not_valid";
    case Decision::Kind::no_handler:
      return "no_handler";
    case Decision::Kind::unavailable:
      return "unavailable";
    case Decision::Kind::failed:
      break;
  }
  return "failed";
}

json::object relation_question(const host::Relation& relation, bool of_device,
                               const dcc_request& request, json::storage_ptr memory) {
  json::object question(std::move(memory));
  question["ask"] = "acts";
  question["agent"] = std::string_view(host::eui_key(relation.agent));
  if (of_device) question["device"] = std::string_view(host::eui_key(relation.device));
  question["at"] = *time_of(relation, request);
  return question;
}

json::object question_of(const Fact& fact, const dcc_request& request, json::storage_ptr memory) {
  json::object question(memory);
  switch (how_told(fact.kind, fact.key, request)) {
    case Told::user:
      question["ask"] = "user";
      return question;
    case Told::device:
      question["ask"] = "device";
      question["device"] = fact.key;
      return question;
    case Told::acts:
      if (fact.kind == host::kActsFact) {
        return relation_question(*host::parse_acts_key(fact.key), true, request, std::move(memory));
      }
      return relation_question(*host::parse_acts_for_any_key(fact.key), false, request,
                               std::move(memory));
    case Told::fact:
      break;
  }
  question["ask"] = "fact";
  question["kind"] = fact.kind;
  question["key"] = fact.key;
  return question;
}

json::array questions_of(const Message& message, const json::storage_ptr& memory) {
  json::array questions(memory);
  for (const Fact& fact : message.facts.all()) {
    if (fact.state == Fact::State::asked) {
      questions.push_back(question_of(fact, message.request, memory));
    }
  }
  return questions;
}

// As it was given.
json::value value_of(const Json& given, const json::storage_ptr& memory) {
  switch (given.type) {
    case Json::Type::boolean:
      return json::value(given.boolean, memory);
    case Json::Type::integer:
      return json::value(given.integer, memory);
    case Json::Type::text:
      return json::value(json::string_view(given.text), memory);
    case Json::Type::object: {
      json::object object(given.elements.size(), memory);
      for (const Json& member : given.elements) object[member.name] = value_of(member, memory);
      return object;
    }
    case Json::Type::null:
    case Json::Type::number:  // no fact has a number of this kind, or an array
    case Json::Type::array:
      break;
  }
  return json::value(nullptr, memory);
}

json::object read_of(const Message& message, const json::storage_ptr& memory) {
  json::object read(memory);
  json::object devices(memory);
  json::array acts(memory), facts(memory);
  const auto& all = message.facts.all();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Message::Given* const given = message.given(i);
    if (given == nullptr || !all[i].used) continue;
    json::value value = value_of(*given->json, memory);
    switch (given->told) {
      case Told::user:
        read["user"] = std::move(value);
        break;
      case Told::device:
        devices[given->json->name] = std::move(value);
        break;
      case Told::acts:
        acts.push_back(std::move(value));
        break;
      case Told::fact:
        facts.push_back(std::move(value));
        break;
    }
  }
  if (!devices.empty()) read["devices"] = std::move(devices);
  if (!acts.empty()) read["acts"] = std::move(acts);
  if (!facts.empty()) read["facts"] = std::move(facts);
  return read;
}

}  // namespace

std::string answer_text(const Message& message, const Decision& decision,
                        const host::Handler* handler) {
  std::array<unsigned char, 4096> room;
  json::monotonic_resource resource(room.data(), room.size());
  const json::storage_ptr memory(&resource);
  json::object answer(12, memory);
  answer["outcome"] = outcome_of(decision.kind);
  if (decision.kind == Decision::Kind::answered) answer["code"] = decision.code;
  if (decision.kind == Decision::Kind::asks) {
    answer["questions"] = questions_of(message, memory);
  } else {
    answer["reason"] = decision.reason;
  }
  if (handler != nullptr) {
    const host::Handler::Info& info = handler->info();
    answer["plugin"] = info.owner;
    answer["version"] = info.version;
    answer["build"] = info.build;
    answer["settings"] = info.settings_hash;
  }
  if (decision.kind == Decision::Kind::answered) answer["read"] = read_of(message, memory);
  return json_text(json::value(std::move(answer), memory));
}

}  // namespace dcc::foreign
