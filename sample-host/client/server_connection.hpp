// SPDX-License-Identifier: Apache-2.0
//
// Connections of a client that waits for each step. For one thread, but for BlockingIo::stop().
#pragma once

#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <optional>
#include <system_error>

#include "client/http_post.hpp"

namespace sample::client {

// Asynchronous operations, one after the other, each to its end: Beast's time-outs work on no other
// sort.
class BlockingIo {
 public:
  boost::asio::io_context context{1};

  // What became of it; operation_aborted, too, once stop() was called.
  template <typename Start>
  boost::system::error_code run(Start start) {
    std::optional<boost::system::error_code> result;
    start([&result](boost::system::error_code error, auto&&...) { result = error; });
    while (!result && context.run_one() > 0) {
    }
    return result.value_or(boost::asio::error::operation_aborted);
  }

  // Throws std::system_error.
  template <typename Start>
  void await(Start start) {
    if (const auto error = run(start)) throw std::system_error(error);
  }

  // For good, and from any thread.
  void stop() { context.stop(); }
  bool stopped() const { return context.stopped(); }

 private:
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      context.get_executor()};
};

// Not a tcp_stream, whose executor could be any: compiled in half the time.
using PlainStream =
    boost::beast::basic_stream<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
using TlsStream = boost::beast::ssl_stream<PlainStream>;

// As post_xml() says, for what it throws, too. `timeout` is for all that follows on the stream.
boost::asio::ssl::context client_context(const TlsOptions& tls);
void connect(BlockingIo& io, PlainStream& stream, const Url& url,
             std::chrono::milliseconds timeout);
void connect(BlockingIo& io, TlsStream& stream, const Url& url, std::chrono::milliseconds timeout);

// use(stream), with a connection that is there as long. Its result.
template <typename Use>
auto with_server(BlockingIo& io, const Url& url, const TlsOptions& tls,
                 std::chrono::milliseconds timeout, Use use) {
  if (!url.tls) {
    PlainStream stream(io.context);
    connect(io, stream, url, timeout);
    return use(stream);
  }
  auto context = client_context(tls);
  TlsStream stream(io.context, context);
  connect(io, stream, url, timeout);
  return use(stream);
}

}  // namespace sample::client
