// SPDX-License-Identifier: Apache-2.0
#include "adaptor/outcome_json.hpp"

#include <boost/json.hpp>
#include <stdexcept>
#include <utility>

#include "duis/writer.hpp"
#include "text/hex.hpp"

namespace dcc::adaptor {
namespace {

namespace json = boost::json;
using host::Fact;

std::string text(const json::value& value) {
  return std::string(value.as_string());
}

json::value values_to_json(const Fact& fact) {
  if (fact.state != Fact::State::there) return nullptr;
  json::object values;
  values.reserve(fact.values.size());
  for (const auto& [name, value] : fact.values) values[name] = value;
  return values;
}

json::value eui_or_null(const std::optional<Eui64>& eui) {
  return eui ? json::value(eui->text()) : json::value(nullptr);
}

std::string octets_of(const json::object& record, std::string_view name) {
  const auto octets = from_hex(text(record.at(name)));
  if (!octets) throw std::invalid_argument(std::string(name) + ": expected hexadecimal digits");
  return *octets;
}

Eui64 eui_of(const json::value& value) {
  const auto eui = Eui64::parse(text(value));
  if (!eui) throw std::invalid_argument(text(value) + ": expected an EUI-64");
  return *eui;
}

}  // namespace

std::string items_to_json(const std::vector<Item>& items) {
  json::array out;
  out.reserve(items.size());
  for (const Item& item : items) out.push_back(json::array{item.path, item.value});
  return json::serialize(out);
}

std::vector<Item> items_from_json(std::string_view octets) {
  const json::value parsed = json::parse(octets);
  std::vector<Item> items;
  for (const json::value& pair : parsed.as_array()) {
    items.push_back({text(pair.as_array().at(0)), text(pair.as_array().at(1))});
  }
  return items;
}

json::array facts_view(const std::vector<Fact>& facts) {
  json::array out;
  out.reserve(facts.size());
  for (const Fact& fact : facts) {
    out.push_back({{"kind", fact.kind},
                   {"key", fact.key},
                   {"values", values_to_json(fact)},
                   {"revision", fact.revision},
                   {"used", fact.used}});
  }
  return out;
}

std::string facts_to_json(const std::vector<Fact>& facts) {
  return json::serialize(facts_view(facts));
}

std::vector<Fact> facts_from_json(std::string_view octets) {
  const json::value parsed = json::parse(octets);
  std::vector<Fact> facts;
  for (const json::value& in : parsed.as_array()) {
    Fact& fact = facts.emplace_back();
    fact.kind = text(in.at("kind"));
    fact.key = text(in.at("key"));
    const std::int64_t revision = in.at("revision").as_int64();
    if (in.at("values").is_null()) {
      fact.is_not_there(revision);
    } else {
      std::vector<Fact::Value> values;
      for (const auto& [name, value] : in.at("values").as_object()) {
        values.push_back({name, text(value)});
      }
      fact.is_there(std::move(values), revision);
    }
    fact.used = in.at("used").as_bool();
  }
  return facts;
}

bool is_basis(std::string_view facts_text) {
  return facts_text.starts_with('{');
}

std::string facts_text(const StoredOutcome& stored) {
  return stored.basis.empty() ? facts_to_json(stored.outcome.facts) : stored.basis;
}

void set_facts_text(StoredOutcome& stored, std::string_view text) {
  if (is_basis(text)) {
    stored.basis = text;
  } else {
    stored.outcome.facts = facts_from_json(text);
  }
}

Record record_of(const StoredOutcome& stored) {
  return {stored.outcome,
          stored.cursor,
          stored.accepted_return,
          stored.repeated,
          items_to_json(stored.outcome.items),
          facts_text(stored),
          stored.hash};
}

std::string record_to_json(const Record& record) {
  const Outcome& outcome = record.outcome;
  json::object line{{"cursor", record.cursor},
                    {"request_id", outcome.request_id.text()},
                    {"digest", hex(outcome.digest)},
                    {"srv", outcome.srv},
                    {"role", outcome.role},
                    {"device_id", eui_or_null(outcome.device_id)},
                    {"code", outcome.code},
                    {"reason", outcome.reason},
                    {"received_at", outcome.received_at},
                    {"decided_at", outcome.decided_at},
                    {"handler", outcome.handler},
                    {"settings_hash", outcome.settings_hash},
                    {"items", record.items},
                    {"facts", record.facts},
                    {"accepted_return", record.accepted_return},
                    {"repeated", record.repeated},
                    {"request", hex(outcome.request)},
                    {"response", hex(outcome.response)},
                    {"hash", hex(record.hash)}};
  if (!outcome.trace.empty()) line["trace"] = outcome.trace;
  return json::serialize(line);
}

StoredOutcome record_from_json(std::string_view line) {
  const json::value parsed = json::parse(line);
  const json::object& record = parsed.as_object();
  StoredOutcome stored;
  Outcome& outcome = stored.outcome;
  const auto request_id = RequestId::parse(text(record.at("request_id")));
  if (!request_id) throw std::invalid_argument("request_id: expected a RequestID");
  outcome.request_id = *request_id;
  outcome.digest = octets_of(record, "digest");
  outcome.srv = text(record.at("srv"));
  outcome.role = text(record.at("role"));
  if (!record.at("device_id").is_null()) outcome.device_id = eui_of(record.at("device_id"));
  outcome.code = text(record.at("code"));
  outcome.reason = text(record.at("reason"));
  outcome.received_at = record.at("received_at").as_int64();
  outcome.decided_at = record.at("decided_at").as_int64();
  outcome.handler = text(record.at("handler"));
  outcome.settings_hash = text(record.at("settings_hash"));
  if (const auto* const trace = record.if_contains("trace")) outcome.trace = text(*trace);
  outcome.items = items_from_json(text(record.at("items")));
  set_facts_text(stored, text(record.at("facts")));
  outcome.request = octets_of(record, "request");
  outcome.response = octets_of(record, "response");
  stored.cursor = record.at("cursor").as_int64();
  stored.accepted_return = record.at("accepted_return").as_bool();
  stored.repeated = record.at("repeated").as_bool();
  stored.hash = octets_of(record, "hash");
  return stored;
}

std::string hex(std::string_view octets) {
  return text::hex(octets);
}

std::optional<std::string> from_hex(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  if (text.size() % 2 != 0) return std::nullopt;
  std::string octets;
  unsigned octet = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = kDigits.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    octet = octet << 4 | static_cast<unsigned>(digit < 16 ? digit : digit - 6);
    if (i % 2 == 0) continue;
    octets += static_cast<char>(octet);
    octet = 0;
  }
  return octets;
}

json::array items_view(const Outcome& outcome) {
  json::array items;
  for (const auto& item : outcome.items) {
    items.push_back({{"path", item.path}, {"value", item.value}});
  }
  return items;
}

json::object place_view(const StoredOutcome& stored) {
  json::object view;
  if (!stored.chain.empty()) view["chain"] = stored.chain;
  view["cursor"] = stored.cursor;
  return view;
}

json::object outcome_view(const StoredOutcome& stored) {
  const Outcome& outcome = stored.outcome;
  json::object view = place_view(stored);
  view.insert({{"request_id", outcome.request_id.text()},
               {"srv", outcome.srv},
               {"role", outcome.role},
               {"originator", outcome.request_id.originator.text()},
               {"device_id", eui_or_null(outcome.device_id)},
               {"code", outcome.code},
               {"reason", outcome.reason},
               {"repeated", stored.repeated},
               {"received_at", duis::date_time(outcome.received_at)},
               {"decided_at", duis::date_time(outcome.decided_at)},
               {"handler", outcome.handler},
               {"settings_hash", outcome.settings_hash},
               {"facts", facts_view(outcome.facts)},
               {"hash", hex(stored.hash)}});
  if (!stored.basis.empty()) view["basis"] = stored.basis;
  if (!outcome.trace.empty()) view["trace"] = outcome.trace;
  return view;
}

json::object return_view(const StoredOutcome& stored) {
  const Outcome& outcome = stored.outcome;
  json::object view = place_view(stored);
  view.insert({{"request_id", outcome.request_id.text()},
               {"srv", outcome.srv},
               {"device_id", eui_or_null(outcome.device_id)},
               {"originator", outcome.request_id.originator.text()},
               {"role", outcome.role},
               {"accepted_at", duis::date_time(outcome.decided_at)},
               {"repeated", stored.repeated},
               {"items", items_view(outcome)}});
  return view;
}

}  // namespace dcc::adaptor
