// SPDX-License-Identifier: Apache-2.0
//
// Files of the plugin and settings directories: who may write them, and their octets together with
// the hash of exactly these octets. Functions are safe from any thread.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dcc::host {

// A plugin, its settings or one of their directories is not accepted. what() is one line that names
// the culprit, what was expected and what was found.
struct NotAccepted : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct FileContent {
  std::filesystem::path path;
  std::string bytes;
  std::string hash;  // SHA-256 of `bytes`, hexadecimal
};

std::string sha256_hex(std::string_view bytes);

// Which directory a path means: another one after a mount, or when it was made anew.
struct DirectoryId {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const DirectoryId&) const = default;
};

// NotAccepted: a directory or symbolic link on the way to `path` belongs to somebody else than root
// and this process's user, or others than the owner may write it.
void check_way(const std::filesystem::path& path);

// NotAccepted: not a directory, or it, or one on the way to it, belongs to somebody else or is
// written by others as above.
DirectoryId check_directory(const std::filesystem::path& directory);

// Whether the system refuses to execute or map code from where `path` lies.
bool is_mounted_noexec(const std::filesystem::path& path);

// NotAccepted: it is not a regular file, is larger than `limit`, cannot be read, changed while it
// was read, or, with Writers::owner, the owner and permissions of it or of the way are not as
// above.
enum class Writers { owner, anybody };
FileContent read_file(const std::filesystem::path& path, std::size_t limit,
                      Writers writers = Writers::owner);

}  // namespace dcc::host
