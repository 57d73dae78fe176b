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
  std::size_t line = 1;
  for (const Row& row : rows) staging->add(++line, row);
  return staging->apply(progress);
}

}  // namespace support
