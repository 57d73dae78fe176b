// SPDX-License-Identifier: Apache-2.0
#include "bench/child.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>

#include "bench/world.hpp"

namespace bench {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

pid_t start(std::vector<std::string> command, int standard_error) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& part : command) arguments.push_back(part.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, standard_error, STDERR_FILENO);
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, arguments[0], &actions, nullptr, arguments.data(), ::environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) fail(command[0] + " cannot be started");
  return pid;
}

}  // namespace

Ran run_child(const std::vector<std::string>& command) {
  Ran ran;
  // A file rather than a pipe: nobody has to read it meanwhile.
  const std::unique_ptr<FILE, int (*)(FILE*)> said(std::tmpfile(), &std::fclose);
  if (!said) fail("no temporary file");
  const auto begin = std::chrono::steady_clock::now();
  const pid_t pid = start(command, ::fileno(said.get()));
  int status = 0;
  rusage usage{};
  if (::wait4(pid, &status, 0, &usage) != pid) fail("wait4");
  ran.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  ran.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  ran.peak_mib = static_cast<double>(usage.ru_maxrss) / 1024;
  std::rewind(said.get());
  std::string text;
  for (int c = std::fgetc(said.get()); c != EOF; c = std::fgetc(said.get())) {
    text += static_cast<char>(c);
    if (c == '\n') ++ran.lines;
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail(command[0] + " failed: " + text);
  return ran;
}

}  // namespace bench
