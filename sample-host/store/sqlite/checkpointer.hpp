// SPDX-License-Identifier: Apache-2.0
//
// Keeps the write-ahead log short without making a request wait: a thread that copies the log into
// the database after commits. watch() is for the thread that uses the connection.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "store/sqlite/sqlite.hpp"

namespace sample::sqlite {

class Checkpointer {
 public:
  // Checkpoints when the log has more than `pages` pages.
  Checkpointer(const std::filesystem::path& file, int pages);
  // Ends the thread and, if nobody is reading or writing, empties the log.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // From now on the commits of `db`, which must not outlive this object, wake the thread instead
  // of checkpointing themselves.
  void watch(Connection& db);

 private:
  static int committed(void* self, sqlite3* db, const char* name, int pages);
  void run();

  Connection db_;
  const int pages_;

  std::mutex mutex_;  // guards log_pages_ and stopping_
  std::condition_variable changed_;
  int log_pages_ = 0;  // what the last commit saw; 0: a checkpoint has been made since
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace sample::sqlite
