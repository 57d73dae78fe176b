// SPDX-License-Identifier: Apache-2.0
#include "host/facts.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "dcc/plugin.hpp"

namespace dcc::host {
namespace {

constexpr std::size_t kEui = 23;
constexpr std::size_t kDay = 10;

bool append_day(FactKey& key, std::int64_t at) {
  using std::chrono::days;
  const auto number = std::chrono::floor<days>(std::chrono::milliseconds(at)).count();
  // 0001-01-01 and 9999-12-31.
  if (number < -719'162 || number > 2'932'896) return false;
  const std::chrono::year_month_day day{std::chrono::sys_days(days(number))};
  const auto year = static_cast<unsigned>(int{day.year()});
  std::array<char, kDay> text{};
  std::size_t end = text.size();
  const auto put = [&](unsigned value, std::size_t digits) {
    for (std::size_t i = 0; i < digits; ++i, value /= 10) {
      text[--end] = static_cast<char>('0' + value % 10);
    }
    if (end > 0) text[--end] = '-';
  };
  put(unsigned{day.day()}, 2);
  put(unsigned{day.month()}, 2);
  put(year, 4);
  key.append({text.data(), text.size()});
  return true;
}

void append_eui(FactKey& key, std::uint64_t id) {
  const auto text = dcc::eui64_characters(id);
  key.append({text.data(), text.size()});
}

bool is_day(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-dd";
  return std::ranges::equal(text, kForm, [](char c, char form) {
    return form == 'd' ? c >= '0' && c <= '9' : c == form;
  });
}

}  // namespace

void FactKey::append(std::string_view text) {
  size_ += text.copy(text_.data() + size_, text_.size() - size_);
}

FactKey eui_key(std::uint64_t id) {
  FactKey key;
  append_eui(key, id);
  return key;
}

std::optional<FactKey> acts_key(std::uint64_t agent_id, std::uint64_t device_id, std::int64_t at) {
  FactKey key = eui_key(agent_id);
  key.append(" ");
  append_eui(key, device_id);
  key.append(" ");
  return append_day(key, at) ? std::optional(key) : std::nullopt;
}

std::optional<FactKey> acts_for_any_key(std::uint64_t agent_id, std::int64_t at) {
  FactKey key = eui_key(agent_id);
  key.append(" ");
  return append_day(key, at) ? std::optional(key) : std::nullopt;
}

std::optional<std::uint64_t> parse_eui_key(std::string_view key) {
  return dcc::parse_eui64(key);
}

std::optional<Relation> parse_acts_key(std::string_view key) {
  if (key.size() != kEui + 1 + kEui + 1 + kDay || key[kEui] != ' ') return std::nullopt;
  const auto device = dcc::parse_eui64(key.substr(kEui + 1, kEui));
  if (!device || key[kEui + 1 + kEui] != ' ') return std::nullopt;
  const auto agent = dcc::parse_eui64(key.substr(0, kEui));
  const std::string_view day = key.substr(key.size() - kDay);
  if (!agent || !is_day(day)) return std::nullopt;
  return Relation{*agent, *device, day};
}

std::optional<Relation> parse_acts_for_any_key(std::string_view key) {
  if (key.size() != kEui + 1 + kDay || key[kEui] != ' ') return std::nullopt;
  const auto agent = dcc::parse_eui64(key.substr(0, kEui));
  const std::string_view day = key.substr(key.size() - kDay);
  if (!agent || !is_day(day)) return std::nullopt;
  return Relation{*agent, 0, day};
}

void Fact::is_there(std::vector<Value> what, std::int64_t at_revision) {
  state = State::there;
  values = std::move(what);
  revision = at_revision;
}

void Fact::is_not_there(std::int64_t at_revision) {
  state = State::not_there;
  values.clear();
  revision = at_revision;
}

void Fact::is_unavailable(std::string reason) {
  state = State::unavailable;
  values.clear();
  why = std::move(reason);
}

std::optional<std::string_view> Fact::value(std::string_view name) const {
  const auto it = std::ranges::find(values, name, &Value::name);
  return it == values.end() ? std::nullopt : std::optional<std::string_view>(it->value);
}

Fact& Facts::ask(std::string_view kind, std::string_view key) {
  if (Fact* const known = find(kind, key)) return *known;
  Fact& fact = facts_.emplace_back();
  fact.kind = kind;
  fact.key = key;
  return fact;
}

Fact* Facts::find(std::string_view kind, std::string_view key) {
  const auto it = std::ranges::find_if(
      facts_, [&](const Fact& fact) { return fact.kind == kind && fact.key == key; });
  return it == facts_.end() ? nullptr : &*it;
}

}  // namespace dcc::host
