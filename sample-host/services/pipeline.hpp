// SPDX-License-Identifier: Apache-2.0
//
// The way of a request through the host, bytes in to bytes out:
//
//   read and verify -> seen before? -> handler for the SRV -> its variants and body -> the User
//   -> the handler's decision -> response -> commit -> answer
//
// and each local-policy answer of the table in README.md. Everything but the commit happens in the
// calling worker's thread; the answer comes from the committer's.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "duis/identifiers.hpp"

namespace sample {

// What goes back over HTTP.
struct Answer {
  unsigned status = 200;
  std::string content_type = "application/xml";
  std::string body;
  bool retry_after = false;  // send Retry-After
  std::string_view allow{};  // with 405: the methods that the path has; static text
  std::string reason{};      // what a refusal says, for the log
};

// A problem detail (RFC 9457) as an answer; 503 asks to try again. `detail` may hold text of the
// message: it is escaped.
// Without memory only the status is left.
Answer problem(unsigned status, std::string_view title, std::string_view detail) noexcept;

// Who is at the other end of the connection, as far as the transport has verified it.
struct Peer {
  std::optional<dcc::duis::Eui64> eui{};  // in its certificate's subject; absent: there is none
  std::string address{};                  // and port, for the log
  // When the last octet of the request that comes from it was there.
  std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();
};

// What all workers share: shared.hpp.
struct Shared;

// One worker's pipeline: parser, buffers and store connection are its own, so one thread at a time
// uses it. The answers of several requests may be under way at once.
class Pipeline {
 public:
  using Done = std::function<void(Answer)>;
  // Runs a task later in the worker's thread; called from any thread. A request of which a fact
  // changed before its commit starts again that way.
  using Post = std::function<void(std::function<void()>)>;

  Pipeline(std::shared_ptr<Shared> shared, Post post);
  ~Pipeline();

  // `endpoint`: serviceD, serviceS or serviceT. Calls `done` exactly once, before it returns or
  // later from another thread; `done` must not throw and must not block.
  void handle(std::string_view endpoint, const Peer& peer, std::string request, Done done);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace sample
