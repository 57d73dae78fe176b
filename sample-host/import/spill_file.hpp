// SPDX-License-Identifier: Apache-2.0
//
// Octets that do not fit in memory: a file without a name, gone with the object or the process. It
// is in $TMPDIR, else in /var/tmp, which is meant for what is large. One thread at a time.
#pragma once

#include <cstddef>
#include <filesystem>

namespace sample {

class SpillFile {
 public:
  // Throws std::system_error, as the functions do, that names the directory.
  SpillFile();
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  void append(const void* octets, std::size_t size);
  // What append() has put there, `offset` octets from the beginning.
  void read(std::size_t offset, void* octets, std::size_t size) const;

 private:
  [[noreturn]] void fail(int error) const;

  const std::filesystem::path directory_;
  int fd_ = -1;
};

}  // namespace sample
