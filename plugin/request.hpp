// SPDX-License-Identifier: Apache-2.0
//
// From a request's leaf elements to the typed few that the decision needs. Pure functions, safe
// from any thread.
#pragma once

#include <cstdint>
#include <stdexcept>

#include "dcc/plugin.hpp"
#include "eligibility.hpp"

namespace ch_returns {

// The body is not what its schema says; what() names element, value and what was expected.
struct NotValid : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Return {
  std::uint64_t hub = 0;
  bool found_post_installation = false;  // always false for a return without a fault
};

// Throws NotValid.
Return read_return(Srv srv, const dcc_request& request);

}  // namespace ch_returns
