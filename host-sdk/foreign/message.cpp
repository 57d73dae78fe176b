// SPDX-License-Identifier: Apache-2.0
#include "foreign/message.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>

#include "dcc/host.h"
#include "dcc/plugin.hpp"
#include "foreign/bad_input.hpp"
#include "host/call.hpp"

namespace dcc::foreign {
namespace {

using host::Fact;
using Names = std::span<const std::string_view>;

constexpr std::size_t kCounterDigits = 20;  // of 2^64 - 1

constexpr auto kMessage = std::to_array<std::string_view>(
    {"srv", "service_reference", "command_variant", "endpoint", "originator", "target", "counter",
     "body_element", "items", "canonical", "received_at", "deadline", "user", "devices", "acts",
     "facts", "unavailable"});
constexpr auto kUser = std::to_array<std::string_view>({"role", "status", "revision"});
constexpr auto kDevice = std::to_array<std::string_view>({"type", "status", "revision"});
constexpr auto kActs =
    std::to_array<std::string_view>({"agent", "device", "at", "holds", "revision"});
constexpr auto kFact = std::to_array<std::string_view>({"kind", "key", "values", "revision"});

std::uint64_t read_counter(const Members& members) {
  const std::string_view text = read_text(members, "counter");
  std::uint64_t counter = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), counter);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || text.size() > kCounterDigits || counter == 0) {
    refuse(Path(members.path(), "counter"), shown(members.at("counter")),
           "a text of digits, from \"1\" to \"18446744073709551615\"");
  }
  return counter;
}

std::string said(const Fact& fact) {
  std::string text = fact.state == Fact::State::there ? "" : "not there, ";
  for (const auto& [name, value] : fact.values) text += name + " " + value + ", ";
  return text + "revision " + std::to_string(fact.revision);
}

std::string place(const Message::Given& given) {
  const std::string index = '[' + std::to_string(given.index) + ']';
  switch (given.told) {
    case Told::user:
      return "user";
    case Told::device:
      return "devices." + std::string(given.json->name);
    case Told::acts:
      return "acts" + index;
    case Told::fact:
      break;
  }
  return "facts" + index;
}

}  // namespace

std::optional<std::int64_t> time_of(const host::Relation& relation, const dcc_request& request) {
  using namespace std::chrono;
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (const char c : relation.day.substr(at, digits)) value = value * 10 + (c - '0');
    return value;
  };
  const year_month_day day{year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                           std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  if (!day.ok()) return std::nullopt;
  const sys_days first = day;
  if (floor<days>(sys_time<milliseconds>(milliseconds(request.received_at))) == first) {
    return request.received_at;
  }
  const std::int64_t at = milliseconds(first.time_since_epoch()).count();
  return at >= 0 && at <= kMaxTime ? std::optional(at) : std::nullopt;
}

// A key that is spelt otherwise than ours is another question: no member could answer it.
Told how_told(std::string_view kind, std::string_view key, const dcc_request& request) {
  if (kind == host::kUserFact) {
    return key == host::eui_key(request.originator) ? Told::user : Told::fact;
  }
  if (kind == host::kDeviceFact) {
    const auto id = host::parse_eui_key(key);
    return id && key == host::eui_key(*id) ? Told::device : Told::fact;
  }
  if (kind == host::kActsFact) {
    const auto relation = host::parse_acts_key(key);
    const auto at = relation ? time_of(*relation, request) : std::nullopt;
    return at && key == *host::acts_key(relation->agent, relation->device, *at) ? Told::acts
                                                                                : Told::fact;
  }
  if (kind == host::kActsForAnyFact) {
    const auto relation = host::parse_acts_for_any_key(key);
    const auto at = relation ? time_of(*relation, request) : std::nullopt;
    return at && key == *host::acts_for_any_key(relation->agent, *at) ? Told::acts : Told::fact;
  }
  return Told::fact;
}

class Message::Reader {
 public:
  Reader(Message& message, std::span<const std::string> fact_kinds)
      : to_(message), fact_kinds_(fact_kinds) {}

  void read(const Json& json) {
    const Path top;
    const Members members(json, top, kMessage);
    read_request(members);
    read_items(members);
    if (const Json* const text = members.find("unavailable")) {
      to_.unavailable = read_word(*text, {top, "unavailable"}, host::kMaxReason);
    }
    if (const Json* const user = members.find("user")) read_user(*user, {top, "user"});
    if (const Json* const devices = members.find("devices")) {
      read_devices(*devices, {top, "devices"});
    }
    if (const Json* const acts = members.find("acts")) read_all_acts(*acts, {top, "acts"});
    if (const Json* const others = members.find("facts")) read_facts(*others, {top, "facts"});
  }

 private:
  void read_request(const Members& members) {
    dcc_request& to = to_.request;
    to.size = sizeof to;
    to.srv = str(read_word(members, "srv"));
    to.service_reference = str(read_word(members, "service_reference"));
    to.command_variant = static_cast<std::uint32_t>(
        read_integer(members, "command_variant", std::numeric_limits<std::uint32_t>::max()));
    if (const Json* const text = members.find("endpoint")) {
      to_.endpoint = read_word(*text, {members.path(), "endpoint"});
    }
    to.originator = read_eui64(members, "originator");
    to.target = read_eui64(members, "target");
    to.counter = read_counter(members);
    to.body_element = str(read_word(members, "body_element"));
    to.user_role = str("");
    if (members.find("canonical") != nullptr) {
      const std::string_view octets = read_text(members, "canonical");
      to.canonical = {reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size()};
    }
    to.received_at = read_integer(members, "received_at", kMaxTime);
    to.deadline = read_integer(members, "deadline", kMaxTime);
  }

  void read_items(const Members& members) {
    const Path path(members.path(), "items");
    const auto items = read_array(members.at("items"), path);
    to_.items_.reserve(items.size() + 1);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Path item(path, i);
      const auto pair = read_array(items[i], item);
      if (pair.size() != 2) {
        refuse(item, std::to_string(pair.size()) + " elements", "two: a path and a value");
      }
      to_.items_.push_back({str(read_word(pair[0], {item, std::size_t{0}}, kMaxItemPath)),
                            str(read_text(pair[1], {item, std::size_t{1}}))});
    }
    // Never null, also when empty.
    to_.request.items = to_.items_.data();
    to_.request.item_count = to_.items_.size();
  }

  void read_user(const Json& json, const Path& path) {
    Fact fact;
    if (json.type == Json::Type::null) {
      fact.is_not_there(0);
    } else {
      const Members members(json, path, kUser);
      fact.is_there({{"role", std::string(read_word(members, "role"))},
                     {"status", std::string(read_word(members, "status"))}},
                    read_integer(members, "revision"));
    }
    add(host::kUserFact, host::eui_key(to_.request.originator), std::move(fact),
        {Told::user, 0, &json}, path);
  }

  void read_devices(const Json& json, const Path& path) {
    const auto devices = free_members(json, path);
    for (std::size_t i = 0; i < devices.size(); ++i) {
      const Path device(path, devices[i].name);
      Fact fact;
      if (devices[i].type == Json::Type::null) {
        fact.is_not_there(0);
      } else {
        const Members members(devices[i], device, kDevice);
        fact.is_there({{"type", std::string(read_word(members, "type"))},
                       {"status", std::string(read_word(members, "status"))}},
                      read_integer(members, "revision"));
      }
      add(host::kDeviceFact, host::eui_key(read_eui64(devices[i].name, device)), std::move(fact),
          {Told::device, i, &devices[i]}, device);
    }
  }

  void read_all_acts(const Json& json, const Path& path) {
    const auto acts = read_array(json, path);
    for (std::size_t i = 0; i < acts.size(); ++i) read_acts(acts[i], Path(path, i), i);
  }

  void read_acts(const Json& json, const Path& path, std::size_t index) {
    const Members members(json, path, kActs);
    const std::uint64_t agent = read_eui64(members, "agent");
    const std::int64_t at = read_integer(members, "at", kMaxTime);
    Fact fact;
    fact.is_there({{"acts", read_boolean(members, "holds") ? "yes" : "no"}},
                  read_integer(members, "revision"));
    const Given given{Told::acts, index, &json};
    if (members.find("device") == nullptr) {
      return add(host::kActsForAnyFact, *host::acts_for_any_key(agent, at), std::move(fact), given,
                 path);
    }
    const std::uint64_t device = read_eui64(members, "device");
    add(host::kActsFact, *host::acts_key(agent, device, at), std::move(fact), given, path);
  }

  void read_facts(const Json& json, const Path& path) {
    const auto all = read_array(json, path);
    for (std::size_t i = 0; i < all.size(); ++i) read_fact(all[i], Path(path, i), i);
  }

  void read_fact(const Json& json, const Path& path, std::size_t index) {
    const Members members(json, path, kFact);
    const std::string_view kind = read_word(members, "kind", host::kMaxKind);
    const std::string_view key = read_word(members, "key", host::kMaxKey);
    check_kind(kind, key, members);
    const std::int64_t revision = read_integer(members, "revision");
    const Json& values = members.at("values");
    Fact fact;
    if (values.type == Json::Type::null) {
      fact.is_not_there(revision);
    } else {
      fact.is_there(read_values(values, {path, "values"}), revision);
    }
    add(kind, key, std::move(fact), {Told::fact, index, &json}, path);
  }

  // A kind that nobody can ask for is misspelt.
  void check_kind(std::string_view kind, std::string_view key, const Members& members) const {
    if (std::ranges::find(fact_kinds_, kind) != fact_kinds_.end()) return;
    constexpr std::array kContracts = {host::kUserFact, host::kDeviceFact, host::kActsFact,
                                       host::kActsForAnyFact};
    const bool is_contracts = std::ranges::find(kContracts, kind) != kContracts.end();
    if (is_contracts && how_told(kind, key, to_.request) == Told::fact) return;
    refuse(
        Path(members.path(), "kind"), shown(members.at("kind")),
        is_contracts ? "to be told by user, devices or acts" : "one of fact_kinds, of the options");
  }

  static std::vector<Fact::Value> read_values(const Json& json, const Path& path) {
    std::vector<Fact::Value> values;
    for (const Json& member : free_members(json, path)) {
      const Path value(path, member.name);
      check_word(member.name, value, kMaxWord);
      values.push_back({std::string(member.name), std::string(read_text(member, value))});
    }
    return values;
  }

  void add(std::string_view kind, std::string_view key, Fact&& fact, const Given& given,
           const Path& path) {
    Fact& known = to_.facts.ask(kind, key);
    if (known.state != Fact::State::asked) {
      if (known.same_answer(fact) && known.revision == fact.revision) return;
      const auto first = static_cast<std::size_t>(&known - to_.facts.all().data());
      refuse(path, said(fact),
             "what " + place(to_.given_[first]) + " says of the same: " + said(known));
    }
    if (to_.given_.size() == DCCH_MAX_FACTS) {
      refuse(path, "", std::to_string(DCCH_MAX_FACTS) + " facts at most");
    }
    to_.given_.push_back(given);
    known.state = fact.state;
    known.values = std::move(fact.values);
    known.revision = fact.revision;
  }

  Message& to_;
  std::span<const std::string> fact_kinds_;
};

Message::Message(const Json& json, std::span<const std::string> fact_kinds) {
  Reader(*this, fact_kinds).read(json);
}

}  // namespace dcc::foreign
