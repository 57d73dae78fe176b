// SPDX-License-Identifier: Apache-2.0
#include "adaptor/what_if.hpp"

#include <algorithm>
#include <string_view>

#include "adaptor/pipeline.hpp"
#include "duis/crypto.hpp"

namespace dcc::adaptor {
namespace {

using Kind = host::Decision::Kind;

std::string_view answer_of(const host::Decision& decision) {
  switch (decision.kind) {
    case Kind::answered:
      return decision.code;
    case Kind::asks:
      return WhatIf::kAsks;
    case Kind::not_valid:
      return "400";
    case Kind::no_handler:
      return "501";
    case Kind::unavailable:
      return "503";
    case Kind::failed:
      break;
  }
  return "500";
}

[[noreturn]] void fail(const StoredOutcome& stored, const std::string& why) {
  throw UnreadableOutcome("record " + std::to_string(stored.cursor) + ", request " +
                          stored.outcome.request_id.text() + ": " + why);
}

}  // namespace

const duis::Message& WhatIf::read(const StoredOutcome& stored) {
  const Outcome& outcome = stored.outcome;
  const duis::Message* message = reader_.read(outcome.request);
  if (message == nullptr) fail(stored, "the stored request is not read: " + reader_.refusal().text);
  const auto digest = duis::sha256(message->canonical);
  if (!std::equal(digest.begin(), digest.end(), outcome.digest.begin(), outcome.digest.end(),
                  [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }) ||
      message->request_id != outcome.request_id)
    fail(stored, "the stored request is not the one that was answered: its digest is another");
  return *message;
}

const WhatIf::Verdict& WhatIf::decide(const StoredOutcome& stored,
                                      const host::HandlerTable& candidate) {
  const Outcome& outcome = stored.outcome;
  dcc_request& request =
      view_.of(read(stored), {}, outcome.received_at, outcome.received_at + kDeadlineMs);
  facts_.rounds = 0;
  facts_.all() = outcome.facts;
  const std::size_t known = outcome.facts.size();
  // To which endpoint it was sent is not stored: an E13 is no outcome.
  host::decide(candidate, {}, request, facts_, decision_);
  verdict_.answer = answer_of(decision_);
  verdict_.reason = decision_.reason;
  verdict_.missing.clear();
  if (decision_.kind == Kind::asks) {
    for (std::size_t i = known; i < facts_.all().size(); ++i)
      verdict_.missing.insert(facts_.all()[i].kind);
    verdict_.reason = "asks for what the record does not have:";
    for (const std::string& kind : verdict_.missing) verdict_.reason += ' ' + kind;
  }
  return verdict_;
}

std::string role_of(const Outcome& outcome) {
  return outcome.role.empty() ? "-" : outcome.role;
}

std::string device_status_of(const Outcome& outcome) {
  if (!outcome.device_id) return "-";
  const host::FactKey key = host::eui_key(outcome.device_id->value);
  for (const host::Fact& fact : outcome.facts) {
    if (fact.kind == host::kDeviceFact && fact.key == std::string_view(key))
      return std::string(fact.value("status").value_or("absent"));
  }
  return "-";
}

}  // namespace dcc::adaptor
