// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/copying.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "guard/file_descriptor.hpp"
#include "store/sqlite/backup.hpp"
#include "store/sqlite/chain.hpp"
#include "store/sqlite/log_file.hpp"
#include "store/sqlite/schema.hpp"

namespace sample::sqlite {
namespace {

namespace fs = std::filesystem;
using Access = Connection::Access;

constexpr std::chrono::milliseconds kPatience{2'000};

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  throw StoreError("store " + file.string() + ": " + what);
}

[[noreturn]] void fail_errno(const fs::path& file, const std::string& what) {
  fail(file, what + ": " + std::strerror(errno));
}

class TableRows final : public CopiedRows {
 public:
  TableRows(Connection& db, const CopiedTable& table)
      : types_(table.types),
        select_(db, "SELECT " + table.columns() + " FROM " + std::string(table.name) +
                        " ORDER BY " + std::string(table.key)),
        run_(select_) {}

  bool next(std::vector<Cell>& row) override {
    row.clear();
    if (!run_.next()) return false;
    for (int column = 0; column < static_cast<int>(types_.size()); ++column) {
      row.push_back(cell(column));
    }
    return true;
  }

 private:
  Cell cell(int column) const {
    if (run_.is_null(column)) return std::monostate();
    switch (types_[static_cast<std::size_t>(column)]) {
      case 'i':
        return run_.integer(column);
      case 't':
        return run_.text(column);
      default:
        return Octets{run_.text(column)};
    }
  }

  const std::string_view types_;
  Statement select_;
  Run run_;
};

// The chain that a row of them is of is said by its cursor.
class RememberedRows final : public CopiedRows {
 public:
  RememberedRows(Connection& db, const std::vector<ChainPlace>& chains)
      : chains_(chains), rows_(db, kTable) {}

  static constexpr CopiedTable kTable{kRemembered, "cursor", kCopiedTables[4].others, "iiiioti"};

  bool next(std::vector<Cell>& row) override {
    if (!rows_.next(row)) return false;
    auto& cursor = std::get<std::int64_t>(row.front());
    const ChainPlace& chain = chain_of(chains_, cursor);
    cursor -= chain.offset;
    row.insert(row.begin(), std::string_view(chain.name));
    return true;
  }

 private:
  const std::vector<ChainPlace>& chains_;
  TableRows rows_;
};

class View final : public CopyView {
 public:
  explicit View(std::unique_ptr<Connection> db) : db_(*db) {
    db_.execute("BEGIN; SELECT count(*) FROM sqlite_schema");
    reader_.emplace(std::move(db));
    for (const ChainPlace& place : reader_->chains()) {
      if (reader_->audit_head(place).cursor == 0) continue;
      chains_.push_back(std::make_unique<Chain>(*reader_, mutex_, place));
    }
  }

  std::vector<dcc::adaptor::Chain*> chains() override {
    std::vector<dcc::adaptor::Chain*> all;
    for (const auto& chain : chains_) all.push_back(chain.get());
    return all;
  }

  std::int64_t request_ids() override {
    return integer("SELECT (SELECT count(*) FROM outcomes) + (SELECT count(*) FROM remembered)");
  }
  std::int64_t returned_hubs() override {
    return integer(
        "SELECT count(*) FROM (SELECT device_id FROM outcomes WHERE accepted_return = 1"
        " AND device_id IS NOT NULL UNION SELECT device_id FROM returned)");
  }
  std::int64_t count(const CopiedTable& table) override {
    return integer("SELECT count(*) FROM " + std::string(table.name));
  }
  std::unique_ptr<CopiedRows> rows(const CopiedTable& table) override {
    if (table.name == kRemembered) return std::make_unique<RememberedRows>(db_, reader_->chains());
    return std::make_unique<TableRows>(db_, table);
  }
  std::int64_t relations_revision() override {
    return integer("SELECT value FROM meta WHERE name = 'relations_revision'");
  }

  // Nobody else has it open, or it does not matter.
  void require_unchanged() override {}

 private:
  std::int64_t integer(const std::string& sql) {
    Statement select(db_, sql);
    Run row(select);
    return row.next() ? row.integer(0) : 0;
  }

  Connection& db_;
  std::optional<OutcomeReader> reader_;  // has the connection
  std::mutex mutex_;
  std::vector<std::unique_ptr<Chain>> chains_;
};

// The file beside the copy's place. Its lock is there as long as this process, so a second command
// does not meddle; it is not SQLite's.
class Partial {
 public:
  explicit Partial(const fs::path& to) : file_(to.string() + ".copy-partial") {
    make_blank_file(file_);
    lock_ = dcc::guard::FileDescriptor(::open(file_.c_str(), O_RDWR | O_CLOEXEC));
    if (!lock_) fail_errno(file_, "cannot be opened");
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0 || !is_locked_file()) {
      const fs::path file = std::exchange(file_, {});  // the other's
      fail(file, "another copy-store is writing it");
    }
    if (::ftruncate(lock_.get(), 0) != 0) fail_errno(file_, "cannot be emptied");
  }
  ~Partial() {
    if (!file_.empty()) remove_database(file_);
  }
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;

  const fs::path& file() const { return file_; }

  // Replaces nothing.
  void move_to(const fs::path& to) {
    force_to_disk(file_);
    if (::renameat2(AT_FDCWD, file_.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
      fail_errno(to, "cannot be made");
    }
    file_.clear();
    force_to_disk(to.parent_path());
  }

 private:
  // Not one that the other has put in its place meanwhile, or removed.
  bool is_locked_file() const {
    struct stat locked {
    }, found{};
    return ::fstat(lock_.get(), &locked) == 0 && ::stat(file_.c_str(), &found) == 0 &&
           locked.st_dev == found.st_dev && locked.st_ino == found.st_ino;
  }

  fs::path file_;
  dcc::guard::FileDescriptor lock_{-1};
};

class Copy final : public CopyTarget {
 public:
  explicit Copy(const fs::path& file) : file_(file), partial_(require_absent(file)) {
    db_ = std::make_unique<Connection>(partial_.file(), kPatience);
    // Whatever fails, the file is removed; it is forced to disk in the end.
    db_->execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536");
    create_tables(*db_);
    db_->execute("BEGIN");
    insert_.emplace(*db_);
  }

  void put(const CopiedTable& table, CopiedRows& rows) override {
    if (table.name == kRemembered) return put_remembered(rows);
    Statement insert(*db_, insert_into(table));
    for (std::vector<Cell> row; rows.next(row);) run_with(insert, row);
  }

  void put_relations_revision(std::int64_t revision) override {
    Statement update(*db_, "UPDATE meta SET value = ?1 WHERE name = 'relations_revision'");
    run(update, revision);
  }

  void begin_chain(const std::string& name, const AuditStart& start) override {
    const bool is_own = name.empty() || name == kFileChain;
    chain_ = is_own ? ChainPlace{} : moved_chain(moved_++, name);
    offsets_[name] = chain_.offset;
    start_ = start;
    if (!is_own) return;
    if (start.cursor > 0) {
      Statement write(*db_, "INSERT INTO audit_start VALUES(1, ?1, ?2, ?3)");
      run(write, start.cursor, Blob{start.hash}, Blob{start.signature});
    }
    if (start.hashed_later > 0) {
      Statement write(*db_, "INSERT INTO meta VALUES('hashed_later', ?1)");
      run(write, start.hashed_later);
    }
  }

  void put(std::span<const dcc::adaptor::Record> records) override {
    for (const auto& record : records) insert_->put(record, chain_.offset);
  }

  void end_chain(const AuditHead& head) override {
    if (chain_.number == kOwnChain) {
      Statement write(*db_, "INSERT INTO audit_head VALUES(1, ?1, ?2, ?3)");
      run(write, head.cursor, Blob{head.hash}, Blob{head.signature});
    } else {
      Statement write(*db_, "INSERT INTO moved_chains VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
      run(write, chain_.number, std::string_view(chain_.name), head.cursor, Blob{head.hash},
          Blob{head.signature}, start_.cursor, Blob{start_.hash}, Blob{start_.signature});
    }
  }

  CopyView& written() override {
    insert_.reset();
    db_->execute("COMMIT");
    db_.reset();
    check_file(partial_.file(), Depth::everything);
    view_ = std::make_unique<View>(
        std::make_unique<Connection>(partial_.file(), kPatience, Access::read));
    return *view_;
  }

  void keep() override {
    view_.reset();
    partial_.move_to(file_);
  }

 private:
  static std::string insert_into(const CopiedTable& table) {
    std::string places;
    for (std::size_t i = 0; i < table.types.size(); ++i) places += i == 0 ? "?" : ", ?";
    return "INSERT INTO " + std::string(table.name) + "(" + table.columns() + ") VALUES(" + places +
           ")";
  }

  static void run_with(Statement& insert, std::span<const Cell> row) { Run(insert, row).next(); }

  void put_remembered(CopiedRows& rows) {
    Statement insert(*db_, insert_into(RememberedRows::kTable));
    for (std::vector<Cell> row; rows.next(row);) {
      const std::string chain(std::get<std::string_view>(row.front()));
      row.erase(row.begin());
      std::get<std::int64_t>(row.front()) += offsets_.at(chain);
      run_with(insert, row);
    }
  }

  static const fs::path& require_absent(const fs::path& file) {
    if (fs::exists(fs::symlink_status(file))) {
      fail(file, "is there already: copy-store makes a new file");
    }
    require_no_restore(file);
    return file;
  }

  const fs::path file_;
  Partial partial_;
  std::unique_ptr<Connection> db_;  // while it is filled
  std::optional<OutcomeInsert> insert_;
  ChainPlace chain_;
  AuditStart start_;
  std::int64_t moved_ = 0;
  std::map<std::string, std::int64_t> offsets_;  // of all chains, by name
  std::unique_ptr<CopyView> view_;
};

}  // namespace

std::unique_ptr<CopyView> view_of(const fs::path& file, bool beside) {
  if (!fs::exists(file)) fail(file, "there is no such file");
  require_no_restore(file);
  require_readable_log(file);
  try {
    auto db = std::make_unique<Connection>(file, kPatience, beside ? Access::read : Access::alone);
    // It stays as it is: no log is copied into it.
    sqlite3_db_config(db->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    require_this_version(*db);
    return std::make_unique<View>(std::move(db));
  } catch (const StoreInUse&) {
    fail(file, "others use it: stop the host first, or copy --beside-hosts");
  }
}

std::unique_ptr<CopyTarget> new_copy(const fs::path& file) {
  return std::make_unique<Copy>(file);
}

}  // namespace sample::sqlite
