// SPDX-License-Identifier: Apache-2.0
//
// A program as its user runs it: started, watched by what it prints, signalled, waited for. Every
// wait has a deadline that only a hung program reaches; then it throws std::runtime_error with what
// was printed. The destructor kills what still runs. One thread at a time, except err().
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace support {

inline constexpr std::chrono::seconds kPatience{300};

struct Finished {
  int exit_code = 0;  // 128 + N: ended by signal N
  std::string out;
  std::string err;
};

class Process {
 public:
  // `program` is looked for in PATH if it has no slash.
  Process(const std::filesystem::path& program, const std::vector<std::string>& arguments);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // The next line on standard error that has `text` in it, after the one found last.
  std::string wait_for_line(std::string_view text);
  // All of standard error so far.
  std::string err() const;

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  // Whether it is at its end, waited for or not.
  bool ended() const;
  Finished wait();

 private:
  // One of the two streams, read by a thread of its own until its end.
  struct Stream {
    std::string text;
    bool ended = false;
  };

  void read(int fd, Stream& stream);
  [[noreturn]] void give_up(std::string_view what) const;

  std::string name_;
  pid_t pid_ = -1;
  bool reaped_ = false;

  mutable std::mutex mutex_;  // guards the streams
  std::condition_variable changed_;
  Stream out_, err_;
  std::size_t searched_ = 0;  // how far wait_for_line() has come in err_
  std::vector<std::thread> readers_;
};

// Runs a program to its end.
Finished run(const std::filesystem::path& program, const std::vector<std::string>& arguments);

}  // namespace support
