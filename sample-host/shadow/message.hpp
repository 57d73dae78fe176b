// SPDX-License-Identifier: Apache-2.0
//
// An answered request as a message to dcc-decide, as dcc/host.h describes it. Pure; safe from any
// thread.
#pragma once

#include <boost/json/object.hpp>
#include <span>

#include "dcc/plugin.h"
#include "host/facts.hpp"

namespace sample {

// What the request says, and all the facts that were known for it.
boost::json::object decide_message(const dcc_request& request,
                                   std::span<const dcc::host::Fact> facts);

}  // namespace sample
