// SPDX-License-Identifier: Apache-2.0
//
// The last lines of the log, until somebody takes them. Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "host/plugin_directory.hpp"

namespace dcc::foreign {

std::string_view name_of(host::HostServices::Level level);

class LogRing {
 public:
  static constexpr std::size_t kLines = 1000;

  void add(host::HostServices::Level level, std::string_view source, std::string_view line);

  // As an array of JSON, as many as fit into `at_most` octets, the oldest first. If not even one
  // does, it is given, and stays.
  std::string take(std::size_t at_most);

 private:
  // As it leaves us.
  std::string dropped_line() const;

  std::mutex mutex_;  // guards the rest
  std::deque<std::string> lines_;
  std::uint64_t dropped_ = 0;
};

}  // namespace dcc::foreign
