// SPDX-License-Identifier: Apache-2.0
//
// Rows of this program as a table that SQLite reads once, from the first to the last: so it sorts
// them without a copy.
#pragma once

#include <exception>
#include <string>

#include "store/sqlite/sqlite.hpp"
#include "store/staging.hpp"

namespace sample::sqlite {

class RowSource {
 public:
  // From now on `db` has the table `name` with the columns line and `columns`. Must outlive the
  // connection's use of it.
  RowSource(Connection& db, const char* name, const std::string& columns);
  RowSource(const RowSource&) = delete;
  RowSource& operator=(const RowSource&) = delete;

  // Runs statements that read the table, one of them, once. Throws what `next` throws, and
  // StoreError.
  void read(const NextRow& next, const std::string& statements);

 private:
  struct Table;
  struct Cursor;
  static const sqlite3_module kModule;

  // Whatever it throws is kept for read(): nothing may be thrown through SQLite.
  int step() noexcept;

  Connection& db_;
  const std::string declaration_;
  const NextRow* next_ = nullptr;
  const StagedRow* row_ = nullptr;
  std::exception_ptr failure_;
};

}  // namespace sample::sqlite
