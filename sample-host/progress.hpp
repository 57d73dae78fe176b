// SPDX-License-Identifier: Apache-2.0
//
// How far a long command is, on standard error: often on a terminal, in one line that is gone in
// the end; else now and then, a line each, only if it takes long. One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sample {

class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // "1000 of 2000 rows imported". May be called for each row.
  void at(std::string_view what, std::int64_t done, std::optional<std::int64_t> total = {});

 private:
  using Clock = std::chrono::steady_clock;

  const bool terminal_;
  bool line_is_open_ = false;
  Clock::time_point said_ = Clock::now();
};

}  // namespace sample
