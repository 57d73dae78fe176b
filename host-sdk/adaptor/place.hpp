// SPDX-License-Identifier: Apache-2.0
//
// Where a reader of a store's outcomes stands. A cursor alone means another outcome after a
// restore, or in another store, and who went on from it would skip outcomes and not know: so a
// place names the store and its epoch, too. Functions are safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adaptor/cursors.hpp"
#include "adaptor/store.hpp"

namespace dcc::adaptor {

struct Place {
  std::optional<StoreIdentity> store{};  // nothing: a cursor alone
  Cursors after{};                       // of the last outcomes that were read

  // Nothing, if it is not as text() writes it.
  static std::optional<Place> parse(std::string_view text);
  // ID.EPOCH.CURSORS, or CURSORS; the id as 32 hexadecimal digits.
  std::string text() const;
};

// Behind what was archived: the first place that the store goes on from. Throws StoreError.
Cursors beginning(Store& store);

// Why the store cannot go on from there, and what the reader is to do; empty: it can. A cursor
// alone is believed as far as the store has outcomes. Throws StoreError.
std::string refuse_place(Store& store, const Place& place);

// The next outcomes, without messages, at most `limit`, and moves `after` behind them. Each chain's
// come in its commit order, and the chains' are mixed by when they were decided; who goes on from
// `after` meets every outcome once. Throws StoreError.
std::vector<StoredOutcome> read_on(Store& store, Store::Which which, Cursors& after,
                                   std::size_t limit);

}  // namespace dcc::adaptor
