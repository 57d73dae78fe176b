// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/schema.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>

#include "store/sqlite/backup.hpp"
#include "store/sqlite/log_file.hpp"

namespace sample::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kPatience{10'000};
constexpr std::chrono::milliseconds kPause{10};
constexpr std::int64_t kApplicationId = 0x44434352;  // "DCCR"

// EUI-64s and RequestID counters are stored as the signed integer of the same 64 bits. Large
// columns stand last, so that what is usually read lies in a row's first page.
constexpr const char* kSchema = R"sql(
CREATE TABLE users(
  user_id INTEGER PRIMARY KEY,
  role    TEXT NOT NULL,
  status  TEXT NOT NULL,
  name    TEXT NOT NULL
) STRICT;

CREATE TABLE devices(
  device_id INTEGER PRIMARY KEY,
  type      TEXT NOT NULL,
  status    TEXT NOT NULL,
  revision  INTEGER NOT NULL
) STRICT;

CREATE TABLE orders(
  device_id   INTEGER PRIMARY KEY,
  supplier_id INTEGER NOT NULL
) STRICT;

CREATE TABLE appointments(
  agent_id    INTEGER NOT NULL,
  supplier_id INTEGER NOT NULL,
  valid_from  TEXT NOT NULL,
  valid_until TEXT,
  PRIMARY KEY(agent_id, supplier_id, valid_from)
) STRICT, WITHOUT ROWID;

CREATE TABLE meta(
  name  TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('relations_revision', 1);

CREATE TABLE outcomes(
  cursor          INTEGER PRIMARY KEY,
  originator      INTEGER NOT NULL,
  target          INTEGER NOT NULL,
  counter         INTEGER NOT NULL,
  digest          BLOB NOT NULL,
  srv             TEXT NOT NULL,
  role            TEXT NOT NULL,
  device_id       INTEGER,
  code            TEXT NOT NULL,
  reason          TEXT NOT NULL,
  accepted_return INTEGER NOT NULL,
  repeated        INTEGER NOT NULL,
  received_at     INTEGER NOT NULL,
  decided_at      INTEGER NOT NULL,
  handler         TEXT NOT NULL,
  settings_hash   TEXT NOT NULL,
  items           TEXT NOT NULL,
  facts           TEXT NOT NULL,
  request         BLOB NOT NULL,
  response        BLOB NOT NULL,
  hash            BLOB NOT NULL,
  UNIQUE(originator, target, counter)
) STRICT;
CREATE TABLE audit_head(
  one       INTEGER PRIMARY KEY CHECK(one = 1),
  cursor    INTEGER NOT NULL,
  hash      BLOB NOT NULL,
  signature BLOB NOT NULL
) STRICT;
CREATE INDEX accepted_returns ON outcomes(cursor) WHERE accepted_return = 1;
CREATE INDEX accepted_returns_by_device ON outcomes(device_id) WHERE accepted_return = 1;
)sql";

// A store that root creates, importing before the first start, is the service's all the same: whose
// directory it is in. SQLite gives the files beside it to the same owner.
void give_to_owner_of_directory(const fs::path& file) {
  struct stat directory {};
  if (::geteuid() != 0 || ::stat(file.parent_path().c_str(), &directory) != 0) return;
  if (::lchown(file.c_str(), directory.st_uid, directory.st_gid) != 0) {
    throw StoreError("store " + file.string() +
                     ": cannot be given to the owner of its directory: " + std::strerror(errno));
  }
}

std::int64_t integer(Connection& db, std::string_view sql) {
  Statement statement(db, sql);
  Run run(statement);
  return run.next() ? run.integer(0) : 0;
}

std::string switch_to_wal(Connection& db) {
  Statement statement(db, "PRAGMA journal_mode=WAL");
  Run run(statement);
  return run.next() ? std::string(run.text(0)) : std::string();
}

// Unlike other statements, a change of the journal mode does not wait for the locks of others.
void use_wal(Connection& db) {
  const auto give_up_at = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    try {
      if (switch_to_wal(db) == "wal") return;
      throw StoreError("store " + db.file().string() + ": its file system does not allow WAL mode");
    } catch (const StoreError&) {
      const bool locked = (sqlite3_errcode(db.handle()) & 0xff) == SQLITE_BUSY;
      if (!locked || std::chrono::steady_clock::now() >= give_up_at) throw;
    }
    std::this_thread::sleep_for(kPause);
  }
}

const char* check_of(Depth depth) {
  return depth == Depth::structure ? "PRAGMA quick_check(1)" : "PRAGMA integrity_check(1)";
}

}  // namespace

void make_blank_file(const fs::path& file) {
  std::error_code error;
  if (!fs::is_directory(file.parent_path(), error)) {
    throw StoreError("store " + file.string() + ": there is no directory " +
                     file.parent_path().string());
  }
  // Not open(2): closing a descriptor of a database drops all locks that the process has on it.
  if (::mknod(file.c_str(), S_IFREG | S_IRUSR | S_IWUSR, 0) == 0) {
    ::chmod(file.c_str(), S_IRUSR | S_IWUSR);  // the umask may have taken away the owner's
    give_to_owner_of_directory(file);
  } else if (errno != EEXIST) {
    throw StoreError("store " + file.string() + ": cannot be created: " + std::strerror(errno));
  }
}

bool is_blank(Connection& db) {
  return integer(db, "PRAGMA application_id") == 0 && integer(db, "PRAGMA user_version") == 0 &&
         integer(db, "SELECT count(*) FROM sqlite_schema") == 0;
}

std::int64_t version_of(Connection& db) {
  const std::string store = "store " + db.file().string() + ": ";
  if (integer(db, "PRAGMA application_id") != kApplicationId) {
    throw StoreError(store + "a database of another application");
  }
  const std::int64_t version = integer(db, "PRAGMA user_version");
  if (version < 1 || version > kVersion) {
    throw StoreError(store + "has version " + std::to_string(version) +
                     ", this program knows versions up to " + std::to_string(kVersion) +
                     ": use the program that wrote it, or a newer one");
  }
  return version;
}

void require_this_version(Connection& db) {
  const std::int64_t version = version_of(db);
  if (version == kVersion) return;
  throw StoreError("store " + db.file().string() + ": has version " + std::to_string(version) +
                   ", this program needs " + std::to_string(kVersion) +
                   ": dcc-sample-host serve or upgrade brings it there");
}

void create_tables(Connection& db) {
  Transaction transaction(db);
  if (!is_blank(db)) return;  // another process was faster
  db.execute(kSchema);
  db.execute(kSchemaSince4);
  db.execute(kSchemaSince5);
  db.execute(kSchemaSince6);
  db.execute(kSchemaSince7);
  db.execute(("PRAGMA application_id=" + std::to_string(kApplicationId)).c_str());
  db.execute(("PRAGMA user_version=" + std::to_string(kVersion)).c_str());
  transaction.commit();
}

void check_file(const fs::path& file, Depth depth) {
  require_no_restore(file);
  require_readable_log(file);
  const bool whole = depth == Depth::everything;
  Connection db(file, kPatience, whole ? Connection::Access::read : Connection::Access::write);
  // What is damaged stays as it is: no log is copied into it.
  sqlite3_db_config(db.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  Statement check(db, check_of(depth));
  Run row(check);
  const std::string found = row.next() ? std::string(row.text(0)) : "no answer";
  if (found != "ok") throw StoreError("store " + file.string() + ": damaged: " + found);
  if (whole && !is_blank(db)) version_of(db);
}

void prepare_file(const fs::path& file) {
  require_no_restore(file);
  require_readable_log(file);
  make_blank_file(file);
  Connection db(file, kPatience);
  if (is_blank(db)) create_tables(db);
  require_this_version(db);
  use_wal(db);
}

}  // namespace sample::sqlite
