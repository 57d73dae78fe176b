// SPDX-License-Identifier: Apache-2.0
//
// One request on its way through a plugin's handler: what the contract calls dcc_call. Answers the
// handler's lookups from the facts, notes which were used and which are missing, and takes the
// outcome. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dcc/plugin.h"
#include "host/contract_limits.hpp"
#include "host/handler.hpp"

struct dcc_call {
 public:
  // `facts` and `decision` are the caller's, and nobody else's as long as the call.
  dcc_call(const dcc_host& host, dcc::host::Facts& facts, dcc::host::Decision& decision);
  dcc_call(const dcc_call&) = delete;
  dcc_call& operator=(const dcc_call&) = delete;

  // The plugin instance's host, with which alone this call may be used.
  const dcc_host& host() const { return host_; }

  // The lookups of the contract's services; what they hand out lives as long as the call.
  dcc_status device(std::uint64_t device_id, dcc_device& out);
  dcc_status acts_for_orderer(std::uint64_t agent_id, std::uint64_t device_id, std::int64_t at,
                              std::int32_t& answer);
  dcc_status acts_for_any(std::uint64_t agent_id, std::int64_t at, std::int32_t& answer);
  dcc_status fact(std::string_view kind, std::string_view key, dcc_fact& out);

  dcc_status set_code(std::string_view code);
  void set_reason(std::string_view reason);
  void set_not_valid(std::string_view reason);

  // Fills in the decision: the handler returned `status`, or left with an exception. Once.
  void returned(dcc_status status);
  void threw();
  // A lookup of this call could not even be made: whatever follows, the call has failed.
  void lookup_threw() noexcept { lookup_threw_ = true; }

 private:
  enum class Outcome { none, code, not_valid };

  dcc_status look_up(std::string_view kind, std::string_view key, const dcc::host::Fact*& found);
  dcc_status acts(std::string_view kind, std::string_view key, std::int32_t& answer);
  dcc_status broken(const dcc::host::Fact& fact, std::string_view lacks);
  bool asks();
  void decide(dcc::host::Decision::Kind kind, std::string_view reason);

  const dcc_host& host_;
  dcc::host::Facts& facts_;
  dcc::host::Decision& decision_;

  // The questions that are new: the facts themselves must stay where they are during the call.
  std::vector<std::pair<std::string, std::string>> questions_;
  const dcc::host::Fact* unanswered_ = nullptr;  // asked before, and still not answered
  const dcc::host::Fact* unavailable_ = nullptr;
  std::string lookup_fault_;  // the host's own
  bool lookup_threw_ = false;

  // For the values of dcc.facts/1, which are few.
  std::array<std::byte, 256> room_;
  std::pmr::monotonic_buffer_resource memory_{room_.data(), room_.size()};

  Outcome outcome_ = Outcome::none;
  std::string not_valid_;  // why
  std::string fault_;      // of the outcome that was set last, if that was not accepted
};
