// SPDX-License-Identifier: Apache-2.0
#include "host/call.hpp"

#include <algorithm>

#include "dcc/plugin.hpp"
#include "dcc/response_codes.hpp"
#include "host/one_line.hpp"
#include "host/status.hpp"

using dcc::str;
using dcc::host::Decision;
using dcc::host::Fact;
using dcc::host::kMaxReason;
using dcc::host::one_line;
using dcc::host::status_text;

namespace {

std::string name_of(const Fact& fact) {
  return fact.kind + " '" + fact.key + "'";
}

}  // namespace

dcc_call::dcc_call(const dcc_host& host, dcc::host::Facts& facts, Decision& decision)
    : host_(host), facts_(facts), decision_(decision) {
  for (Fact& fact : facts_.all()) fact.used = false;
  decision_.code.clear();
  decision_.reason.clear();
}

dcc_status dcc_call::look_up(std::string_view kind, std::string_view key, const Fact*& found) {
  Fact* const fact = facts_.find(kind, key);
  if (fact == nullptr) {
    const bool is_new = std::ranges::none_of(questions_, [&](const auto& question) {
      return question.first == kind && question.second == key;
    });
    if (is_new) questions_.emplace_back(kind, key);
    return DCC_UNAVAILABLE;
  }
  fact->used = true;
  found = fact;
  switch (fact->state) {
    case Fact::State::there:
      return DCC_OK;
    case Fact::State::not_there:
      return DCC_NOT_FOUND;
    case Fact::State::asked:
      unanswered_ = fact;
      break;
    case Fact::State::unavailable:
      unavailable_ = fact;
      break;
  }
  return DCC_UNAVAILABLE;
}

// What the host says is not what a fact of this kind must be.
dcc_status dcc_call::broken(const Fact& fact, std::string_view lacks) {
  lookup_fault_ = "the host's fact " + name_of(fact) + " lacks " + std::string(lacks);
  return DCC_INTERNAL;
}

dcc_status dcc_call::device(std::uint64_t device_id, dcc_device& out) {
  const Fact* fact = nullptr;
  const dcc_status status = look_up(dcc::host::kDeviceFact, dcc::host::eui_key(device_id), fact);
  if (status != DCC_OK) return status;
  const auto type = fact->value("type");
  const auto smi_status = fact->value("status");
  if (!type || type->empty() || !smi_status || smi_status->empty())
    return broken(*fact, "type or status");
  out.size = std::min<std::uint32_t>(out.size, sizeof out);
  out.type = str(*type);
  out.status = str(*smi_status);
  return DCC_OK;
}

dcc_status dcc_call::acts(std::string_view kind, std::string_view key, std::int32_t& answer) {
  const Fact* fact = nullptr;
  const dcc_status status = look_up(kind, key, fact);
  if (status == DCC_NOT_FOUND) return broken(*fact, "acts");
  if (status != DCC_OK) return status;
  const auto acts = fact->value("acts");
  if (acts != "yes" && acts != "no") return broken(*fact, "acts = yes or no");
  answer = acts == "yes" ? DCC_YES : DCC_NO;
  return DCC_OK;
}

dcc_status dcc_call::acts_for_orderer(std::uint64_t agent_id, std::uint64_t device_id,
                                      std::int64_t at, std::int32_t& answer) {
  const auto key = dcc::host::acts_key(agent_id, device_id, at);
  return key ? acts(dcc::host::kActsFact, *key, answer) : DCC_INVALID;
}

dcc_status dcc_call::acts_for_any(std::uint64_t agent_id, std::int64_t at, std::int32_t& answer) {
  const auto key = dcc::host::acts_for_any_key(agent_id, at);
  return key ? acts(dcc::host::kActsForAnyFact, *key, answer) : DCC_INVALID;
}

dcc_status dcc_call::fact(std::string_view kind, std::string_view key, dcc_fact& out) {
  const Fact* fact = nullptr;
  const dcc_status status = look_up(kind, key, fact);
  if (status != DCC_OK) return status;
  const std::size_t count = fact->values.size();
  dcc_value* const values = std::pmr::polymorphic_allocator<dcc_value>(&memory_).allocate(
      std::max<std::size_t>(count, 1));
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = {str(fact->values[i].name), str(fact->values[i].value)};
  }
  out.size = std::min<std::uint32_t>(out.size, sizeof out);
  out.values = values;
  out.value_count = count;
  out.revision = fact->revision;
  return DCC_OK;
}

dcc_status dcc_call::set_code(std::string_view code) {
  outcome_ = Outcome::none;
  if (!dcc::is_response_code(code)) {
    fault_ = ": '" + one_line(code, kMaxReason) + "' is no response code of the DUIS schema";
    return DCC_INVALID;
  }
  decision_.code = code;
  outcome_ = Outcome::code;
  return DCC_OK;
}

void dcc_call::set_reason(std::string_view reason) {
  decision_.reason = one_line(reason, kMaxReason);
}

void dcc_call::set_not_valid(std::string_view reason) {
  not_valid_ = one_line(reason, kMaxReason);
  outcome_ = Outcome::not_valid;
}

void dcc_call::returned(dcc_status status) {
  using Kind = Decision::Kind;
  if (lookup_threw_) return decide(Kind::failed, "out of memory in a lookup");
  if (asks()) return;
  if (!lookup_fault_.empty()) return decide(Kind::failed, lookup_fault_);
  if (unavailable_ != nullptr) {
    return decide(Kind::unavailable, name_of(*unavailable_) + ": " + unavailable_->why);
  }
  if (status != DCC_OK) {
    std::string why = "handler returned " + status_text(status);
    if (!decision_.reason.empty()) why += ": " + decision_.reason;
    return decide(status == DCC_UNAVAILABLE ? Kind::unavailable : Kind::failed, why);
  }
  switch (outcome_) {
    case Outcome::code:
      decision_.kind = Kind::answered;
      return;
    case Outcome::not_valid:
      return decide(Kind::not_valid, not_valid_);
    case Outcome::none:
      return decide(Kind::failed, "handler set no outcome" + fault_);
  }
}

void dcc_call::threw() {
  if (!asks()) decide(Decision::Kind::failed, "handler threw an exception");
}

// Whatever the handler ended with: as long as it has not been told all, it has not decided. True:
// the decision is made.
bool dcc_call::asks() {
  if (questions_.empty()) {
    if (unanswered_ == nullptr) return false;
    decide(Decision::Kind::failed,
           "asks again for " + name_of(*unanswered_) + ", which was asked for and not answered");
    return true;
  }
  for (const auto& [kind, key] : questions_) facts_.ask(kind, key);
  if (++facts_.rounds > dcc::host::kMaxRounds) {
    decide(Decision::Kind::failed, "asks in " + std::to_string(facts_.rounds) +
                                       " rounds, of late for " + questions_.back().first + " '" +
                                       questions_.back().second + "'");
  } else {
    decide(Decision::Kind::asks, {});
  }
  return true;
}

void dcc_call::decide(Decision::Kind kind, std::string_view reason) {
  decision_.kind = kind;
  decision_.code.clear();
  decision_.reason = one_line(reason, kMaxReason);
}
