// SPDX-License-Identifier: Apache-2.0
//
// The time as requests and outcomes have it. Safe from any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace dcc::adaptor {

// Now, in Unix milliseconds.
inline std::int64_t unix_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace dcc::adaptor
