// SPDX-License-Identifier: Apache-2.0
//
// Messages to dcch_decide(), as adaptors of any language write them. The input is a message; a
// handler of this file's own asks for facts of each kind, so that all of them come into an answer.
// Each input is tried as options, too.
#include <boost/json.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dcc/plugin.hpp"
#include "foreign/answer.hpp"
#include "foreign/bad_input.hpp"
#include "foreign/json_tree.hpp"
#include "foreign/message.hpp"
#include "foreign/options.hpp"
#include "fuzz/promise.hpp"
#include "host/decide.hpp"
#include "host/one_line.hpp"

namespace {

namespace json = boost::json;
using dcc::foreign::BadInput;
using dcc::host::Decision;
using dcc::host::Fact;
using dcc::host::Facts;
using fuzz::promise;
using fuzz::promise_same;

constexpr std::string_view kKind = "com.example.tariff";

// Asks for all that a request can be asked for, and for keys that no member of a message can say.
class Asking final : public dcc::host::Handler {
 public:
  Asking() {
    info_.srv = "8.14.3";
    info_.endpoint = "serviceD";
    info_.body_element = "CHFFaultReturn";
    info_.command_variants = 1U << 8;
    info_.owner = "asking";
  }
  const Info& info() const override { return info_; }
  void decide(const dcc_request& request, Facts& facts,
              Decision& decision) const noexcept override {
    for (Fact& fact : facts.all()) fact.used = false;
    decision = {Decision::Kind::answered, "I99", std::string(dcc::view(request.user_role))};
    const auto device = dcc::parse_eui64(dcc::item(request, "DeviceID").value_or("")).value_or(7);
    const std::uint64_t agent = request.originator;
    const std::int64_t at = request.received_at;
    use(facts, dcc::host::kDeviceFact, dcc::host::eui_key(device), decision);
    use(facts, dcc::host::kActsFact, *dcc::host::acts_key(agent, device, at), decision);
    use(facts, dcc::host::kActsForAnyFact, *dcc::host::acts_for_any_key(agent, 0), decision);
    use(facts, dcc::host::kDeviceFact, "no EUI-64", decision);
    use(facts, kKind, dcc::item(request, "Key").value_or("k"), decision);
  }

 private:
  static void use(Facts& facts, std::string_view kind, std::string_view key, Decision& decision) {
    Fact& fact = facts.ask(kind, key);
    fact.used = fact.state != Fact::State::asked;
    if (fact.state == Fact::State::asked) decision = {Decision::Kind::asks, {}, {}};
    if (fact.state == Fact::State::unavailable) decision = {Decision::Kind::unavailable, {}, {}};
  }

  Info info_;
};

// Nothing: it is refused.
std::optional<std::string> answer(std::string_view text) {
  static const dcc::host::HandlerTable table({{"8.14.3", std::make_shared<const Asking>()}});
  static const std::vector<std::string> kinds = {std::string(kKind)};
  try {
    const dcc::foreign::JsonTree tree(text);
    dcc::foreign::Message message(tree.root(), kinds);
    Decision decision;
    const auto* const handler =
        dcc::host::decide(table, message.endpoint, message.request, message.facts, decision);
    return dcc::foreign::answer_text(message, decision, handler);
  } catch (const BadInput& error) {
    promise(fuzz::is_one_line(error.what()), "an error is one line");
    promise(dcc::host::is_utf8(error.what()), "an error is UTF-8");
    return std::nullopt;
  }
}

// Everything in `part` stands, with the same value, in `whole`.
void promise_part(const json::value& part, const json::value& whole) {
  if (part.is_array()) {
    for (const json::value& element : part.as_array()) {
      const auto& all = whole.as_array();
      promise(std::find(all.begin(), all.end(), element) != all.end(), "what was read was given");
    }
    return;
  }
  if (!part.is_object()) return promise(part == whole, "what was read was given");
  for (const auto& member : part.as_object()) {
    const json::value* const given = whole.as_object().if_contains(member.key());
    promise(given != nullptr, "what was read was given");
    promise(*given == member.value(), "what was read is as it was given");
  }
}

// The message with an answer to each question, and none of them twice.
json::object told(json::object message, const json::array& questions) {
  const auto list = [&](const char* name) -> json::array& {
    return message.insert({{name, json::array()}}), message.at(name).as_array();
  };
  for (const json::value& value : questions) {
    json::object question = value.as_object();
    const json::string ask = question.at("ask").as_string();
    question.erase("ask");
    question["revision"] = 1;
    if (ask == "user") {
      message["user"] = json::object{{"role", "SNA"}, {"status", "Active"}, {"revision", 1}};
    } else if (ask == "device") {
      message.insert({{"devices", json::object()}});
      message.at("devices").as_object()[question.at("device").as_string()] = nullptr;
    } else if (ask == "acts") {
      question["holds"] = true;
      list("acts").push_back(question);
    } else {
      promise(ask == "fact", "a question is of one of four kinds");
      question["values"] = nullptr;
      list("facts").push_back(question);
    }
  }
  return message;
}

void check(const std::string& said, std::string_view text) {
  promise(dcc::host::is_utf8(said), "an answer is UTF-8");
  const json::object object = json::parse(said).as_object();
  const json::value message = json::parse(json::string_view(text.data(), text.size()));
  promise_same(answer(json::serialize(message)).value_or("refused"), said,
               "the same message, written otherwise, has the same answer");
  if (const json::value* const read = object.if_contains("read")) {
    for (const auto& member : read->as_object()) {
      promise_part(member.value(), message.at(member.key()));
    }
  }
  if (object.at("outcome") != json::value("asks")) return;
  const json::array& questions = object.at("questions").as_array();
  promise(!questions.empty(), "who asks has a question");
  json::object next = message.as_object();
  for (int round = 0; round < 8; ++round) {
    const auto again = answer(json::serialize(next));
    if (!again) return;  // of more facts than a message may have
    const json::object reply = json::parse(*again).as_object();
    if (reply.at("outcome") != json::value("asks")) return;
    next = told(next, reply.at("questions").as_array());
  }
  promise(false, "who answers what is asked is not asked for ever");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto said = answer(text)) check(*said, text);
  try {
    const dcc::foreign::Options options = dcc::foreign::read_options(text);
    promise(options.paths.directory.is_absolute() && options.paths.probe.is_absolute(),
            "paths are absolute");
  } catch (const BadInput& error) {
    promise(fuzz::is_one_line(error.what()), "a refusal is one line");
  }
  return 0;
}
