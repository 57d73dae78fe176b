// SPDX-License-Identifier: Apache-2.0
//
// Lines in and lines out, over a pipe or a socket, until the other side or the program ends. All
// functions are safe from any thread: each line goes to one reader, each answer is written whole.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "foreign/stop_signal.hpp"

namespace dcc::foreign {

class LineChannel {
 public:
  // The descriptors are the caller's; they and `stop` must outlive this.
  LineChannel(int in, int out, std::size_t max_line, const StopSignal& stop)
      : in_(in), out_(out), max_line_(max_line), stop_(stop) {}
  LineChannel(const LineChannel&) = delete;
  LineChannel& operator=(const LineChannel&) = delete;

  struct Line {
    std::string text;          // without its end
    bool is_too_long = false;  // and then empty: it was passed over
  };
  // The next; nothing: there is none any more, because the other side or the program ends. What
  // stands behind the last line end is a line, too.
  std::optional<Line> next();

  // False: it could not be written, because the other side has gone, or does not read although the
  // program is to end.
  bool write(std::string_view line);

 private:
  bool fill();
  std::optional<Line> take();

  const int in_;
  const int out_;
  const std::size_t max_line_;
  const StopSignal& stop_;

  std::mutex in_mutex_;  // guards the four below
  std::string buffer_;
  std::size_t searched_ = 0;  // up to where there is no line end
  bool passing_over_ = false;
  bool ended_ = false;

  std::mutex out_mutex_;  // held while a line is written
};

}  // namespace dcc::foreign
