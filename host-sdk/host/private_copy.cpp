// SPDX-License-Identifier: Apache-2.0
#include "host/private_copy.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include "host/file_descriptor.hpp"

namespace dcc::host {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw Refused("cache of plugin copies: " + path.string() + ": " + why);
}

[[noreturn]] void refuse(const fs::path& path, int error) {
  refuse(path, std::generic_category().message(error));
}

void ensure_private_directory(const fs::path& cache) {
  std::error_code error;
  fs::create_directories(cache.parent_path(), error);  // mkdir() says it if that failed
  if (::mkdir(cache.c_str(), S_IRWXU) != 0 && errno != EEXIST) refuse(cache, errno);
  struct stat status {};
  if (::lstat(cache.c_str(), &status) != 0) refuse(cache, errno);
  if (!S_ISDIR(status.st_mode)) refuse(cache, "is not a directory");
  if (status.st_uid != ::geteuid() || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    refuse(cache, "is open to others, expected a directory of this process's user, mode 0700");
  }
}

bool holds(const fs::path& copy, const FileContent& file) {
  try {
    return !fs::is_symlink(copy) && read_file(copy, file.bytes.size()).hash == file.hash;
  } catch (const std::exception&) {
    return false;  // absent, or not fit to be trusted: it is written anew
  }
}

void write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) refuse(path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

// Under a name of its own first, so that nobody ever finds half a copy under the right one.
void write_copy(const fs::path& copy, std::string_view bytes) {
  std::string name = copy.string() + ".XXXXXX";
  const FileDescriptor fd(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd) refuse(copy, errno);
  try {
    write_all(fd.get(), bytes, name);
    if (::fsync(fd.get()) != 0 || ::rename(name.c_str(), copy.c_str()) != 0) refuse(copy, errno);
  } catch (...) {
    ::unlink(name.c_str());
    throw;
  }
}

}  // namespace

fs::path private_copy(const FileContent& file, const fs::path& cache) {
  ensure_private_directory(cache);
  fs::path copy = cache / (file.path.stem().string() + '.' + file.hash + ".so");
  if (!holds(copy, file)) write_copy(copy, file.bytes);
  return copy;
}

}  // namespace dcc::host
