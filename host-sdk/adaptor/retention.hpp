// SPDX-License-Identifier: Apache-2.0
//
// What becomes of outcomes that are kept elsewhere: they leave their chain behind a signed start of
// it, their RequestIDs are remembered, and then forgotten but for each originator's highest
// counter. So an old signed return is never decided anew. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "adaptor/store.hpp"

namespace dcc::adaptor {

// May the RequestID have had an outcome that nobody remembers? An originator's counters rise, so
// one that is not above a forgotten one is taken for old.
bool is_forgotten(const RequestId& id, const std::optional<std::uint64_t>& highest);

class Retention {
 public:
  // Called now and then with the last cursor done; may be empty.
  using Progress = std::function<void(std::int64_t cursor)>;

  // `sign` as Ledger's. Throws StoreError if the store keeps everything.
  Retention(Chain& chain, SignHead sign);

  // Removes the outcomes up to `cursor`, in transactions of some hundred, each with its own start
  // of the chain. Killed, it is called again. Throws StoreError, and what `sign` throws.
  void remove(std::int64_t cursor, const Progress& progress);

  // Forgets the RequestIDs of outcomes that were removed and decided before that time (Unix
  // milliseconds), up to the first that was not. Returns how many. Throws StoreError.
  std::int64_t forget(std::int64_t decided_before);

  // See StoreRetention.
  void give_back_room() { rows_->give_back_room(); }

 private:
  Chain& chain_;
  const SignHead sign_;
  const std::unique_ptr<StoreRetention> rows_;
};

}  // namespace dcc::adaptor
