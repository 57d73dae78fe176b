// SPDX-License-Identifier: Apache-2.0
//
// Outcomes that leave the PostgreSQL store, and what is remembered of them; as the schema's owner,
// over a connection of its own, beside hosts that commit. One thread at a time.
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "store/postgresql/outcomes.hpp"

namespace sample::postgresql {

class RetentionRows final : public dcc::adaptor::StoreRetention {
 public:
  // Throws StoreError: the user is not the schema's owner.
  RetentionRows(std::shared_ptr<Server> server, const ChainRow& chain);

  void archive(const AuditStart& start) override;
  std::vector<dcc::adaptor::Remembered> remembered(std::size_t limit) override;
  void forget(std::int64_t cursor,
              std::span<const std::pair<Eui64, std::uint64_t>> highest) override;
  // Drops the tables of months that are over and empty.
  void give_back_room() override;

 private:
  std::vector<Rows> run(std::span<const Call> calls);
  Rows run(const Statement& statement, const Parameters& parameters = {});
  void execute(const std::string& statement);
  bool is_empty(const std::string& table);
  void finish_detached();

  const std::shared_ptr<Server> server_;
  const std::int64_t chain_;
  const std::unique_ptr<Connection> connection_;
  std::int64_t begin_ = 0;  // where the chain began when it was last looked at
};

}  // namespace sample::postgresql
