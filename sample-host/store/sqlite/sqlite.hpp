// SPDX-License-Identifier: Apache-2.0
//
// Thin RAII over SQLite: a connection, its prepared statements, one run of a statement, a write
// transaction. Errors are StoreErrors that name the database file. Objects serve one thread at a
// time, a connection together with its statements.
#pragma once

#include <sqlite3.h>

#include <bit>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "store/copying.hpp"
#include "store/store.hpp"

namespace sample::sqlite {

// Another connection has held a lock for longer than was waited.
struct StoreInUse : StoreError {
  using StoreError::StoreError;
};

class Connection {
 public:
  // Opens an existing file for reading and writing, every commit durable; or only to read it, which
  // leaves no trace, not even where nobody else has it open; or alone, which is refused while any
  // other connection is open, of whatever version of this program, and keeps others away. A lock
  // that another connection holds is waited for as long as `patience`.
  enum class Access { write, read, alone };
  Connection(const std::filesystem::path& file, std::chrono::milliseconds patience,
             Access access = Access::write);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One or more statements whose rows, if any, do not matter.
  void execute(const char* sql);

  // Throws a StoreError that names the file and says what SQLite's last call here ran into.
  [[noreturn]] void fail() const;

  bool in_transaction() const { return sqlite3_get_autocommit(handle()) == 0; }

  sqlite3* handle() const { return db_.get(); }
  const std::filesystem::path& file() const { return file_; }

 private:
  static int wait_for_lock(void* self, int attempt);

  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };

  std::filesystem::path file_;
  std::chrono::milliseconds patience_;
  std::chrono::steady_clock::time_point give_up_at_;
  std::unique_ptr<sqlite3, Close> db_;
};

// A prepared statement, kept for many runs. Must not outlive its connection.
class Statement {
 public:
  Statement(const Connection& db, std::string_view sql);

 private:
  friend class Run;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  const Connection& db_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// Octets rather than text.
struct Blob {
  std::string_view octets;
};

// One run of a statement. The bound texts and blobs are not copied: they must outlive the run. The
// statement is reset when the run goes, so that no read transaction outlives it.
class Run {
 public:
  template <typename... Values>
  explicit Run(Statement& statement, const Values&... values)
      : db_(statement.db_), statement_(statement.statement_.get()) {
    int parameter = 0;
    (bind(++parameter, values), ...);
  }
  Run(Statement& statement, std::span<const Cell> values)
      : db_(statement.db_), statement_(statement.statement_.get()) {
    int parameter = 0;
    for (const Cell& value : values) {
      ++parameter;
      std::visit([&](const auto& one) { bind(parameter, one); }, value);
    }
  }
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // To the next row; false: there is none.
  bool next();

  // The current row's columns, from 0. Views are valid until next() or the end of the run.
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  Eui64 eui(int column) const { return {std::bit_cast<std::uint64_t>(integer(column))}; }
  bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::string_view text(int column) const;

 private:
  void bind(int parameter, std::int64_t value);
  void bind(int parameter, bool value) { bind(parameter, std::int64_t{value}); }
  // SQLite's integers are signed: the same 64 bits.
  void bind(int parameter, std::uint64_t value) {
    bind(parameter, std::bit_cast<std::int64_t>(value));
  }
  void bind(int parameter, Eui64 value) { bind(parameter, value.value); }
  void bind(int parameter, std::optional<Eui64> value);
  void bind(int parameter, std::string_view value);
  void bind(int parameter, Blob value);
  void bind(int parameter, Octets value) { bind(parameter, Blob{value.value}); }
  void bind(int parameter, std::monostate) { bind(parameter, std::optional<Eui64>()); }
  void check(int result) const;

  const Connection& db_;
  sqlite3_stmt* statement_;
};

// Runs a statement that gives no rows.
template <typename... Values>
void run(Statement& statement, const Values&... values) {
  Run(statement, values...).next();
}

// A write transaction; it is rolled back unless commit() succeeded. Its end is prepared before it
// begins, so that it needs no memory; a connection whose rollback failed all the same is rolled
// back by the next transaction.
class Transaction {
 public:
  explicit Transaction(Connection& db);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  void roll_back();

  Connection& db_;
  Statement commit_;
  Statement rollback_;
};

}  // namespace sample::sqlite
