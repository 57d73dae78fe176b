// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

#include "adaptor/unix_ms.hpp"
#include "guard/force_to_disk.hpp"
#include "store/sqlite/log_file.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/outcomes.hpp"
#include "store/sqlite/schema.hpp"

namespace sample::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kPatience{10'000};
constexpr int kPages = 1024;  // copied in one go, of 4 KiB

// A restore's copy: while it is made, and when it is whole and about to be put in place.
constexpr const char* kPartial = ".restore-partial";
constexpr const char* kWhole = ".restoring";

[[noreturn]] void fail_errno(const fs::path& path, const std::string& what) {
  throw StoreError(path.string() + ": " + what + ": " + std::strerror(errno));
}

fs::path beside(const fs::path& file, std::string_view suffix) {
  return file.string() + std::string(suffix);
}

// All pages, as they are in one read transaction. Beside it others commit.
void copy_pages(Connection& from, Connection& to) {
  from.execute("BEGIN; SELECT count(*) FROM sqlite_schema");
  sqlite3_backup* const backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (backup == nullptr) to.fail();
  int result = SQLITE_OK;
  while (result == SQLITE_OK) result = sqlite3_backup_step(backup, kPages);
  sqlite3_backup_finish(backup);
  if (result != SQLITE_DONE) to.fail();
  from.execute("ROLLBACK");
}

// Nobody opens a database while it lives. Works on the file's locks as SQLite places them
// (sqlite.org/fileformat2.html, "the lock-byte page"), and so also where SQLite cannot read it.
class KeptAway {
 public:
  explicit KeptAway(const fs::path& file) {
    fd_ = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    if (fd_ < 0) fail_errno(file, "cannot be opened");
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = 0x40000000;
    lock.l_len = 512;
    if (::fcntl(fd_, F_OFD_SETLK, &lock) == 0) return;
    const int error = errno;
    ::close(fd_);
    errno = error;
    if (error == EAGAIN || error == EACCES) {
      throw StoreError("store " + file.string() +
                       ": cannot be replaced while others use it: stop the host first");
    }
    fail_errno(file, "cannot be locked");
  }
  ~KeptAway() { ::close(fd_); }
  KeptAway(const KeptAway&) = delete;
  KeptAway& operator=(const KeptAway&) = delete;

 private:
  int fd_ = -1;
};

// Of a store that may be damaged: 0 then.
std::int64_t epoch_of(const fs::path& file) try {
  Connection db(file, kPatience, Connection::Access::read);
  Statement select(db, "SELECT epoch FROM identity");
  Run row(select);
  return row.next() ? row.integer(0) : 0;
} catch (const StoreError&) {
  return 0;
}

// Never one that was, also if nobody can tell what was.
std::int64_t next_epoch(std::int64_t backup, std::int64_t replaced, std::int64_t now) {
  return std::max({backup + 1, replaced + 1, now / 1000});
}

Restored raise_epoch(const fs::path& file, std::int64_t replaced) {
  Connection db(file, kPatience);
  Restored restored;
  restored.restored_at = dcc::adaptor::unix_ms();
  Statement select(
      db,
      "SELECT id, epoch, (SELECT decided_at FROM outcomes ORDER BY cursor DESC LIMIT 1)"
      " FROM identity");
  Transaction transaction(db);
  {
    Run row(select);
    row.next();
    restored.identity.id = row.text(0);
    restored.identity.epoch = next_epoch(row.integer(1), replaced, restored.restored_at);
    restored.last_commit = row.integer(2);
  }
  Statement update(db, "UPDATE identity SET epoch = ?1");
  run(update, restored.identity.epoch);
  Statement insert(db, "INSERT INTO restores VALUES(?1, ?2, ?3)");
  run(insert, restored.identity.epoch, restored.last_commit, restored.restored_at);
  transaction.commit();
  // What is renamed shall be one file.
  db.execute("PRAGMA journal_mode=DELETE");
  return restored;
}

// Links are made before what they save is touched.
fs::path keep_replaced(const fs::path& file, std::int64_t now) {
  fs::path kept = beside(file, ".replaced-" + std::to_string(now));
  for (const char* suffix : {"", "-wal"}) {
    const fs::path from = beside(file, suffix);
    if (!fs::exists(from)) continue;
    if (::link(from.c_str(), beside(kept, suffix).c_str()) != 0) {
      fail_errno(from, "cannot be kept as " + beside(kept, suffix).string());
    }
  }
  return kept;
}

}  // namespace

void force_to_disk(const fs::path& path) {
  if (!dcc::guard::force_to_disk(path)) fail_errno(path, "cannot be forced to disk");
}

void remove_database(const fs::path& file) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    std::error_code ignored;
    fs::remove(beside(file, suffix), ignored);
  }
}

void copy_file(const fs::path& file, const fs::path& to) {
  require_no_restore(file);
  require_readable_log(file);
  const int fd = ::open(to.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) fail_errno(to, "cannot be created");
  ::close(fd);
  Connection from(file, kPatience);
  version_of(from);
  Connection copy(to, kPatience);
  copy_pages(from, copy);
}

Restored restore_file(const fs::path& from, const fs::path& file,
                      const std::function<void(const std::string&)>& examine) {
  const fs::path partial = beside(file, kPartial);
  const fs::path whole = beside(file, kWhole);
  remove_database(partial);
  require_readable_log(from);
  {
    Connection backup(from, kPatience, Connection::Access::read);
    version_of(backup);
    make_blank_file(partial);
    Connection copy(partial, kPatience);
    copy_pages(backup, copy);
  }
  check_file(partial, Depth::everything);
  upgrade_file(partial, {});
  examine("sqlite:" + partial.string());
  const bool is_there = fs::exists(file);
  Restored restored = raise_epoch(partial, is_there ? epoch_of(file) : 0);
  force_to_disk(partial);
  std::optional<KeptAway> lock;
  if (is_there) lock.emplace(file);
  // From here on nobody opens the store until the copy is in its place.
  if (::rename(partial.c_str(), whole.c_str()) != 0) fail_errno(partial, "cannot be renamed");
  force_to_disk(file.parent_path());
  if (is_there) restored.replaced = keep_replaced(file, restored.restored_at);
  for (const char* suffix : {"-wal", "-shm"}) fs::remove(beside(file, suffix));
  if (::rename(whole.c_str(), file.c_str()) != 0) fail_errno(whole, "cannot be renamed");
  force_to_disk(file.parent_path());
  return restored;
}

void require_no_restore(const fs::path& file) {
  const fs::path whole = beside(file, kWhole);
  if (!fs::exists(whole)) return;
  throw StoreError("store " + file.string() + ": a restore has begun and not ended, " +
                   whole.string() + " is there: repeat dcc-sample-host restore");
}

}  // namespace sample::sqlite
