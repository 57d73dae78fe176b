// SPDX-License-Identifier: Apache-2.0
//
// Outcomes for an archive: of the old months March, April and May of 2025, and some later ones.
#pragma once

#include <cstdint>

#include "adaptor/ledger.hpp"

namespace faults {

struct OldOutcomes {
  std::int64_t per_month;
  std::int64_t months_until_later;  // from March 2025
  std::uint64_t originator = 0;     // makes all RequestIDs others

  constexpr std::int64_t old() const { return 3 * per_month; }
  constexpr std::int64_t all() const { return old() + 5; }
  // Throws StoreError; std::runtime_error, if one is not committed.
  void commit(dcc::adaptor::Ledger& ledger) const;
};

}  // namespace faults
