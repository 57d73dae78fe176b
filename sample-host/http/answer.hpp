// SPDX-License-Identifier: Apache-2.0
//
// What goes to and fro between a listener and its Site. Plain values.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace sample {

// A field of an answer's head, of static text.
struct Field {
  std::string_view name, value;
};

// What goes back over HTTP.
struct Answer {
  unsigned status = 200;
  std::string content_type = "application/xml";
  std::string body;
  bool retry_after = false;         // send Retry-After
  std::string_view allow{};         // with 405: the methods that the path has; static text
  std::string reason{};             // what a refusal says, for the log
  std::span<const Field> fields{};  // further ones; static
};

// A problem detail (RFC 9457) as an answer; 429 and 503 ask to try again. `detail` may hold text of
// the message: it is escaped. Without memory only the status is left.
Answer problem(unsigned status, std::string_view title, std::string_view detail) noexcept;

// Takes an answer. Must not throw and must not block.
using Done = std::function<void(Answer)>;
// Runs a task later in the worker's thread; called from any thread.
using Post = std::function<void(std::function<void()>)>;

}  // namespace sample
