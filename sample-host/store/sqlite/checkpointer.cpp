// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/checkpointer.hpp"

#include <chrono>
#include <utility>

namespace sample::sqlite {
namespace {

// How long a checkpoint may hold up commits while it waits for readers, which are all short.
constexpr std::chrono::milliseconds kPatience{50};

// A passive checkpoint never waits, and so never catches up with writers and readers that are
// always there. A log this many times longer than wanted is worth a short wait.
constexpr int kTooLong = 4;

void checkpoint(Connection& db, int mode) {
  // A failure is not lost: the log keeps everything, the next commit asks again, and an error of
  // the disk meets the commits, too.
  sqlite3_wal_checkpoint_v2(db.handle(), "main", mode, nullptr, nullptr);
}

}  // namespace

Checkpointer::Checkpointer(const std::filesystem::path& file, int pages)
    : db_(file, kPatience), pages_(pages) {
  thread_ = std::thread([this] { run(); });
}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
  checkpoint(db_, SQLITE_CHECKPOINT_TRUNCATE);
}

void Checkpointer::watch(Connection& db) {
  sqlite3_wal_hook(db.handle(), committed, this);
}

int Checkpointer::committed(void* self, sqlite3* /*db*/, const char* /*name*/, int pages) {
  auto& checkpointer = *static_cast<Checkpointer*>(self);
  if (pages > checkpointer.pages_) {
    {
      const std::lock_guard lock(checkpointer.mutex_);
      checkpointer.log_pages_ = pages;
    }
    checkpointer.changed_.notify_one();
  }
  return SQLITE_OK;
}

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || log_pages_ > 0; });
    if (stopping_) return;
    const int log_pages = std::exchange(log_pages_, 0);
    lock.unlock();
    checkpoint(db_, SQLITE_CHECKPOINT_PASSIVE);
    if (log_pages / kTooLong > pages_) checkpoint(db_, SQLITE_CHECKPOINT_RESTART);
    lock.lock();
  }
}

}  // namespace sample::sqlite
