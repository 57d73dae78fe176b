// SPDX-License-Identifier: Apache-2.0
//
// For a test that changes by SQL what is packed.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>

#include "store/packing/packing.hpp"
#include "store/sqlite/sqlite.hpp"

namespace support {

// Makes a store's outcomes as versions up to 5 wrote them: items, facts, request and response each
// in a column of its own. They are read as before.
inline void unpack_outcomes(const std::filesystem::path& store) {
  using namespace sample::sqlite;
  Connection db(store, std::chrono::seconds(10));
  Statement select(db,
                   "SELECT cursor, packed FROM outcomes WHERE cursor > ?1 AND packed IS NOT NULL"
                   " ORDER BY cursor LIMIT 1");
  Statement update(db,
                   "UPDATE outcomes SET items = ?2, facts = ?3, request = ?4, response = ?5,"
                   " packed = NULL WHERE cursor = ?1");
  sample::Packing packing;
  Transaction transaction(db);
  for (std::int64_t cursor = std::numeric_limits<std::int64_t>::min();;) {
    Run row(select, cursor);
    if (!row.next()) break;
    cursor = row.integer(0);
    const sample::Content content = packing.unpack(row.text(1));
    run(update, cursor, content.items, content.facts, Blob{content.request},
        Blob{content.response});
  }
  transaction.commit();
}

}  // namespace support
