// SPDX-License-Identifier: Apache-2.0
#include "host/child_limits.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "host/error_text.hpp"

namespace dcc::host {
namespace {

constexpr const char* kVariable = "DCC_CHILD_LIMITS";

void must(int result, const char* step) {
  if (result != 0) throw std::runtime_error(std::string(step) + ": " + error_text(errno));
}

// Whatever hard limit there is stays one.
void lower(decltype(RLIMIT_CPU) resource, rlim_t soft, rlim_t hard) {
  struct rlimit value {};
  must(::getrlimit(resource, &value), "getrlimit");
  value.rlim_max = std::min(value.rlim_max, hard);
  value.rlim_cur = std::min(value.rlim_max, soft);
  must(::setrlimit(resource, &value), "setrlimit");
}

}  // namespace

std::string limits_variable(const ChildLimits& limits) {
  // Later than the time-out, unless it spins in several threads.
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(limits.time).count() + 1;
  std::ostringstream text;
  text << kVariable << '=' << ::getpid() << ' ' << seconds << ' ' << limits.file_size << ' '
       << limits.open_files << ' ' << (kLimitsChildMemory ? limits.memory : 0);
  return text.str();
}

void obey_limits() {
  const char* const variable = std::getenv(kVariable);
  if (variable == nullptr) return;
  const std::string text = variable;
  std::istringstream in(text);
  pid_t parent = 0;
  rlim_t seconds = 0, file_size = 0, open_files = 0, memory = 0;
  in >> parent >> seconds >> file_size >> open_files >> memory;
  if (!in || !(in >> std::ws).eof()) {
    throw std::runtime_error(std::string(kVariable) + " is '" + text +
                             "', expected the process that starts this one, and the limits of "
                             "seconds, octets of a file, open files and octets of memory");
  }
  must(::unsetenv(kVariable), "unsetenv");
  must(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
  if (::getppid() != parent) ::_exit(127);
  must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
  lower(RLIMIT_CORE, 0, 0);
  lower(RLIMIT_CPU, seconds, seconds + 1);  // SIGXCPU first, which says why
  lower(RLIMIT_FSIZE, file_size, file_size);
  lower(RLIMIT_NOFILE, open_files, open_files);
  if (memory != 0) lower(RLIMIT_AS, memory, memory);
}

}  // namespace dcc::host
