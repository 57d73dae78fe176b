// SPDX-License-Identifier: Apache-2.0
//
// Outcomes in the SQLite store: committing them if their facts still hold, and reading them back
// in commit order. Each object serves one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "store/sqlite/facts.hpp"
#include "store/sqlite/sqlite.hpp"
#include "store/store.hpp"

namespace sample::sqlite {

class OutcomeWriter {
 public:
  // `sign_head` may be empty.
  OutcomeWriter(const std::filesystem::path& file, std::chrono::milliseconds patience,
                SignHead sign_head);

  // See Store::commit.
  std::vector<CommitResult> commit(std::span<const Outcome* const> batch);
  // See Store::check.
  void check();

  Connection& connection() { return db_; }

 private:
  // The steps of one outcome, inside the batch's transaction.
  CommitResult store(const Outcome& outcome);
  bool is_known(const RequestId& id);
  bool holds(const std::vector<dcc::host::Fact>& facts);
  bool was_returned(Eui64 device_id);
  void insert(const Outcome& outcome);
  void write_head();

  const SignHead sign_head_;
  Connection db_;
  Statement is_known_;
  FactTables facts_;
  Statement was_returned_;
  Statement insert_;
  Statement head_;
  Statement write_head_;
  Statement write_check_;
  // Inside the batch's transaction: the end of the trail, and a revision of the facts.
  AuditHead end_;
  std::int64_t relations_ = 0;
};

class OutcomeReader {
 public:
  OutcomeReader(const std::filesystem::path& file, std::chrono::milliseconds patience);

  // See Store::outcomes.
  std::vector<StoredOutcome> read(Store::Which which, std::int64_t cursor, std::size_t limit,
                                  bool with_messages);
  // See Store::audit_head.
  AuditHead audit_head();

 private:
  Connection db_;
  Statement all_;
  Statement accepted_returns_;
  Statement head_;
};

}  // namespace sample::sqlite
