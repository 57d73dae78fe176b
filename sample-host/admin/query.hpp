// SPDX-License-Identifier: Apache-2.0
//
// What stands behind the question mark of an admin resource, strictly read. Pure; safe from any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "adaptor/place.hpp"
#include "duis/identifiers.hpp"
#include "store/search.hpp"

namespace sample {

// what() names the parameter, the value and what was expected.
struct BadQuery : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// after=RESUME|CURSOR&limit=N, both optional.
struct Page {
  dcc::adaptor::Place after;
  std::size_t limit = 100;
};
Page parse_page(std::string_view query);

// Does it look for outcomes, newest first, rather than page through all of them in commit order?
bool is_search(std::string_view query);
// device, originator, code, srv, since, until, before, limit; all optional.
Search parse_search(std::string_view query);

// after=EUI&limit=N, both optional.
struct UserPage {
  std::optional<dcc::duis::Eui64> after;
  std::size_t limit = 100;
};
UserPage parse_user_page(std::string_view query);

// Throw BadQuery.
//
// One outcome: N, or CHAIN:N; N from 1.
struct RecordPlace {
  std::string chain;
  std::int64_t cursor = 0;
};
RecordPlace parse_record_place(std::string_view text);
dcc::duis::Eui64 parse_eui_value(std::string_view name, std::string_view text);

}  // namespace sample
