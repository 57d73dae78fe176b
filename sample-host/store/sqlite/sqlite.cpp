// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/sqlite.hpp"
#include "text/hex.hpp"

#include <cstring>
#include <thread>

namespace sample::sqlite {
namespace {

// SQLite's own waiting backs off to 100 ms, and so would hardly ever meet one of the short gaps
// that an import leaves between its transactions.
constexpr std::chrono::milliseconds kRetryLock{1};

// What SQLite was about when the disk failed.
const char* where(int result) {
  switch (result) {
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_SHORT_READ:
      return "in a read";
    case SQLITE_IOERR_WRITE:
      return "in a write";
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
      return "in an fsync";
    default:
      return "elsewhere than in a read, a write or an fsync";
  }
}

// Without a log nobody has the file open, and to open it as others do would make one.
std::string uri_to_read(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const char c : file.string()) {
    if (c == '%' || c == '?' || c == '#') {
      uri += '%' + dcc::text::hex({&c, 1});
    } else {
      uri += c;
    }
  }
  return uri + (std::filesystem::exists(file.string() + "-wal") ? "?mode=ro" : "?immutable=1");
}

}  // namespace

Connection::Connection(const std::filesystem::path& file, std::chrono::milliseconds patience,
                       Access access)
    : file_(file), patience_(patience) {
  sqlite3* db = nullptr;
  const bool read = access == Access::read;
  const int flags = read ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE;
  const int result = sqlite3_open_v2(read ? uri_to_read(file).c_str() : file.c_str(), &db,
                                     flags | SQLITE_OPEN_NOMUTEX, nullptr);
  db_.reset(db);  // there is a handle after most failures, too: it holds the message
  if (result != SQLITE_OK) fail();
  if (sqlite3_db_readonly(db, "main") == 1 && !read) {
    throw StoreError("store " + file.string() + ": not writable");
  }
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_handler(db, wait_for_lock, this);
  // Before the file is read for the first time, or SQLite shares it.
  if (access == Access::alone) execute("PRAGMA locking_mode=EXCLUSIVE");
  execute("PRAGMA synchronous=FULL");
}

void Connection::execute(const char* sql) {
  if (sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

void Connection::fail() const {
  std::string message = "store " + file_.string() + ": " + sqlite3_errmsg(handle());
  const int result = sqlite3_errcode(handle());
  const int kind = result & 0xFF;  // without the extension
  if (kind == SQLITE_BUSY) throw StoreInUse(message);
  if (kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN) {
    // A failed commit has been rolled back by now, and its errno with it.
    const int error = sqlite3_system_errno(handle());
    message += error != 0 ? std::string(" (") + std::strerror(error) + ")"
                          : std::string(" ") + where(result);
  }
  throw StoreError(message);
}

int Connection::wait_for_lock(void* self, int attempt) {
  auto& connection = *static_cast<Connection*>(self);
  const auto now = std::chrono::steady_clock::now();
  if (attempt == 0) connection.give_up_at_ = now + connection.patience_;
  if (now >= connection.give_up_at_) return 0;
  std::this_thread::sleep_for(kRetryLock);
  return 1;
}

Statement::Statement(const Connection& db, std::string_view sql) : db_(db) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(db.handle(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    db.fail();
  }
  statement_.reset(statement);
}

Run::~Run() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

bool Run::next() {
  switch (sqlite3_step(statement_)) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      db_.fail();
  }
}

std::string_view Run::text(int column) const {
  // In this order: asking for the octets may convert, which changes their number.
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  // Without memory there is none to tell from an empty one.
  if (data == nullptr && sqlite3_errcode(db_.handle()) == SQLITE_NOMEM) db_.fail();
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

void Run::bind(int parameter, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, parameter, value));
}

void Run::bind(int parameter, std::optional<Eui64> value) {
  if (value) {
    bind(parameter, *value);
  } else {
    check(sqlite3_bind_null(statement_, parameter));
  }
}

void Run::bind(int parameter, std::string_view value) {
  check(sqlite3_bind_text64(statement_, parameter, value.empty() ? "" : value.data(), value.size(),
                            SQLITE_STATIC, SQLITE_UTF8));
}

void Run::bind(int parameter, Blob value) {
  const char* data = value.octets.empty() ? "" : value.octets.data();
  check(sqlite3_bind_blob64(statement_, parameter, data, value.octets.size(), SQLITE_STATIC));
}

void Run::check(int result) const {
  if (result != SQLITE_OK) db_.fail();
}

Transaction::Transaction(Connection& db)
    : db_(db), commit_(db, "COMMIT"), rollback_(db, "ROLLBACK") {
  int moved = 0;  // what is written would be nobody's
  sqlite3_file_control(db.handle(), nullptr, SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved != 0) throw StoreError("store " + db.file().string() + ": was moved or removed");
  roll_back();
  db_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  try {
    roll_back();
  } catch (const StoreError&) {
    // The next one tries again.
  }
}

void Transaction::commit() {
  run(commit_);
}

// Some failures, a full disk among them, have rolled back already.
void Transaction::roll_back() {
  if (db_.in_transaction()) run(rollback_);
}

}  // namespace sample::sqlite
