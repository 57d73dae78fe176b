// SPDX-License-Identifier: Apache-2.0
//
// What an HTTP listener serves: a Site judges requests and answers them. The listener knows nothing
// of DUIS, and a Site nothing of sockets.
#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/answer.hpp"
#include "http/peer.hpp"

namespace sample {

using RequestHead = boost::beast::http::request_header<>;

// A text of Beast's.
inline std::string_view to_std(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

// A request that has been answered, by the site or by the listener itself.
struct Served {
  unsigned status = 0;
  bool by_listener = false;  // it never came to handle()
  // For its turn, and from its last octet to the answer. Absent: it did not wait.
  std::optional<std::chrono::nanoseconds> waited{};
  std::chrono::nanoseconds took{};
};

// Each worker has its own, and calls it from its thread only.
class Site {
 public:
  virtual ~Site() = default;
  // Judges a request by its head, before the body is read: the answer that refuses it, or nothing.
  virtual std::optional<Answer> refuse(const RequestHead& head) const = 0;
  // A request that was not refused. Calls `done` exactly once, before it returns or later from any
  // thread, even when the server is gone.
  virtual void handle(const RequestHead& head, const Peer& peer, std::string body, Done done) = 0;
  // How long a request would now wait behind the worker, as far as can be told.
  virtual std::chrono::microseconds backlog() const { return {}; }
  // For whoever counts: an answer is on its way, of whatever kind.
  virtual void served(const Served&) noexcept {}
};

// What a Site may know of the listener and the worker that it is made for.
struct SiteContext {
  std::uint16_t port = 0;  // the actual one; 0: a Unix socket
  Post post;               // into the worker's thread; does nothing once the server has stopped
};
using SiteFactory = std::function<std::unique_ptr<Site>(const SiteContext&)>;

}  // namespace sample
