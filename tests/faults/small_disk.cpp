// SPDX-License-Identifier: Apache-2.0
#include "small_disk.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace faults {
namespace {

constexpr const char* kOptions = "size=4m,mode=0700";

bool enter_namespace() {
  if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

void require(bool worked, const char* what) {
  if (!worked) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

std::unique_ptr<SmallDisk> SmallDisk::mount(const std::filesystem::path& directory) {
  static const bool entered = enter_namespace();
  if (!entered || ::mount("tmpfs", directory.c_str(), "tmpfs", 0, kOptions) != 0) return nullptr;
  return std::unique_ptr<SmallDisk>(new SmallDisk(directory));
}

SmallDisk::~SmallDisk() {
  ::umount2(directory_.c_str(), MNT_DETACH);
}

void SmallDisk::fill() {
  const int fd = ::open((directory_ / "filler").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  require(fd >= 0, "filler");
  const std::array<char, 4096> block{};
  while (::write(fd, block.data(), block.size()) > 0) {
    // More.
  }
  const int error = errno;
  ::close(fd);
  if (error != ENOSPC) throw std::system_error(error, std::generic_category(), "filler");
}

void SmallDisk::make_room() {
  std::filesystem::remove(directory_ / "filler");
}

void SmallDisk::make_read_only(bool read_only) {
  unsigned long flags = MS_REMOUNT;
  if (read_only) flags |= MS_RDONLY;
  require(::mount("tmpfs", directory_.c_str(), "tmpfs", flags, kOptions) == 0, "remount");
}

}  // namespace faults
