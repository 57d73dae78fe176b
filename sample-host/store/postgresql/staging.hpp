// SPDX-License-Identifier: Apache-2.0
//
// Imports into the PostgreSQL store. The rows go into a temporary table of the server's; what they
// change is found there, without a lock, and then written in small transactions, each of which
// holds the gate for some milliseconds. Only the last of them waits for the disk: a commit that
// rests on one of the others takes it there with itself.
#pragma once

#include <memory>
#include <string>

#include "store/postgresql/server.hpp"

namespace sample::postgresql {

struct TableSql;

class TableStaging final : public Staging {
 public:
  TableStaging(std::shared_ptr<Server> server, Table table);

  Table table() const override { return table_; }
  void fill(const NextRow& next) override;
  void each_repeated(const std::function<void(const Repeated&)>& take) override;
  std::size_t others() override;
  std::vector<std::string> first_others(std::size_t limit) override;
  std::size_t apply(const Progress& progress) override;
  void remove_others(const Progress& progress) override;

 private:
  void execute(const std::string& statements);
  Rows run(const Statement& statement, const Parameters& parameters);
  std::string same_key() const;
  std::size_t count(const std::string& table);
  std::size_t in_transactions(const Statement& part, std::size_t rows, std::size_t done_before,
                              const Progress& progress);
  std::string key_text(const Rows& rows, int row, int column) const;
  void find_others();

  const Table table_;
  const TableSql& sql_;
  const std::shared_ptr<Server> server_;
  const std::unique_ptr<Connection> connection_;
  std::size_t rows_ = 0;  // that it was filled with
  bool found_others_ = false;
};

}  // namespace sample::postgresql
