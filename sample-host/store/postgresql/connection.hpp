// SPDX-License-Identifier: Apache-2.0
//
// A connection to PostgreSQL: statements are prepared when they are used first, and several go in
// one round trip. Whatever it waits for has a deadline, so that a server that is frozen is an error
// and no standstill. One thread at a time. Errors are StoreErrors that begin with the target.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/postgresql/target.hpp"
#include "store/postgresql/wire.hpp"
#include "store/store.hpp"

namespace sample::postgresql {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

// The connection is closed: the server ended it, or cannot be reached, or did not answer in time.
// What was sent last may have been done, or not.
struct ConnectionLost : StoreError {
  using StoreError::StoreError;
};

// The server refused a statement and did none of those after it; the connection can be used.
struct Refused : StoreError {
  Refused(const std::string& what, std::string_view its_code, std::string_view its_table)
      : StoreError(what), code(its_code), table(its_table) {}
  std::string code;   // SQLSTATE
  std::string table;  // that it is about; empty: none
};

inline constexpr std::string_view kUniqueViolation = "23505";
inline constexpr std::string_view kInsufficientPrivilege = "42501";

// A constant of the program. The parameters have the types that `sql` casts them to.
struct Statement {
  const char* name;  // of its own among those of a connection
  std::string sql;
};

struct Call {
  const Statement& statement;
  Parameters parameters{};
};

// What a call gave. Rows and columns count from 0; views live as long as it.
class Rows {
 public:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Result = std::unique_ptr<PGresult, Clear>;

  explicit Rows(Result result) : result_(std::move(result)) {}

  int size() const { return PQntuples(result_.get()); }
  bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  std::string_view text(int row, int column) const;  // of text and bytea
  std::int64_t integer(int row, int column) const { return read_integer(text(row, column)); }
  bool boolean(int row, int column) const { return integer(row, column) != 0; }
  Eui64 eui(int row, int column) const {
    return {std::bit_cast<std::uint64_t>(integer(row, column))};
  }

  std::string_view command() const { return PQcmdStatus(result_.get()); }
  std::size_t affected() const;  // rows that were inserted, updated or deleted

 private:
  Result result_;
};

class Connection {
 public:
  // Connects, to a server that takes writes if there are several, within two seconds for each host.
  explicit Connection(const Target& target);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // All in one round trip, and what each gave. Those that stand between BEGIN and COMMIT, or all if
  // there is no BEGIN, are one transaction. Throws Refused and ConnectionLost.
  std::vector<Rows> run(std::span<const Call> calls, Deadline deadline);
  Rows run(const Statement& statement, const Parameters& parameters, Deadline deadline);

  // Several statements without parameters, separated by `;`, in one transaction.
  void execute(const std::string& statements, Deadline deadline);

  // COPY ... FROM STDIN: `next` appends to `block`, and says false when that was the last. When it
  // throws, the connection is closed.
  void copy_in(const std::string& statement, const std::function<bool(std::string& block)>& next,
               Deadline deadline);

  // The warning that the server gave in the last run(), if any. One beside COMMIT says that the
  // commit is not as durable as it was asked to be.
  const std::optional<std::string>& warning() const { return warning_; }

  const Target& target() const { return target_; }

 private:
  struct Finish {
    void operator()(PGconn* handle) const { PQfinish(handle); }
  };

  static void take_notice(void* self, const PGresult* notice);

  // What the server will answer to, in order.
  struct Expected {
    const Statement* statement;
    bool is_preparation;
  };

  std::vector<Expected> send(std::span<const Call> calls);
  std::vector<Rows> receive(std::span<const Expected> expected, Deadline deadline);
  void prepare(const Statement& statement, std::vector<Expected>& expected);
  void call(const Call& call);
  // Null: there is none left of what was asked for.
  Rows::Result next_result(Deadline deadline);
  // Outside of a pipeline: all results of one statement list.
  void finish_statements(Deadline deadline);
  void flush(Deadline deadline);
  void wait(short events, Deadline deadline);
  void require(bool done);
  [[noreturn]] void lose(std::string_view why);
  // Nothing: the server did what it was asked.
  std::optional<Refused> refusal(const PGresult* result);

  Target target_;
  std::unique_ptr<PGconn, Finish> handle_;
  std::set<std::string> prepared_;  // their names
  std::optional<std::string> warning_;
};

}  // namespace sample::postgresql
