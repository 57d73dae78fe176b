// SPDX-License-Identifier: Apache-2.0
//
// What dcc-decide answers to a line, as the end of dcc/host.h describes it. Safe from any thread.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "dcc/host.h"
#include "foreign/host.hpp"

namespace dcc::foreign {

inline constexpr std::size_t kMaxLine = DCCH_MAX_MESSAGE + 1024;

// Who may ask for what: on a socket, nothing that changes or empties something.
enum class Asker { parent, peer };

class LineRequests {
 public:
  // `host` must outlive this.
  explicit LineRequests(Host& host) : host_(host) {}

  // One line, without its end.
  std::string answer(std::string_view line, Asker asker) noexcept;
  std::string too_long() const;

 private:
  std::string reload(const Json& which);

  Host& host_;
  std::atomic<int> reloads_{0};  // under way or waiting
};

// An error that belongs to no line of theirs.
std::string error_line(std::string_view id, int status, std::string_view reason);

}  // namespace dcc::foreign
