// SPDX-License-Identifier: Apache-2.0
#include "host/call.hpp"

#include <algorithm>
#include <utility>

#include "dcc/response_codes.hpp"
#include "host/one_line.hpp"
#include "host/status.hpp"

using dcc::host::Decision;
using dcc::host::kMaxReason;
using dcc::host::one_line;
using dcc::host::status_text;

template <typename Ask>
dcc_status dcc_call::ask(Ask question) {
  if (lookup_failure_ != DCC_OK) return lookup_failure_;
  try {
    question();
  } catch (const dcc::host::Unavailable& error) {
    lookup_failure_ = DCC_UNAVAILABLE;
    lookup_error_ = error.what();
  } catch (const std::exception& error) {
    lookup_failure_ = DCC_INTERNAL;
    lookup_error_ = error.what();
  } catch (...) {
    lookup_failure_ = DCC_INTERNAL;
    lookup_error_ = "unknown exception";
  }
  return lookup_failure_;
}

dcc_status dcc_call::device(std::uint64_t device_id, dcc_device& out) {
  auto known = std::ranges::find(devices_, device_id, &FoundDevice::id);
  if (known == devices_.end()) {
    const dcc_status status = ask([&] {
      auto found = lookups_.device(device_id);
      const auto revision = found ? std::optional(found->revision) : std::nullopt;
      read_set_.devices.push_back({device_id, revision});
      devices_.push_front({device_id, std::move(found)});
      known = devices_.begin();
    });
    if (status != DCC_OK) return status;
  }
  const auto& device = known->device;
  if (!device) return DCC_NOT_FOUND;
  out.type = {device->type.data(), device->type.size()};
  out.status = {device->status.data(), device->status.size()};
  return DCC_OK;
}

template <typename Ask>
dcc_status dcc_call::relation(const Relation& relation, Ask question) {
  auto known = std::ranges::find(relations_, relation, &FoundRelation::relation);
  if (known == relations_.end()) {
    const dcc_status status = ask([&] {
      const dcc::host::Lookups::Relation found = question();
      // Revisions only rise. If a later lookup of this call saw a later one, then the first is
      // stale, and keeping it makes the host ask again.
      if (!read_set_.relations) read_set_.relations = found.revision;
      relations_.push_front({relation, found.holds});
      known = relations_.begin();
    });
    if (status != DCC_OK) return status;
  }
  return known->holds ? DCC_OK : DCC_NOT_FOUND;
}

dcc_status dcc_call::acts_for_orderer(std::uint64_t agent_id, std::uint64_t device_id,
                                      std::int64_t at) {
  return relation({agent_id, device_id, at},
                  [&] { return lookups_.acts_for_orderer(agent_id, device_id, at); });
}

dcc_status dcc_call::acts_for_any(std::uint64_t agent_id, std::int64_t at) {
  return relation({agent_id, std::nullopt, at},
                  [&] { return lookups_.acts_for_any(agent_id, at); });
}

dcc_status dcc_call::set_code(std::string_view code) {
  outcome_ = Outcome::none;
  if (!dcc::is_response_code(code)) {
    fault_ = ": '" + one_line(code, kMaxReason) + "' is no response code of the DUIS schema";
    return DCC_INVALID;
  }
  code_ = code;
  outcome_ = Outcome::code;
  return DCC_OK;
}

void dcc_call::set_reason(std::string_view reason) {
  reason_ = one_line(reason, kMaxReason);
}

void dcc_call::set_not_valid(std::string_view reason) {
  not_valid_ = one_line(reason, kMaxReason);
  outcome_ = Outcome::not_valid;
}

Decision dcc_call::returned(dcc_status status) {
  using Kind = Decision::Kind;
  if (lookup_failure_ == DCC_UNAVAILABLE)
    return decision(Kind::unavailable, one_line(lookup_error_, kMaxReason));
  if (lookup_failure_ != DCC_OK)
    return decision(Kind::failed, one_line("lookup failed: " + lookup_error_, kMaxReason));
  if (status != DCC_OK) {
    std::string why = "handler returned " + status_text(status);
    if (!reason_.empty()) why += ": " + reason_;
    return decision(status == DCC_UNAVAILABLE ? Kind::unavailable : Kind::failed,
                    one_line(why, kMaxReason));
  }
  switch (outcome_) {
    case Outcome::code:
      return decision(Kind::answered, std::move(reason_));
    case Outcome::not_valid:
      return decision(Kind::not_valid, std::move(not_valid_));
    case Outcome::none:
      break;
  }
  return decision(Kind::failed, one_line("handler set no outcome" + fault_, kMaxReason));
}

Decision dcc_call::threw() {
  return decision(Decision::Kind::failed, "handler threw an exception");
}

// `reason`: one line.
Decision dcc_call::decision(Decision::Kind kind, std::string reason) {
  Decision decision;
  decision.kind = kind;
  if (kind == Decision::Kind::answered) decision.code = std::move(code_);
  decision.reason = std::move(reason);
  decision.read_set = std::move(read_set_);
  return decision;
}
