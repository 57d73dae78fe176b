// SPDX-License-Identifier: Apache-2.0
//
// What people ask a store about its outcomes. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "adaptor/cursors.hpp"
#include "adaptor/outcome.hpp"

namespace sample {

// Outcomes that are looked for; what is not set is not asked for.
struct Search {
  std::optional<dcc::duis::Eui64> device, originator;
  std::string code, srv;  // empty: any
  // Receipt times in Unix milliseconds; `until` itself is not in it.
  std::int64_t since = std::numeric_limits<std::int64_t>::min();
  std::int64_t until = std::numeric_limits<std::int64_t>::max();
  // Only those with a lower cursor in their chain, and of the chains that have one; nothing: all.
  std::optional<dcc::adaptor::Cursors> before{};
  std::size_t limit = 100;
};

// A part of what was looked for, newest first.
struct Found {
  std::vector<dcc::adaptor::StoredOutcome> outcomes;  // without messages
  // Where to go on, as Search::before; nothing: there is no more. A search looks at a bounded
  // number of outcomes, so there may be more after fewer than `limit`, or none.
  std::optional<dcc::adaptor::Cursors> next{};
};

// A row of the register of Users.
struct RegisteredUser {
  dcc::duis::Eui64 id;
  std::string role, status, name;
};

}  // namespace sample
