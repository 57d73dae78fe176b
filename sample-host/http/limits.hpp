// SPDX-License-Identifier: Apache-2.0
//
// What a listener grants its clients: sizes, numbers and waits; and how busy it is.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sample {

struct HttpLimits {
  using Time = std::chrono::milliseconds;

  std::uint32_t max_head = 16U << 10;  // octets of a request's head; over it 431
  std::size_t max_body = 1U << 20;     // octets of a request's body; over it 413
  // Octets of all requests' bodies in memory, from their arrival to the answer; over it 503.
  std::size_t body_budget = 64U << 20;
  std::size_t max_connections = 4096;  // over it 503, or, with TLS, just closed
  std::size_t max_requests = 10'000;   // on one connection, which then closes

  Time handshake_timeout{5'000};  // for the TLS handshake
  Time idle_timeout{30'000};      // for the first octet of a request
  Time request_timeout{10'000};   // for the rest of it
  Time answer_timeout{10'000};    // for the client to take the answer
  Time max_wait{};  // of a request for its worker and what comes behind it; over it 503; 0: any
  Time stop_timeout{10'000};  // for requests in flight at a stop

  bool operator==(const HttpLimits&) const = default;
};

// How many requests have been read and wait for a worker. Safe from any thread.
using WaitingRequests = std::atomic<std::size_t>;

}  // namespace sample
