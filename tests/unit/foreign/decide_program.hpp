// SPDX-License-Identifier: Apache-2.0
//
// dcc-decide as an adaptor starts it: a child with pipes, and connections to its socket. Every wait
// has a deadline that only a hung program reaches; then it throws. One thread at a time.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "guard/file_descriptor.hpp"

namespace foreign_test {

// Two ends of a stream of lines.
class Lines {
 public:
  Lines(dcc::guard::FileDescriptor in, dcc::guard::FileDescriptor out)
      : in_(std::move(in)), out_(std::move(out)) {}
  static Lines connect(const std::filesystem::path& socket);

  // With a line end.
  void send(std::string_view line) { send_octets(std::string(line) + '\n'); }
  void send_octets(std::string_view octets);
  // No more comes from here.
  void end();
  // The next line; nothing: the other side has ended.
  std::optional<std::string> receive();
  std::string ask(std::string_view line) {
    send(line);
    return receive().value_or("ended");
  }

 private:
  dcc::guard::FileDescriptor in_, out_;
  std::string buffer_;
};

class DecideProgram {
 public:
  // `options`: as text, which is written beside the world's directories. `input`: instead of a
  // pipe.
  DecideProgram(const std::filesystem::path& directory, const std::string& options,
                const std::vector<std::string>& more = {}, const char* input = nullptr);
  // Kills what still runs.
  ~DecideProgram();
  DecideProgram(const DecideProgram&) = delete;
  DecideProgram& operator=(const DecideProgram&) = delete;

  // The exit code; 128 + N: by signal N.
  int wait();
  void signal(int number) const;

  std::optional<Lines> lines;

 private:
  pid_t pid_ = -1;
};

}  // namespace foreign_test
