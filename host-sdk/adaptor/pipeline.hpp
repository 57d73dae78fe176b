// SPDX-License-Identifier: Apache-2.0
//
// The way of a request through an adaptor, bytes in to answer out:
//
//   read and verify -> seen before? -> handler for the SRV -> its variants and body -> the User
//   -> the handler's decision -> response -> commit -> answer
//
// Everything but the commit happens in the calling worker's thread; the answer comes from the
// committer's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adaptor/adaptor.hpp"
#include "adaptor/reply.hpp"

namespace dcc::adaptor {

// From a request's receipt to its deadline: what is left of the three seconds after which a client
// gives up.
inline constexpr std::int64_t kDeadlineMs = 2000;

// As the transport has received it.
struct Request {
  std::string endpoint;  // serviceD, serviceS or serviceT
  std::string octets;
  std::int64_t received_at = 0;         // Unix milliseconds
  std::optional<duis::Eui64> sender{};  // who the connection was made by, if that was verified
  std::string trace{};                  // its traceparent, kept with the outcome
};

// One worker's: parser, buffers and store connection are its own, so one thread at a time uses it.
// The answers of several requests may be under way at once.
class Pipeline {
 public:
  // Must not throw and must not block.
  using Done = std::function<void(Reply)>;
  // Runs a task later in the worker's thread; called from any thread. A request of which a fact
  // changed before its commit starts again that way.
  using Post = std::function<void(std::function<void()>)>;

  // Throws StoreError: it cannot be read from.
  Pipeline(std::shared_ptr<const Adaptor> adaptor, Post post);
  ~Pipeline();

  // Calls `done` exactly once, before it returns or later from another thread. Throws
  // std::bad_alloc, and then never calls it.
  void handle(Request request, Done done);

 private:
  class Impl;
  const std::shared_ptr<Impl> impl_;
};

}  // namespace dcc::adaptor
