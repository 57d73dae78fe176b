// SPDX-License-Identifier: Apache-2.0
//
// Where a reader of a store's outcomes stands. A cursor alone means another outcome after a
// restore, or in another store, and who went on from it would skip outcomes and not know: so a
// place names the store and its epoch, too. Functions are safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adaptor/store.hpp"

namespace dcc::adaptor {

struct Place {
  std::optional<StoreIdentity> store{};  // nothing: a cursor alone
  std::int64_t cursor = 0;               // of the last outcome that was read; 0: none was

  // Nothing, if it is not as text() writes it, nor a number from 0 to INT64_MAX.
  static std::optional<Place> parse(std::string_view text);
  // ID.EPOCH.CURSOR, or CURSOR; the id as 32 hexadecimal digits.
  std::string text() const;
};

// Why the store cannot go on from there, and what the reader is to do; empty: it can. A cursor
// alone is believed as far as the store has outcomes. Throws StoreError.
std::string refuse_place(Store& store, const Place& place);

}  // namespace dcc::adaptor
