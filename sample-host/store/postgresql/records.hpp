// SPDX-License-Identifier: Apache-2.0
//
// How records are written into the tables, by whoever does it. Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "store/postgresql/connection.hpp"

namespace sample::postgresql {

// Appends the calls that put records, with their RequestIDs and first returns, at a chain's end.
void put_records(std::int64_t chain, std::span<const dcc::adaptor::Record> records,
                 std::vector<Call>& calls);

// The chain ends there.
Call new_end(std::int64_t chain, const AuditHead& end);

}  // namespace sample::postgresql
