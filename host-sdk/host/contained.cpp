// SPDX-License-Identifier: Apache-2.0
#include "host/contained.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <system_error>

namespace dcc::host {
namespace {

[[noreturn]] void fail(const char* step) {
  throw std::system_error(errno, std::generic_category(), step);
}

sigset_t end_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::sigaddset(&set, SIGCHLD);
  return set;
}

// Kills the children of this process, not of its own accord those of theirs: they become children
// of this process when theirs are gone.
void kill_children() {
  const std::string self = std::to_string(::getpid());
  std::ifstream children("/proc/self/task/" + self + "/children");
  for (pid_t child = 0; children >> child;) ::kill(child, SIGKILL);
}

void kill_and_reap_all() {
  for (;;) {
    kill_children();
    if (::waitpid(-1, nullptr, 0) < 0 && errno == ECHILD) return;
  }
}

// Waits for the child, or for the order to end it. The child is left for kill_and_reap_all() unless
// it has ended.
int wait_for(pid_t child, const sigset_t& signals) {
  for (;;) {
    int number = 0;
    ::sigwait(&signals, &number);
    if (number == SIGTERM) return SIGTERM;
    int status = 0;
    // Others are reaped, too: a plugin may leave many behind.
    for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended == child) return status;
    }
  }
}

}  // namespace

int run_contained(const std::function<int()>& task) {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) fail("prctl");
  sigset_t before;
  const sigset_t signals = end_signals();
  ::sigprocmask(SIG_BLOCK, &signals, &before);
  const pid_t parent = ::getppid(), self = ::getpid();
  if (::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) fail("prctl");

  const pid_t child = ::fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    // A signal to its own group must not meet this process.
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != self) ::_exit(EXIT_FAILURE);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    std::exit(task());
  }
  const int status = ::getppid() == parent ? wait_for(child, signals) : SIGTERM;
  kill_and_reap_all();
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  std::signal(WTERMSIG(status), SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  ::raise(WTERMSIG(status));
  return EXIT_FAILURE;
}

}  // namespace dcc::host
