// SPDX-License-Identifier: Apache-2.0
#include "host/file_content.hpp"

#include <fcntl.h>
#include <sha2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "guard/file_descriptor.hpp"
#include "guard/path_to.hpp"
#include "host/error_text.hpp"
#include "text/hex.hpp"

namespace dcc::host {
namespace {

using guard::FileDescriptor;
[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw NotAccepted(path.string() + ": " + why);
}

// Whoever may write a plugin or its settings decides what this process does.
void check_writers(const struct stat& status, const std::filesystem::path& path) {
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    refuse(path, "belongs to user " + std::to_string(status.st_uid) + ", expected root or user " +
                     std::to_string(::geteuid()));
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    refuse(path, "may be written by its group or by others, expected by its owner only");
  }
}

bool same_version(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec && a.st_ctim.tv_sec == b.st_ctim.tv_sec &&
         a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

// At most `limit` octets and one more, by which the caller sees that there is more.
std::string read_all(int fd, const std::filesystem::path& path, std::size_t limit) {
  std::string bytes;
  std::array<char, 1 << 16> block;
  while (bytes.size() <= limit) {
    const ssize_t n = ::read(fd, block.data(), std::min(block.size(), limit + 1 - bytes.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refuse(path, "cannot be read: " + error_text(errno));
    if (n == 0) break;
    bytes.append(block.data(), static_cast<std::size_t>(n));
  }
  return bytes;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  // Not OpenSSL's: processes that load this library, such as Node.js, bring one of their own.
  SHA2_CTX context;
  SHA256Init(&context);
  SHA256Update(&context, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256Final(digest.data(), &context);
  return text::hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

void check_way(const std::filesystem::path& path) {
  if (const std::string why = guard::changeable_by_others(path); !why.empty()) refuse(path, why);
}

DirectoryId check_directory(const std::filesystem::path& directory) {
  check_way(directory);
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) refuse(directory, error_text(errno));
  if (!S_ISDIR(status.st_mode)) refuse(directory, "is not a directory");
  check_writers(status, directory);
  return {status.st_dev, status.st_ino};
}

bool is_mounted_noexec(const std::filesystem::path& path) {
  struct statvfs system {};
  return ::statvfs(path.c_str(), &system) == 0 && (system.f_flag & ST_NOEXEC) != 0;
}

FileContent read_file(const std::filesystem::path& path, std::size_t limit, Writers writers) {
  if (writers == Writers::owner) check_way(path);
  // Not blocking: opening a FIFO would wait for its writer.
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) refuse(path, error_text(errno));
  struct stat before {};
  if (::fstat(fd.get(), &before) != 0) refuse(path, error_text(errno));
  if (!S_ISREG(before.st_mode)) refuse(path, "is not a regular file");
  if (writers == Writers::owner) check_writers(before, path);

  FileContent file{path, read_all(fd.get(), path, limit), {}};
  if (file.bytes.size() > limit) {
    refuse(path, "is larger than " + std::to_string(limit) + " octets");
  }
  struct stat after {};
  if (::fstat(fd.get(), &after) != 0) refuse(path, error_text(errno));
  if (!same_version(before, after) ||
      file.bytes.size() != static_cast<std::size_t>(after.st_size)) {
    refuse(path, "changed while it was read");
  }
  file.hash = sha256_hex(file.bytes);
  return file;
}

}  // namespace dcc::host
