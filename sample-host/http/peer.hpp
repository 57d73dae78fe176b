// SPDX-License-Identifier: Apache-2.0
//
// Who is at the other end of a connection, and what of its request is for the log. Plain values.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "duis/identifiers.hpp"
#include "log.hpp"

namespace sample {

// As far as the transport has verified it.
struct Peer {
  std::optional<dcc::duis::Eui64> eui{};  // in its certificate's subject; absent: there is none
  std::string address{};                  // and port
  // Of the request that comes from it: when its last octet was there, and its traceparent (W3C
  // Trace Context), empty if it has none that is well-formed.
  std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();
  std::string trace{};
};

// What may be told of the value of a traceparent field: its version, trace-id, parent-id and flags
// (W3C Trace Context, 3.2), 55 octets, of later versions without what they add. Empty: it is not
// well-formed, and so counts for nothing. Pure.
std::string_view traceparent(std::string_view value);

// Appends who it is and, if there is one, the trace.
LogEvent& add_peer(LogEvent& event, const Peer& peer) noexcept;

}  // namespace sample
