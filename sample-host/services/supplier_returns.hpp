// SPDX-License-Identifier: Apache-2.0
//
// The host's own handlers for 8.14.3 and 8.14.4, as an adaptor had them before SECMP0039: for
// Suppliers only. They show how a built-in handler yields to a plugin and returns when that goes.
#pragma once

#include "host/registry.hpp"

namespace sample {

// By SRV. E2: the sender is no Supplier; E19: no such device; E11: it is no CHF; else I99.
dcc::host::HandlerTable::Map make_supplier_returns();

}  // namespace sample
