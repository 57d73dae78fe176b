// SPDX-License-Identifier: Apache-2.0
#include "what_if/apart.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <iostream>
#include <new>
#include <system_error>

#include "guard/temporary_directory.hpp"
#include "host/child_process.hpp"
#include "host/one_line.hpp"

namespace sample {
namespace {

// Which record the child is at, for the parent to tell when it has crashed.
class Place {
 public:
  Place()
      : memory_(::mmap(nullptr, sizeof(std::atomic<std::int64_t>), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    record_ = new (memory_) std::atomic<std::int64_t>(0);
  }
  ~Place() { ::munmap(memory_, sizeof(std::atomic<std::int64_t>)); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::atomic<std::int64_t>& record() { return *record_; }

 private:
  void* memory_;
  std::atomic<std::int64_t>* record_;
};

// The child that is waited for; signals that end this process end it first.
std::atomic<pid_t> child = 0;

extern "C" void end_child(int signal) {
  ::kill(child, signal);
}

int wait_for_child() {
  struct sigaction action {};
  action.sa_handler = end_child;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  }
  return status;
}

}  // namespace

Again decide_apart(const DecideAgain& task) try {
  Place place;
  const dcc::guard::TemporaryDirectory directory("dcc");
  child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Never into the caller's code again, whose objects are the parent's.
    try {
      ::_exit(static_cast<int>(task(directory.path(), place.record())));
    } catch (const std::exception& error) {
      complain(error.what());
    }
    ::_exit(static_cast<int>(Again::not_run));
  }
  const int status = wait_for_child();
  if (WIFEXITED(status)) return static_cast<Again>(WEXITSTATUS(status));
  const std::int64_t record = place.record();
  complain(std::string("the process that decides was killed by signal ") +
           dcc::host::signal_text(WTERMSIG(status)) +
           (record == 0 ? " before the first record or after the last"
                        : " at record " + std::to_string(record) + " of the store"));
  return Again::not_run;
} catch (const std::exception& error) {
  complain(error.what());
  return Again::not_run;
}

void complain(const std::string& why) {
  std::cerr << "dcc-sample-host: " << dcc::host::printable(why, std::string::npos) << std::endl;
}

dcc::host::HostServices quiet(dcc::host::HostServices services) {
  using Level = dcc::host::HostServices::Level;
  services.log = [](Level level, std::string_view source, std::string_view line) {
    // What the directory says of the candidate, its reports say, too.
    if (level >= Level::warning && source != "plugins")
      complain(std::string(source).append(": ").append(line));
  };
  return services;
}

}  // namespace sample
