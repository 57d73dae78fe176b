// SPDX-License-Identifier: Apache-2.0
//
// A verified message as a handler gets it: the contract's dcc_request over the reader's fields.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dcc/plugin.h"
#include "duis/message.hpp"

namespace dcc::duis {

// For one thread at a time; keeps its memory from one message to the next.
class RequestView {
 public:
  // `role`: the User Role by the register of Users. Times in Unix milliseconds. What comes back is
  // good until the next call, and as long as the message and `role` are there.
  dcc_request& of(const Message& message, std::string_view role, std::int64_t received_at,
                  std::int64_t deadline);

 private:
  std::vector<dcc_item> items_;
  dcc_request request_{};
};

}  // namespace dcc::duis
