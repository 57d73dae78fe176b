// SPDX-License-Identifier: Apache-2.0
//
// Rows into a store without a file.
#pragma once

#include <vector>

#include "store/store.hpp"

namespace support {

using Row = std::vector<sample::Value>;

// Returns how many of them changed something.
inline std::size_t import_rows(sample::Store& store, sample::Table table,
                               const std::vector<Row>& rows,
                               const sample::Staging::Progress& progress = {}) {
  const auto staging = store.staging(table);
  std::size_t taken = 0;
  sample::StagedRow staged;
  staging->fill([&]() -> const sample::StagedRow* {
    if (taken == rows.size()) return nullptr;
    staged.values = rows[taken++];
    staged.line = taken + 1;
    return &staged;
  });
  return staging->apply(progress);
}

}  // namespace support
