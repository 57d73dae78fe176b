// SPDX-License-Identifier: Apache-2.0
#include "store/outcome_json.hpp"

#include <boost/json.hpp>
#include <utility>

namespace sample {
namespace {

namespace json = boost::json;
using dcc::host::Fact;

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

}  // namespace sample
