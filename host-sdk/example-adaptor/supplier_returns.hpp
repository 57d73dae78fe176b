// SPDX-License-Identifier: Apache-2.0
//
// A host's own handlers for 8.14.3 and 8.14.4, as an adaptor had them before SECMP0039: for
// Suppliers only. They show how a built-in handler yields to a plugin and returns when that goes.
#pragma once

#include <string>

#include "host/registry.hpp"

namespace example {

// By SRV. E2: the sender is no Supplier; E19: no such device; E11: it is no CHF; else I99.
// `version` and `build`: the host's. For PluginDirectory's `built_in`.
dcc::host::HandlerTable::Map make_supplier_returns(const std::string& version,
                                                   const std::string& build);

}  // namespace example
