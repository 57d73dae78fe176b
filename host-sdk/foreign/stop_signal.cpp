// SPDX-License-Identifier: Apache-2.0
#include "foreign/stop_signal.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace dcc::foreign {

StopSignal::StopSignal() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void StopSignal::tell() const noexcept {
  const int before = errno;
  const std::uint64_t one = 1;
  // It fails only if it has been told 2^64 - 2 times.
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
  errno = before;
}

bool StopSignal::is_told() const noexcept {
  pollfd event{event_.get(), POLLIN, 0};
  return ::poll(&event, 1, 0) == 1;
}

bool StopSignal::wait_for(int fd, short events) const noexcept {
  std::array<pollfd, 2> files{{{fd, events, 0}, {event_.get(), POLLIN, 0}}};
  while (::poll(files.data(), files.size(), -1) < 0 && errno == EINTR) continue;
  return files[0].revents != 0;
}

void StopSignal::wait() const noexcept {
  pollfd event{event_.get(), POLLIN, 0};
  while (::poll(&event, 1, -1) < 0 && errno == EINTR) continue;
}

}  // namespace dcc::foreign
