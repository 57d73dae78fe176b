// SPDX-License-Identifier: Apache-2.0
#include "foreign/answer.hpp"

#include <utility>

#include "foreign/json_writer.hpp"

namespace dcc::foreign {
namespace {

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

void write_relation(const host::Relation& relation, bool of_device, const dcc_request& request,
                    JsonWriter& to) {
  to.member("ask", "acts");
  to.member("agent", host::eui_key(relation.agent));
  if (of_device) to.member("device", host::eui_key(relation.device));
  to.name("at");
  to.integer(*time_of(relation, request));
}

void write_question(const Fact& fact, const dcc_request& request, JsonWriter& to) {
  switch (how_told(fact.kind, fact.key, request)) {
    case Told::user:
      return to.member("ask", "user");
    case Told::device:
      to.member("ask", "device");
      return to.member("device", fact.key);
    case Told::acts:
      if (fact.kind == host::kActsFact) {
        return write_relation(*host::parse_acts_key(fact.key), true, request, to);
      }
      return write_relation(*host::parse_acts_for_any_key(fact.key), false, request, to);
    case Told::fact:
      break;
  }
  to.member("ask", "fact");
  to.member("kind", fact.kind);
  to.member("key", fact.key);
}

void write_questions(const Message& message, JsonWriter& to) {
  to.open('[');
  for (const Fact& fact : message.facts.all()) {
    if (fact.state != Fact::State::asked) continue;
    to.open('{');
    write_question(fact, message.request, to);
    to.close('}');
  }
  to.close(']');
}

// As it was given.
void write_given(const Json& given, JsonWriter& to) {
  switch (given.type) {
    case Json::Type::boolean:
      return to.word(given.boolean ? "true" : "false");
    case Json::Type::integer:
      return to.integer(given.integer);
    case Json::Type::text:
      return to.text(given.text);
    case Json::Type::object:
      to.open('{');
      for (const Json& member : given.elements) {
        to.name(member.name);
        write_given(member, to);
      }
      return to.close('}');
    case Json::Type::null:
    case Json::Type::number:  // no fact has a number of this kind, or an array
    case Json::Type::array:
      break;
  }
  to.word("null");
}

// Calls `write` with what was told in this way, and used.
template <typename Write>
void for_each_read(const Message& message, Told told, Write write) {
  const auto& all = message.facts.all();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Message::Given* const given = message.given(i);
    if (given != nullptr && all[i].used && given->told == told) write(*given->json);
  }
}

void write_read(const Message& message, JsonWriter& to) {
  to.open('{');
  for_each_read(message, Told::user, [&](const Json& user) {
    to.name("user");
    write_given(user, to);
  });
  struct List {
    Told told;
    std::string_view name;
  };
  for (const List list :
       {List{Told::device, "devices"}, {Told::acts, "acts"}, {Told::fact, "facts"}}) {
    const bool has_names = list.told == Told::device;
    bool is_open = false;
    for_each_read(message, list.told, [&](const Json& one) {
      if (!std::exchange(is_open, true)) {
        to.name(list.name);
        to.open(has_names ? '{' : '[');
      }
      if (has_names) to.name(one.name);
      write_given(one, to);
    });
    if (is_open) to.close(has_names ? '}' : ']');
  }
  to.close('}');
}

}  // namespace

std::string answer_text(const Message& message, const Decision& decision,
                        const host::Handler* handler) {
  JsonWriter to;
  to.open('{');
  to.member("outcome", outcome_of(decision.kind));
  if (decision.kind == Decision::Kind::answered) to.member("code", decision.code);
  if (decision.kind == Decision::Kind::asks) {
    to.name("questions");
    write_questions(message, to);
  } else {
    to.member("reason", decision.reason);
  }
  if (handler != nullptr) {
    const host::Handler::Info& info = handler->info();
    to.member("plugin", info.owner);
    to.member("version", info.version);
    to.member("build", info.build);
    to.member("settings", info.settings_hash);
  }
  if (decision.kind == Decision::Kind::answered) {
    to.name("read");
    write_read(message, to);
  }
  to.close('}');
  return std::move(to).take();
}

}  // namespace dcc::foreign
