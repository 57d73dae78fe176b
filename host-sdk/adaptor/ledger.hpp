// SPDX-License-Identifier: Apache-2.0
//
// What becomes of outcomes that are to be stored: each is compared with what is stored and with
// those before it in its batch, numbered, chained to the one before it and, the last one, signed.
// The store below it only has rows. A ledger is one lane's of the store: one thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "adaptor/outcome.hpp"
#include "adaptor/store.hpp"

namespace dcc::adaptor {

enum class CommitResult {
  committed,  // on disk
  stale,      // a fact that was used no longer holds; nothing stored; decide again
  duplicate,  // the RequestID has an outcome already, or may have had one; nothing stored
  failed,     // the store refused or could not be reached; said by the Committer, not here
};

class Ledger {
 public:
  // Takes the lane's writer. `sign_head` may be empty: the chain's head is not signed then.
  explicit Ledger(Store& store, SignHead sign_head = {}, std::size_t lane = 0);

  // Stores a batch in one durable transaction, with the new head of the chain, and says what became
  // of each. Earlier outcomes of the batch count for later ones (duplicate, repeated). Where
  // another writer was faster, the batch is taken again, twice at most. Throws StoreError, and what
  // `sign_head` throws: then nothing is stored.
  std::vector<CommitResult> commit(std::span<const Outcome* const> batch);

  // Throws StoreError where a commit would.
  void check() { writer_->check(); }

 private:
  std::vector<CommitResult> commit_once(std::span<const Outcome* const> batch);

  const std::unique_ptr<StoreWriter> writer_;
  const SignHead sign_head_;
};

using Ledgers = std::vector<std::unique_ptr<Ledger>>;
// One for each lane of the store. Throws StoreError.
Ledgers ledgers_of(Store& store, const SignHead& sign_head = {});

}  // namespace dcc::adaptor
