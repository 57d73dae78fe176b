// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include <unistd.h>

#include <cstdio>
#include <string>

namespace sample {

Progress::Progress() : terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (line_is_open_) std::fputs("\r\x1b[K", stderr);
}

void Progress::at(std::string_view what, std::int64_t done, std::optional<std::int64_t> total) {
  const auto now = Clock::now();
  if (now - said_ < (terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(1))) return;
  said_ = now;
  std::string line = std::to_string(done);
  if (total) line += " of " + std::to_string(*total);
  line.append(" ").append(what);
  std::fprintf(stderr, terminal_ ? "\r%s\x1b[K" : "%s\n", line.c_str());
  line_is_open_ = terminal_;
}

}  // namespace sample
