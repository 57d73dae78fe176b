// SPDX-License-Identifier: Apache-2.0
//
// A port of 127.0.0.1 between a tester's own client and the host: what comes is passed on octet for
// octet, what goes to and fro is kept to be looked at, and on request the next requests meet what a
// client fears: a late answer, a 503, a connection that ends. Safe from any thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "client/console/options.hpp"
#include "foreign/json_tree.hpp"

namespace sample::client {
class BlockingIo;
}

namespace sample::console {

class Between {
 public:
  static constexpr std::size_t kExchanges = 50;     // that are kept
  static constexpr std::size_t kShown = 64U << 10;  // octets of a message that are kept
  static constexpr unsigned kClients = 32;          // at a time; the next one waits
  static constexpr std::int64_t kLongestDelay = 60'000, kMostFaults = 100;

  // Listens on options.between. `options` must outlive it. Throws std::exception: it cannot.
  explicit Between(const Options& options);
  // Ends all connections.
  ~Between();
  Between(const Between&) = delete;
  Between& operator=(const Between&) = delete;

  std::uint16_t port() const { return listener_.local_endpoint().port(); }

  // Question: {"kind", "milliseconds": 0 to 60,000, "requests": 0 to 100}: what becomes of the next
  // so many requests. Kinds:
  //   delay        the host's answer waits so long before it is passed on; the others do not wait
  //   unavailable  answered 503 here; the host sees nothing
  //   cut-request  the connection ends; the host sees nothing
  //   cut-answer   the connection ends in the place of the host's answer
  // BadInput: it is no such question.
  void set_fault(const dcc::foreign::Json& question);

  // Question: {"after": n}. {"port", "fault": as above, with the requests that it is still for,
  //  "exchanges": [{"number", "at": Unix milliseconds, "client", "request", "answer", "code",
  //                 "meaning": or the problem detail, "what": became of it, "milliseconds"}]}
  // with the exchanges that have ended whose number is greater, oldest first. BadInput: likewise.
  boost::json::object state(const dcc::foreign::Json& question) const;

 private:
  class Conversation;
  enum class Kind { none, delay, unavailable, cut_request, cut_answer };
  struct Fault {
    Kind kind = Kind::none;
    std::int64_t milliseconds = 0, requests = 0;
  };

  void serve(client::BlockingIo& io);
  Fault next_fault();
  void keep(boost::json::object exchange);

  const Options& options_;
  boost::asio::io_context context_;  // the listener's, which only says where it listens
  boost::asio::ip::tcp::acceptor listener_;
  mutable std::mutex mutex_;  // guards the next three
  Fault fault_;
  std::deque<boost::json::object> exchanges_;
  std::int64_t numbers_ = 0;
  std::vector<std::unique_ptr<client::BlockingIo>> ios_;  // one a thread
  std::vector<std::jthread> threads_;
};

}  // namespace sample::console
