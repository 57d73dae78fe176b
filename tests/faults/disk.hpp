// SPDX-License-Identifier: Apache-2.0
//
// The disk under a store, whose power can be cut: of what was written and not yet forced to it,
// each sector is then as it was, as it was written last, or as it was in between. For the main
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <random>
#include <vector>

#include "shim/disk_journal.h"

namespace faults {

class Disk {
 public:
  // Processes that begin from now on use this disk for the store, by their environment. Throws
  // std::system_error.
  Disk(const std::filesystem::path& journal, std::filesystem::path store);
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  enum class Honesty {
    honest,
    lying,  // says that it has synced, and has not
  };
  struct Loss {
    std::size_t writes = 0;   // not forced to disk
    std::size_t sectors = 0;  // that these had written
    std::size_t lost = 0;     // of the sectors, not as they were written last
  };
  // Whatever used the disk must be dead.
  Loss cut(Honesty honesty, std::mt19937_64& random);

 private:
  struct Write;
  std::vector<Write> unforced(std::uint32_t file, Honesty honesty) const;
  static void cut_file(const std::filesystem::path& file, const std::vector<Write>& writes,
                       std::mt19937_64& random, Loss& loss);

  const std::filesystem::path store_;
  disk_journal* journal_;
};

}  // namespace faults
