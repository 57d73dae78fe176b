// SPDX-License-Identifier: Apache-2.0
//
// A message decided by handlers. Safe from any thread.
#pragma once

#include <span>
#include <string>

#include "foreign/json_tree.hpp"
#include "host/registry.hpp"

namespace dcc::foreign {

// What dcch_decide() answers to the message, by the handlers of `table`. `fact_kinds`: as for a
// Message. BadInput: it is no message.
std::string decide(const host::HandlerTable& table, const Json& message,
                   std::span<const std::string> fact_kinds,
                   host::Purpose purpose = host::Purpose::answer);

}  // namespace dcc::foreign
