// SPDX-License-Identifier: Apache-2.0
#include "shadow/message.hpp"

#include <boost/json/array.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "dcc/instant.hpp"
#include "dcc/plugin.hpp"

namespace sample {
namespace {

namespace json = boost::json;
using dcc::host::Fact;

std::string eui(std::uint64_t id) {
  return std::string(std::string_view(dcc::host::eui_key(id)));
}

// Its values and revision; null: it is not there.
json::value told(const Fact& fact) {
  if (fact.state != Fact::State::there) return nullptr;
  json::object members;
  for (const auto& [name, value] : fact.values) members[name] = value;
  members["revision"] = fact.revision;
  return members;
}

json::object told_acts(const Fact& fact, const dcc::host::Relation& relation, bool for_any) {
  json::object members{{"agent", eui(relation.agent)},
                       {"at", dcc::parse_instant(relation.day).value_or(dcc::Instant()).at},
                       {"holds", fact.value("acts") == "yes"},
                       {"revision", fact.revision}};
  if (!for_any) members["device"] = eui(relation.device);
  return members;
}

json::object told_other(const Fact& fact) {
  json::object members{{"kind", fact.kind}, {"key", fact.key}, {"revision", fact.revision}};
  auto& values = members["values"];
  if (fact.state != Fact::State::there) return members;
  values.emplace_object();
  for (const auto& [name, value] : fact.values) values.as_object()[name] = value;
  return members;
}

class Facts {
 public:
  void add(const Fact& fact) {
    if (fact.state != Fact::State::there && fact.state != Fact::State::not_there) return;
    if (fact.kind == dcc::host::kUserFact) {
      user = told(fact);
    } else if (fact.kind == dcc::host::kDeviceFact) {
      devices[fact.key] = told(fact);
    } else if (const auto acts = dcc::host::parse_acts_key(fact.key);
               acts && fact.kind == dcc::host::kActsFact) {
      relations.push_back(told_acts(fact, *acts, false));
    } else if (const auto any = dcc::host::parse_acts_for_any_key(fact.key);
               any && fact.kind == dcc::host::kActsForAnyFact) {
      relations.push_back(told_acts(fact, *any, true));
    } else {
      others.push_back(told_other(fact));
    }
  }

  std::optional<json::value> user;
  json::object devices;
  json::array relations, others;
};

}  // namespace

json::object decide_message(const dcc_request& request, std::span<const Fact> facts) {
  json::array items;
  for (std::size_t i = 0; i < request.item_count; ++i) {
    const dcc_item& item = request.items[i];
    items.push_back(json::array{dcc::view(item.path), dcc::view(item.value)});
  }
  json::object message{{"srv", dcc::view(request.srv)},
                       {"service_reference", dcc::view(request.service_reference)},
                       {"command_variant", request.command_variant},
                       {"originator", eui(request.originator)},
                       {"target", eui(request.target)},
                       {"counter", std::to_string(request.counter)},
                       {"body_element", dcc::view(request.body_element)},
                       {"items", std::move(items)},
                       {"received_at", request.received_at},
                       {"deadline", request.deadline}};
  Facts known;
  for (const Fact& fact : facts) known.add(fact);
  if (known.user) message["user"] = std::move(*known.user);
  message["devices"] = std::move(known.devices);
  message["acts"] = std::move(known.relations);
  message["facts"] = std::move(known.others);
  return message;
}

}  // namespace sample
