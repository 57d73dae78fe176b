// SPDX-License-Identifier: Apache-2.0
#include "foreign/stop_signal.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>

namespace dcc::foreign {
namespace {

guard::FileDescriptor blocked_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return guard::FileDescriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

StopSignal::StopSignal()
    : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), signals_(blocked_signals()) {
  if (!event_ || !signals_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void StopSignal::tell() const noexcept {
  const std::uint64_t one = 1;
  // It fails only if it has been told 2^64 - 2 times.
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

bool StopSignal::poll(int fd, short events, int milliseconds) const noexcept {
  std::array<pollfd, 3> files{
      {{fd, events, 0}, {event_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
  while (::poll(files.data(), files.size(), milliseconds) < 0 && errno == EINTR) continue;
  return fd < 0 ? (files[1].revents | files[2].revents) != 0 : files[0].revents != 0;
}

bool StopSignal::is_told() const noexcept {
  return poll(-1, 0, 0);
}

bool StopSignal::wait_for(int fd, short events) const noexcept {
  return poll(fd, events, -1);
}

void StopSignal::wait() const noexcept {
  poll(-1, 0, -1);
}

}  // namespace dcc::foreign
