// SPDX-License-Identifier: Apache-2.0
#include "probe/report.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace dcc::probe {
namespace {

[[noreturn]] void fail(const char* step) {
  throw std::system_error(errno, std::generic_category(), step);
}

}  // namespace

Report::Report() : out_(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)) {
  if (!out_) fail("standard output");
  const guard::FileDescriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!nothing || ::dup2(nothing.get(), STDIN_FILENO) < 0) fail("/dev/null");
  if (::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) fail("standard error");
  write(std::string(host::kProbeGreeting) + '\n');
}

void Report::write(std::string host::ProbeReport::*field, std::string_view text) {
  write(host::probe_line(field, text));
}

void Report::write(std::string_view line) {
  while (!line.empty()) {
    const ssize_t size = ::write(out_.get(), line.data(), line.size());
    if (size < 0 && errno != EINTR) fail("standard output");
    if (size > 0) line.remove_prefix(static_cast<std::size_t>(size));
  }
}

}  // namespace dcc::probe
