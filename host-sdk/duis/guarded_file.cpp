// SPDX-License-Identifier: Apache-2.0
#include "duis/guarded_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "duis/crypto.hpp"
#include "guard/file_descriptor.hpp"
#include "guard/path_to.hpp"

namespace dcc::duis {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw CryptoError(file.string() + ": " + why);
}

[[noreturn]] void refuse_errno(const std::filesystem::path& file, const char* what) {
  refuse(file, std::string(what) + ": " + std::generic_category().message(errno));
}

std::string octal(unsigned mode) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04o", mode);
  return text.data();
}

void check_guarded(const std::filesystem::path& file, const struct stat& status,
                   unsigned forbidden) {
  const unsigned mode = status.st_mode & 07777U;
  if ((mode & forbidden) != 0)
    refuse(file, "mode " + octal(mode) + " lets others in, expected " + octal(mode & ~forbidden));
  if (status.st_uid != 0 && status.st_uid != ::geteuid())
    refuse(file, "belongs to user " + std::to_string(status.st_uid) +
                     ", expected root or the user that reads it");
}

void check_way(const std::filesystem::path& path) {
  if (const std::string why = guard::changeable_by_others(path); !why.empty()) refuse(path, why);
}

// Returns its size.
std::size_t check_guarded_file(const std::filesystem::path& file, int fd, unsigned forbidden) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) refuse_errno(file, "cannot be examined");
  if (!S_ISREG(status.st_mode)) refuse(file, "not a regular file");
  check_guarded(file, status, forbidden);
  constexpr off_t kMaxSize = 64 << 20;
  if (status.st_size > kMaxSize)
    refuse(file, std::to_string(status.st_size) + " octets, expected 64 MiB at most");
  return static_cast<std::size_t>(status.st_size);
}

}  // namespace

SecretText read_guarded_file(const std::filesystem::path& file, unsigned forbidden) {
  check_way(file);
  // O_NONBLOCK: a FIFO in the place of a file must not hang us.
  const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (opened < 0) refuse_errno(file, "cannot be opened");
  const guard::FileDescriptor fd(opened);
  // One octet more, so that the end is seen without growing.
  SecretText text(check_guarded_file(file, fd.get(), forbidden) + 1, '\0');
  std::size_t filled = 0;
  for (;;) {
    if (filled == text.size()) text.resize(2 * text.size());
    const ssize_t count = ::read(fd.get(), text.data() + filled, text.size() - filled);
    if (count < 0) refuse_errno(file, "cannot be read");
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  return text;
}

std::vector<std::filesystem::path> list_guarded_directory(const std::filesystem::path& directory) {
  check_way(directory);
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) refuse_errno(directory, "cannot be opened");
  if (!S_ISDIR(status.st_mode)) refuse(directory, "not a directory");
  check_guarded(directory, status, kOthersMayWrite);
  std::error_code error;
  std::vector<std::filesystem::path> entries;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error))
    entries.push_back(it->path());
  if (error) refuse(directory, "cannot be listed: " + error.message());
  std::sort(entries.begin(), entries.end());
  return entries;
}

}  // namespace dcc::duis
