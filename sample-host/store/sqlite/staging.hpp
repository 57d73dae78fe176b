// SPDX-License-Identifier: Apache-2.0
//
// Imports into the SQLite store. Rows are sorted and wait in temporary tables; SQLite puts these in
// files without names in $SQLITE_TMPDIR, $TMPDIR or /var/tmp.
#pragma once

#include "store/sqlite/row_source.hpp"
#include "store/sqlite/sqlite.hpp"
#include "store/staging.hpp"

namespace sample::sqlite {

struct TableSql;

class TableStaging final : public Staging {
 public:
  // The connection must be the staging's own; it checkpoints in the importing thread, which paces
  // an import that would otherwise outrun the checkpointer.
  TableStaging(std::unique_ptr<Connection> db, Table table);

  Table table() const override { return table_; }
  void fill(const NextRow& next) override;
  void each_repeated(const std::function<void(const Repeated&)>& take) override;
  std::size_t others() override;
  std::vector<std::string> first_others(std::size_t limit) override;
  std::size_t apply(const Progress& progress) override;
  void remove_others(const Progress& progress) override;

 private:
  void execute(const std::string& sql) { db_->execute(sql.c_str()); }
  std::size_t count(const char* table);
  std::string key_text(const Run& row, int column) const;
  void find_others();

  const Table table_;
  const TableSql& sql_;
  const std::unique_ptr<Connection> db_;
  RowSource rows_;
  bool found_others_ = false;
};

}  // namespace sample::sqlite
