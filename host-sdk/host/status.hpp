// SPDX-License-Identifier: Apache-2.0
//
// A dcc_status for a message. Pure; safe from any thread.
#pragma once

#include <string>

#include "dcc/plugin.h"

namespace dcc::host {

// "status 3 (DCC_INVALID)"; a number that the contract does not name stands alone.
std::string status_text(dcc_status status);

}  // namespace dcc::host
