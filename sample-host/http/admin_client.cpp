// SPDX-License-Identifier: Apache-2.0
#include "http/admin_client.hpp"

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

}  // namespace

struct AdminClient::Connection {
  // Runs one asynchronous operation to its end: Beast's time-outs work on no other sort.
  template <typename Start>
  void await(Start start) {
    boost::system::error_code result;
    start([&result](boost::system::error_code error, auto&&...) { result = error; });
    context.restart();
    context.run();
    if (result) throw std::runtime_error(result.message());
  }

  asio::io_context context;
  beast::basic_stream<Protocol> stream{context};
  beast::flat_buffer buffer;
};

AdminClient::AdminClient(ListenAddress admin) : admin_(std::move(admin)) {}
AdminClient::~AdminClient() = default;

AdminAnswer AdminClient::ask(const std::string& method, const std::string& target,
                             std::string body) try {
  http::request<http::string_body> request;
  request.method_string(method);
  request.target(target);
  request.version(11);
  request.set(http::field::host, "localhost");
  request.body() = std::move(body);
  request.prepare_payload();
  auto connection = std::move(connection_);  // kept only if all goes well
  const bool is_new = connection == nullptr;
  if (is_new) connection = std::make_unique<Connection>();
  Connection& c = *connection;
  c.stream.expires_after(kPatience);
  if (is_new) c.await([&](auto done) { c.stream.async_connect(endpoint_of(admin_), done); });
  c.await([&](auto done) { http::async_write(c.stream, request, done); });
  http::response<http::string_body> response;
  c.await([&](auto done) { http::async_read(c.stream, c.buffer, response, done); });
  if (response.keep_alive()) connection_ = std::move(connection);
  return {response.result_int(), boost::json::parse(response.body()).as_object()};
} catch (const std::exception& error) {
  throw std::runtime_error("the host's admin interface, " + admin_.text(admin_.port) + ", " +
                           method + ' ' + target + ": " + error.what());
}

}  // namespace sample
