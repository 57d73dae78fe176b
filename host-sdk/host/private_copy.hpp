// SPDX-License-Identifier: Apache-2.0
//
// The cache of private copies of plugin files. Any number of processes may share one. Safe from
// any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "guard/file_descriptor.hpp"
#include "host/file_content.hpp"

namespace dcc::host {

// NotAccepted: private_copy() could not make a copy there, or nothing could be loaded from it.
// Changes nothing.
void check_cache(const std::filesystem::path& cache);

// The path of a file in `cache` that holds exactly `file.bytes`: STEM.HASH.so, written now unless
// it is there and has that content. The directory is made (0700) if absent. NotAccepted: it is open
// to anybody but this process's user, is mounted noexec, or the copy cannot be written.
std::filesystem::path private_copy(const FileContent& file, const std::filesystem::path& cache);

// The path that a copy of content with this hash has or would have.
std::filesystem::path copy_path(const std::filesystem::path& cache, const std::string& stem,
                                const std::string& hash);

// Takes ".HASH" off the end of a name: the hash; empty: there is none, and the name stays.
std::string take_hash(std::string& name);

// Puts a file with this content on disk, in the place of what has its name: all of it or nothing.
// The directory must be there. NotAccepted: it cannot be written.
void write_private(const std::filesystem::path& file, std::string_view bytes);

// Removes copies, but not those with a hash of `in_use`, and of the others not the kKeptCopies that
// were asked for last: what may be rolled back to, and what another process may be about to load.
inline constexpr std::size_t kKeptCopies = 8;
void prune_copies(const std::filesystem::path& cache, const std::set<std::string>& in_use);

// A copy without a place in a file system, for a child process. Gone with the object.
class UnnamedCopy {
 public:
  // NotAccepted: there is no memory for it.
  explicit UnnamedCopy(std::string_view bytes);
  // Valid in this process and for others of its user.
  std::filesystem::path path() const;

 private:
  guard::FileDescriptor file_;
};

}  // namespace dcc::host
