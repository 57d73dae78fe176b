// SPDX-License-Identifier: Apache-2.0
//
// Why what somebody asks for is not done; what() is one line.
#pragma once

#include <stdexcept>

namespace dcc::foreign {

// What somebody gave us is wrong. what(): the member's path, its value, and what was expected.
struct BadInput : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What cannot be done now.
struct NotNow : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace dcc::foreign
