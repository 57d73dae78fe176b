// SPDX-License-Identifier: Apache-2.0
//
// The chains of the SQLite store: its own, which outcomes are committed to, and those that
// copy-store brought here from a store of several hosts, which end where they are. All of them
// stand in the table of outcomes, and of what is remembered of those that were archived, so that a
// RequestID or a hub is found in any of them at once. A row's
// cursor is that of its outcome for the store's own chain. Each other chain has a room of 2^40
// cursors of its own, from the lowest that there is upward; there a row's cursor is the outcome's
// and the room's beginning.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "store/sqlite/sqlite.hpp"

namespace sample::sqlite {

inline constexpr std::int64_t kOwnChain = -1;

// Where the outcomes of a chain stand. A plain value.
struct ChainPlace {
  std::string name{};               // empty: the store has no other
  std::int64_t number = kOwnChain;  // in moved_chains
  std::int64_t offset = 0;          // a row's cursor without the outcome's
  std::int64_t first = std::numeric_limits<std::int64_t>::min();  // the room: cursors of rows
  std::int64_t last = std::numeric_limits<std::int64_t>::max();

  // The lowest row after an outcome's cursor, which may be any number; behind `last`: there is
  // none.
  std::int64_t row_after(std::int64_t cursor) const;
};

// Of the chain of that number, from 0.
ChainPlace moved_chain(std::int64_t number, std::string name);
// Of the store's own, beside so many others.
ChainPlace own_chain(std::int64_t others);

// The one in whose room the row is.
const ChainPlace& chain_of(const std::vector<ChainPlace>& chains, std::int64_t row);

// Those of a store, by their names. Throws StoreError.
std::vector<ChainPlace> chains_of(Connection& db);

}  // namespace sample::sqlite
