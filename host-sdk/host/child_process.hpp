// SPDX-License-Identifier: Apache-2.0
//
// Runs a program in a child process that shares nothing with this one and cannot outlast its
// limits: for code that may crash, hang or end its process. This process goes on meanwhile, however
// large it is: it is not forked.
//
// Safe from any thread, and beside other threads that fork: only the own child is waited for, so
// SIGCHLD needs no handler (but must not be ignored).
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "host/child_limits.hpp"

namespace dcc::host {

struct ChildResult {
  // failed: it could not be started, or not be waited for; `why` says what and why.
  enum class End { exited, signalled, timed_out, failed };

  End end = End::failed;
  int number = 0;      // exited: the exit code; signalled: the signal
  std::string output;  // what it wrote to standard output
  std::string errors;  // ... and to standard error
  std::string why;
};

// Runs `program` (a path, not looked for in PATH) to its end and returns it. The child has
// `arguments` after the program's name, `input` as its standard input, a session and process group
// of its own, the environment PATH, LC_ALL and DCC_CHILD_LIMITS only (a program of the SDK obeys
// these, obey_limits()), no other descriptor than the three standard ones, and no signal blocked or
// ignored. When its time is over it gets a SIGTERM, two seconds later SIGKILL. When it has ended,
// whatever is left of its process group is killed; what has left the group is for the program
// itself to end (contained.hpp). Throws std::bad_alloc only.
ChildResult run_child(const std::filesystem::path& program,
                      const std::vector<std::string>& arguments, const ChildLimits& limits = {},
                      std::string_view input = {});

// Starts a program that stays, with these descriptors as its standard streams; as above otherwise,
// but without limits and without a wait: the caller reaps it. Throws std::runtime_error.
pid_t start_child(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                  int input, int output, int errors);

// "exited with code 3", "was killed by signal 11 (SIGSEGV)", "did not end within 200 ms",
// "could not be run: posix_spawn: No such file or directory". `limits` as given to run_child().
std::string end_text(const ChildResult& result, const ChildLimits& limits);

// "11 (SIGSEGV)".
std::string signal_text(int number);

}  // namespace dcc::host
