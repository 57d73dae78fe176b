// SPDX-License-Identifier: Apache-2.0
//
// Outcomes in the SQLite store: writing them, and reading them back in commit order. Each object
// serves one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "store/packing/packing.hpp"
#include "store/sqlite/chains.hpp"
#include "store/sqlite/facts.hpp"
#include "store/sqlite/sqlite.hpp"
#include "store/store.hpp"

namespace sample::sqlite {

// Of the table of outcomes, all but request and response, which stand behind them, as
// stored_outcome() reads them. Arguments: what stands for a column that an earlier version has not.
std::string outcome_columns(std::string_view facts = "facts", std::string_view trace = "trace",
                            std::string_view packed = "packed");
// Throws std::exception if it is not as this program writes it. `with_messages`: of one that is
// packed, request and response, too; of another the statement says it.
StoredOutcome stored_outcome(const Run& row, Packing& packing, bool with_messages = true);

// Puts outcomes into the table, as they are.
class OutcomeInsert {
 public:
  explicit OutcomeInsert(Connection& db);

  // `offset`: of their chain, chains.hpp.
  void put(const dcc::adaptor::Record& record, std::int64_t offset = 0);

 private:
  Statement insert_;
  Packing packing_;
};

class OutcomeWriter final : public dcc::adaptor::StoreWriter {
 public:
  OutcomeWriter(const std::filesystem::path& file, std::chrono::milliseconds patience);

  AuditHead begin(std::span<const Outcome* const> batch,
                  std::span<dcc::adaptor::Standing> standings) override;
  void commit(std::span<const dcc::adaptor::Record> records, const AuditHead& end) override;
  void abort() noexcept override { transaction_.reset(); }
  void check() override;

  Connection& connection() { return db_; }

 private:
  dcc::adaptor::Standing standing_of(const Outcome& outcome, std::int64_t relations);

  Connection db_;
  Statement is_known_;
  Statement forgotten_;
  FactTables facts_;
  Statement was_returned_;
  OutcomeInsert insert_;
  Statement head_;
  Statement write_head_;
  Statement write_check_;
  std::optional<Transaction> transaction_;  // the batch's
};

class OutcomeReader {
 public:
  explicit OutcomeReader(std::unique_ptr<Connection> db);

  // By their names; always the same ones.
  const std::vector<ChainPlace>& chains() const { return chains_; }
  // See Chain::outcomes, audit_head and audit_start.
  std::vector<StoredOutcome> read(const ChainPlace& chain, Store::Which which, std::int64_t cursor,
                                  std::size_t limit, bool with_messages);
  AuditHead audit_head(const ChainPlace& chain);
  AuditStart audit_start(const ChainPlace& chain);
  // See Store::search, users and ordered_for.
  Found search(const Search& search);
  std::vector<RegisteredUser> users(std::optional<Eui64> after, std::size_t limit);
  std::optional<Eui64> ordered_for(Eui64 device);
  // See Store::identity.
  dcc::adaptor::StoreIdentity identity();

 private:
  std::vector<StoredOutcome> read(const ChainPlace& chain, Run& run, bool with_messages);

  const std::unique_ptr<Connection> db_;
  const std::vector<ChainPlace> chains_;
  Statement all_;
  Statement accepted_returns_;
  Statement head_;
  Statement search_;
  Statement decided_at_;
  Statement users_;
  Statement ordered_for_;
  Statement start_;
  Statement moved_start_;
  Packing packing_;
};

}  // namespace sample::sqlite
