// SPDX-License-Identifier: Apache-2.0
//
// A program run to its end, and what it took. For one thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bench {

struct Ran {
  double seconds = 0;      // by the clock
  double cpu_seconds = 0;  // user and system time
  double peak_mib = 0;     // the most memory that was resident
  std::size_t lines = 0;   // on standard error
};

// Ends this program if that one fails.
Ran run_child(const std::vector<std::string>& command);

}  // namespace bench
