// SPDX-License-Identifier: Apache-2.0
//
// One request on its way through a plugin's handler: what the contract calls dcc_call. Answers the
// handler's lookups, keeps what they answered as the read set, and takes the outcome. One thread
// at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <forward_list>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "dcc/plugin.h"
#include "host/handler.hpp"

namespace dcc::host {

inline constexpr std::size_t kMaxReason = 500;  // octets

}  // namespace dcc::host

struct dcc_call {
 public:
  dcc_call(const dcc_host& host, dcc::host::Lookups& lookups) : host_(host), lookups_(lookups) {}
  dcc_call(const dcc_call&) = delete;
  dcc_call& operator=(const dcc_call&) = delete;

  // The plugin instance's host, with which alone this call may be used.
  const dcc_host& host() const { return host_; }

  // The store is asked once for each question, so that a call never sees two answers to one. Its
  // exceptions become a status, and decide what becomes of the call.
  dcc_status device(std::uint64_t device_id, dcc_device& out);
  dcc_status acts_for_orderer(std::uint64_t agent_id, std::uint64_t device_id, std::int64_t at);
  dcc_status acts_for_any(std::uint64_t agent_id, std::int64_t at);

  dcc_status set_code(std::string_view code);
  void set_reason(std::string_view reason);
  void set_not_valid(std::string_view reason);

  // What came of the call when the handler returned `status`, or left with an exception. Once.
  dcc::host::Decision returned(dcc_status status);
  dcc::host::Decision threw();

 private:
  enum class Outcome { none, code, not_valid };
  // Agent; device, or any Supplier; time.
  using Relation = std::tuple<std::uint64_t, std::optional<std::uint64_t>, std::int64_t>;

  template <typename Ask>
  dcc_status ask(Ask question);
  template <typename Ask>
  dcc_status relation(const Relation& relation, Ask question);
  dcc::host::Decision decision(dcc::host::Decision::Kind kind, std::string reason);

  const dcc_host& host_;
  dcc::host::Lookups& lookups_;
  struct FoundDevice {
    std::uint64_t id;
    std::optional<dcc::host::Lookups::Device> device;
  };
  struct FoundRelation {
    Relation relation;
    bool holds;
  };

  // A handler makes a few lookups: they are searched in turn, and there is room for them without
  // the heap. What has been found stays where it is, because views of it were given out.
  std::array<std::byte, 1024> room_;
  std::pmr::monotonic_buffer_resource memory_{room_.data(), room_.size()};
  std::pmr::forward_list<FoundDevice> devices_{&memory_};
  std::pmr::forward_list<FoundRelation> relations_{&memory_};
  dcc::host::ReadSet read_set_;
  dcc_status lookup_failure_ = DCC_OK;
  std::string lookup_error_;

  Outcome outcome_ = Outcome::none;
  std::string code_;
  std::string reason_;
  std::string not_valid_;  // why
  std::string fault_;      // of the outcome that was set last, if that was not accepted
};
