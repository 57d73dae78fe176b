// SPDX-License-Identifier: Apache-2.0
#include "file_writes.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "support/process.hpp"

namespace faults {

FileWrites::FileWrites(const std::filesystem::path& file)
    : fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (fd_ < 0 || ::inotify_add_watch(fd_, file.c_str(), IN_MODIFY) < 0) {
    const int error = errno;
    if (fd_ >= 0) ::close(fd_);
    throw std::system_error(error, std::generic_category(), file.string() + " cannot be watched");
  }
}

FileWrites::~FileWrites() {
  ::close(fd_);
}

bool FileWrites::wait() {
  alignas(struct inotify_event) std::array<char, 4096> events;
  while (::read(fd_, events.data(), events.size()) > 0) {
    // Writes of the past.
  }
  pollfd wanted{fd_, POLLIN, 0};
  const auto patience = std::chrono::milliseconds(support::kPatience).count();
  return ::poll(&wanted, 1, static_cast<int>(patience)) == 1;
}

}  // namespace faults
