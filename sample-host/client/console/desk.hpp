// SPDX-License-Identifier: Apache-2.0
//
// What the console's page may ask for, by name, with and as JSON. Safe from any thread; blocks it
// until the host, a program or a file has answered.
#pragma once

#include <boost/json/object.hpp>
#include <stdexcept>
#include <string_view>

#include "client/console/options.hpp"

namespace sample::console {

// There is no question of this name.
struct NoSuchQuestion : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Desk {
 public:
  explicit Desk(Options options) : options_(std::move(options)) {}

  // start  {}                what the page shows at first: Users, SRVs with their items
  // state  {}                what is live and how the host is
  // rule   {"at": time}      rule_table()
  // send   {...}             exchange()
  // Throws NoSuchQuestion; dcc::foreign::BadInput: `question` is not as it should be; other
  // std::exceptions: what kept it from an answer, for the page to show.
  boost::json::object answer(std::string_view name, std::string_view question) const;

 private:
  const Options options_;
};

}  // namespace sample::console
