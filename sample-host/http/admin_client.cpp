// SPDX-License-Identifier: Apache-2.0
#include "admin_client.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <stdexcept>

namespace sample {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Protocol = asio::generic::stream_protocol;

// A plugin that hangs in its probe takes ten seconds.
constexpr std::chrono::seconds kPatience{60};

Protocol::endpoint endpoint_of(const ListenAddress& admin) {
  if (!admin.socket.empty()) return asio::local::stream_protocol::endpoint(admin.socket.string());
  return asio::ip::tcp::endpoint(asio::ip::make_address(admin.address), admin.port);
}

http::response<http::string_body> round_trip(const ListenAddress& admin,
                                             const http::request<http::string_body>& request) {
  asio::io_context context;
  beast::basic_stream<Protocol> stream(context);
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  stream.expires_after(kPatience);
  std::exception_ptr failure;
  const auto failed = [&](beast::error_code error) {
    if (error) failure = std::make_exception_ptr(std::runtime_error(error.message()));
    return bool{error};
  };
  stream.async_connect(endpoint_of(admin), [&](beast::error_code error) {
    if (failed(error)) return;
    http::async_write(stream, request, [&](beast::error_code written, std::size_t) {
      if (failed(written)) return;
      http::async_read(stream, buffer, response,
                       [&](beast::error_code read, std::size_t) { failed(read); });
    });
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return response;
}

}  // namespace

AdminAnswer ask_admin(const ListenAddress& admin, const std::string& method,
                      const std::string& target) try {
  http::request<http::string_body> request;
  request.method_string(method);
  request.target(target);
  request.version(11);
  request.set(http::field::host, "localhost");
  request.prepare_payload();
  const auto response = round_trip(admin, request);
  return {response.result_int(), boost::json::parse(response.body()).as_object()};
} catch (const std::exception& error) {
  throw std::runtime_error("the host's admin interface, " + admin.text(admin.port) + ", " + method +
                           ' ' + target + ": " + error.what());
}

}  // namespace sample
