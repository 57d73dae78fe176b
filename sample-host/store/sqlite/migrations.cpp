// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/migrations.hpp"

#include <array>
#include <chrono>
#include <string>

#include "adaptor/audit.hpp"
#include "adaptor/outcome_json.hpp"
#include "store/sqlite/backup.hpp"
#include "store/sqlite/log_file.hpp"
#include "store/sqlite/outcomes.hpp"
#include "store/sqlite/schema.hpp"

namespace sample::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kPatience{1'000};
// In one transaction: some megabytes.
constexpr std::uint64_t kRows = 1000;

std::int64_t integer(Connection& db, const std::string& sql) {
  Statement statement(db, sql);
  Run run(statement);
  return run.next() ? run.integer(0) : 0;
}

// Version 1 had no trail: its outcomes get hashes now, by the form of version 2, in the order of
// their cursors. That they got them late is kept with the trail.
class LateHashes {
 public:
  LateHashes(Connection& db, const UpgradeOptions& options) : db_(db), options_(options) {
    add_columns();
  }

  void write() {
    Statement select(db_, "SELECT " + outcome_columns("basis", "''", "NULL") +
                              ", request, response FROM outcomes"
                              " WHERE cursor > ?1 ORDER BY cursor LIMIT ?2");
    Statement update(db_, "UPDATE outcomes SET hash = ?2 WHERE cursor = ?1");
    Statement write_head(db_, "INSERT OR REPLACE INTO audit_head VALUES(1, ?1, ?2, ?3)");
    Statement write_later(db_, "INSERT OR REPLACE INTO meta VALUES('hashed_later', ?1)");
    AuditHead head = read_head();
    const std::int64_t total = integer(db_, "SELECT count(*) FROM outcomes");
    std::int64_t done = integer(
        db_, "SELECT count(*) FROM outcomes WHERE cursor <= " + std::to_string(head.cursor));
    for (std::vector<StoredOutcome> rows = read(select, head.cursor); !rows.empty();
         rows = read(select, head.cursor)) {
      Transaction transaction(db_);
      for (const StoredOutcome& row : rows) {
        head.cursor = row.cursor;
        head.hash = dcc::adaptor::audit_hash(head.hash, dcc::adaptor::record_of(row));
        run(update, head.cursor, Blob{head.hash});
      }
      head.signature =
          options_.sign_head
              ? options_.sign_head(dcc::adaptor::audit_head_text(head.cursor, head.hash))
              : std::string();
      run(write_head, head.cursor, Blob{head.hash}, Blob{head.signature});
      run(write_later, head.cursor);
      transaction.commit();
      done += static_cast<std::int64_t>(rows.size());
      if (options_.progress) options_.progress(done, total);
    }
  }

 private:
  // A table of version 1 that has them is one that an upgrade which was killed has left.
  void add_columns() {
    Transaction transaction(db_);
    if (integer(db_, "SELECT count(*) FROM pragma_table_info('outcomes') WHERE name = 'hash'") ==
        0) {
      db_.execute(
          "ALTER TABLE outcomes ADD COLUMN hash BLOB NOT NULL DEFAULT x'';"
          "CREATE TABLE audit_head(one INTEGER PRIMARY KEY CHECK(one = 1), cursor INTEGER NOT NULL,"
          " hash BLOB NOT NULL, signature BLOB NOT NULL) STRICT");
    }
    transaction.commit();
  }

  AuditHead read_head() {
    Statement statement(db_, "SELECT cursor, hash FROM audit_head");
    Run row(statement);
    if (!row.next()) return {0, dcc::adaptor::kAuditOrigin, {}};
    return {row.integer(0), std::string(row.text(1)), {}};
  }

  std::vector<StoredOutcome> read(Statement& select, std::int64_t cursor) {
    std::vector<StoredOutcome> rows;
    for (Run row(select, cursor, kRows); row.next();) rows.push_back(stored_outcome(row, packing_));
    return rows;
  }

  Connection& db_;
  const UpgradeOptions& options_;
  Packing packing_;
};

// One per version that there was, from that one to the next.
struct Migration {
  const char* what;
  void (*prepare)(Connection& db, const UpgradeOptions& options);  // bounded, repeatable; or null
  const char* sql;                                                 // in one transaction
};

constexpr std::array<Migration, kVersion - 1> kMigrations{{
    {"1 to 2: every outcome gets a hash, and the trail a head; that they got them late is kept",
     [](Connection& db, const UpgradeOptions& options) { LateHashes(db, options).write(); }, ""},
    // A basis has revisions where facts have answers, so none can be made of it: it stays as it was
    // hashed, and is told from facts by its form.
    {"2 to 3: outcomes have facts; the basis of older ones stays as it was hashed", nullptr,
     "ALTER TABLE outcomes RENAME COLUMN basis TO facts"},
    {"3 to 4: the store gets an identity, and a memory for what will be archived", nullptr,
     kSchemaSince4},
    {"4 to 5: outcomes have the trace that their request was in", nullptr, kSchemaSince5},
    // Older ones stay: to write them anew takes hours and as much log as they are large, the file
    // would not shrink, and the archive takes them.
    {"5 to 6: outcomes are packed from now on; older ones stay as they are", nullptr,
     kSchemaSince6},
    {"6 to 7: the store has room for chains of other stores", nullptr, kSchemaSince7},
}};

void migrate(Connection& db, std::int64_t from, const UpgradeOptions& options) {
  const Migration& migration = kMigrations.at(static_cast<std::size_t>(from - 1));
  if (migration.prepare != nullptr) migration.prepare(db, options);
  Transaction transaction(db);
  db.execute(migration.sql);
  db.execute(("PRAGMA user_version=" + std::to_string(from + 1)).c_str());
  transaction.commit();
}

Upgrade plan(Connection& db) {
  Upgrade upgrade{version_of(db), kVersion, {}};
  for (std::int64_t from = upgrade.from; from < kVersion; ++from) {
    upgrade.steps.emplace_back(kMigrations.at(static_cast<std::size_t>(from - 1)).what);
  }
  return upgrade;
}

}  // namespace

Upgrade plan_upgrade(const fs::path& file) {
  require_no_restore(file);
  require_readable_log(file);
  Connection db(file, kPatience, Connection::Access::read);
  return is_blank(db) ? Upgrade{kVersion, kVersion, {}} : plan(db);
}

Upgrade upgrade_file(const fs::path& file, const UpgradeOptions& options) {
  if (Upgrade nothing = plan_upgrade(file); nothing.steps.empty()) return nothing;
  try {
    Connection db(file, kPatience, Connection::Access::alone);
    Upgrade upgrade = plan(db);  // another process may have been faster
    for (std::int64_t from = upgrade.from; from < kVersion; ++from) migrate(db, from, options);
    return upgrade;
  } catch (const StoreInUse&) {
    throw StoreError("store " + file.string() +
                     ": cannot be upgraded while others use it: stop the host first");
  }
}

}  // namespace sample::sqlite
