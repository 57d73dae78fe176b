// SPDX-License-Identifier: Apache-2.0
#include "host/private_copy.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <system_error>
#include <utility>
#include <vector>

#include "guard/path_to.hpp"
#include "host/error_text.hpp"
#include "text/hex.hpp"

namespace dcc::host {
namespace {

using guard::FileDescriptor;
namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw NotAccepted("cache of plugin copies: " + path.string() + ": " + why);
}

[[noreturn]] void refuse(const fs::path& path, int error) {
  refuse(path, error_text(error));
}

void check_is_private(const fs::path& cache, const struct stat& status) {
  if (!S_ISDIR(status.st_mode)) refuse(cache, "is not a directory");
  if (status.st_uid != ::geteuid() || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    refuse(cache, "is open to others, expected a directory of this process's user, mode 0700");
  }
}

bool holds(const fs::path& copy, const FileContent& file) {
  try {
    if (fs::is_symlink(copy) || read_file(copy, file.bytes.size()).hash != file.hash) return false;
    // Used now, also where reading does not say so: see prune_copies().
    const std::array<timespec, 2> times{{{0, UTIME_NOW}, {0, UTIME_OMIT}}};
    return ::utimensat(AT_FDCWD, copy.c_str(), times.data(), 0) == 0;
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

// STEM.HASH.so: the hash; empty: the name is none of a copy.
std::string hash_in(std::string name) {
  constexpr std::string_view kEnd = ".so";
  if (!name.ends_with(kEnd)) return {};
  name.resize(name.size() - kEnd.size());
  return take_hash(name);
}

}  // namespace

void check_cache(const fs::path& cache) {
  check_way(cache);
  struct stat status {};
  fs::path there = fs::absolute(cache);
  if (::lstat(there.c_str(), &status) == 0) {
    check_is_private(cache, status);
  } else if (errno != ENOENT) {
    refuse(cache, errno);
  } else {
    while (::stat(there.c_str(), &status) != 0 && errno == ENOENT && there.has_relative_path()) {
      there = there.parent_path();
    }
  }
  if (!guard::may_write(there)) refuse(there, errno);
  if (!is_mounted_noexec(there)) return;
  refuse(cache,
         "is on a file system that is mounted noexec, expected one from which plugins may be "
         "loaded; the sample host's setting is [plugins] cache");
}

void write_private(const fs::path& file, std::string_view bytes) {
  // Under a name of its own first, so that nobody ever finds half of it under the right one.
  std::string name = file.string() + ".XXXXXX";
  const FileDescriptor fd(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd) refuse(file, errno);
  try {
    write_all(fd.get(), bytes, name);
    if (::fsync(fd.get()) != 0 || ::rename(name.c_str(), file.c_str()) != 0) refuse(file, errno);
  } catch (...) {
    ::unlink(name.c_str());
    throw;
  }
}

std::string take_hash(std::string& name) {
  constexpr std::size_t kHash = 64;
  if (name.size() < kHash + 2 || name[name.size() - kHash - 1] != '.') return {};
  std::string hash = name.substr(name.size() - kHash);
  if (hash.find_first_not_of(text::kHexDigits) != std::string::npos) return {};
  name.resize(name.size() - kHash - 1);
  return hash;
}

fs::path copy_path(const fs::path& cache, const std::string& stem, const std::string& hash) {
  return cache / (stem + '.' + hash + ".so");
}

fs::path private_copy(const FileContent& file, const fs::path& cache) {
  std::error_code error;
  fs::create_directories(cache.parent_path(), error);  // mkdir() says it if that failed
  if (::mkdir(cache.c_str(), S_IRWXU) != 0 && errno != EEXIST) refuse(cache, errno);
  check_cache(cache);
  fs::path copy = copy_path(cache, file.path.stem().string(), file.hash);
  if (!holds(copy, file)) write_private(copy, file.bytes);
  return copy;
}

void prune_copies(const fs::path& cache, const std::set<std::string>& in_use) {
  std::vector<std::pair<std::int64_t, fs::path>> others;  // by last use
  std::error_code error;
  for (fs::directory_iterator it(cache, error), end; !error && it != end; it.increment(error)) {
    const std::string hash = hash_in(it->path().filename().string());
    struct stat status {};
    if (hash.empty() || in_use.contains(hash) || ::lstat(it->path().c_str(), &status) != 0)
      continue;
    const auto& used = status.st_atim;
    others.emplace_back(std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec, it->path());
  }
  if (others.size() <= kKeptCopies) return;
  std::ranges::sort(others, std::greater());
  for (std::size_t i = kKeptCopies; i < others.size(); ++i) fs::remove(others[i].second, error);
}

UnnamedCopy::UnnamedCopy(std::string_view bytes) : file_(::memfd_create("plugin", MFD_CLOEXEC)) {
  if (!file_) refuse("a copy in memory", errno);
  write_all(file_.get(), bytes, "a copy in memory");
}

fs::path UnnamedCopy::path() const {
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(file_.get());
}

}  // namespace dcc::host
