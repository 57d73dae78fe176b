// SPDX-License-Identifier: Apache-2.0
//
// What somebody gave us is wrong.
#pragma once

#include <stdexcept>

namespace dcc::foreign {

// what() is one line: the member's path, its value, and what was expected.
struct BadInput : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace dcc::foreign
