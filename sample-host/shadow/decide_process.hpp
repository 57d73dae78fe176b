// SPDX-License-Identifier: Apache-2.0
//
// dcc-decide as a child: a line in, a line out. Whatever becomes of it, this process goes on. One
// thread at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "guard/file_descriptor.hpp"

namespace sample {

class DecideProcess {
 public:
  // Starts it with this file of options. Throws std::runtime_error.
  DecideProcess(const std::filesystem::path& program, const std::filesystem::path& options);
  // Ends it, and waits for it.
  ~DecideProcess();
  DecideProcess(const DecideProcess&) = delete;
  DecideProcess& operator=(const DecideProcess&) = delete;

  enum class End { answered, ended, late };
  struct Reply {
    End how = End::ended;
    std::string line;  // answered: without its end; ended: how; late: nothing
  };
  // After any other end than `answered` it is of no use any more.
  Reply ask(std::string_view line, std::chrono::milliseconds patience);

  // What it has written to its log by now, a line each.
  std::vector<std::string> log();

 private:
  Reply ended();
  bool send(std::string_view line) const;

  dcc::guard::FileDescriptor talk_, errors_;
  pid_t pid_ = -1;
  std::string input_, log_;
};

}  // namespace sample
