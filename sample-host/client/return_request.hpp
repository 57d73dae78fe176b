// SPDX-License-Identifier: Apache-2.0
//
// Returns of Communications Hubs, 8.14.3 and 8.14.4, as a client makes them. Pure; safe from any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "duis/identifiers.hpp"
#include "duis/writer.hpp"

namespace sample::client {

inline constexpr const char* kFaultReturn = "8.14.3";
inline constexpr const char* kNoFaultReturn = "8.14.4";

struct ReturnSrv {
  const char *srv, *title;
};
inline constexpr ReturnSrv kReturnSrvs[] = {{kFaultReturn, "Fault Return"},
                                            {kNoFaultReturn, "No Fault Return"}};

// An item of a body, apart from its DeviceID, as the schema has it.
struct ReturnItem {
  const char* option;  // of duis-client send
  const char* element;
  const char* only;  // the one SRV that has it; null: both have
  // Of a mandatory one: what is sent if nothing else is given; kSameAsDevice: the DeviceID.
  const char* standard;
  const char* help;
  std::span<const char* const> values;  // the only ones that are valid; empty: any
  unsigned max_length = 0;              // characters; 0: no limit but the value's form

  bool belongs_to(std::string_view srv) const { return only == nullptr || srv == only; }
};
inline constexpr char kSameAsDevice[] = "";  // told from other texts by its address

// In both schemas' order.
std::span<const ReturnItem> return_items();

// A return with the values of some of return_items(), in their order; mandatory ones that are not
// given get their standard value. Throws std::invalid_argument: a value is given for an item that
// the SRV does not have.
dcc::duis::RequestFields return_fields(const dcc::duis::RequestId& id, const std::string& srv,
                                       const std::string& device,
                                       std::span<const std::optional<std::string>> given);

// A counter that was not used before, but for a clock that was put back: the time in microseconds.
std::uint64_t new_counter();

// What a response code means, in plain words; empty: not known here.
std::string_view meaning(std::string_view response_code);

}  // namespace sample::client
