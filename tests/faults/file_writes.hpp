// SPDX-License-Identifier: Apache-2.0
//
// The moment at which another process writes a file, at once and not found out by looking again and
// again. One thread at a time.
#pragma once

#include <filesystem>

namespace faults {

class FileWrites {
 public:
  // Throws std::system_error if the file cannot be watched.
  explicit FileWrites(const std::filesystem::path& file);
  ~FileWrites();
  FileWrites(const FileWrites&) = delete;
  FileWrites& operator=(const FileWrites&) = delete;

  // Waits for the next write since the last wait; false: there is none for a very long time.
  bool wait();

 private:
  int fd_;
};

}  // namespace faults
