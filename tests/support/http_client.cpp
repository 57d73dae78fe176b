// SPDX-License-Identifier: Apache-2.0
#include "support/http_client.hpp"

#include <algorithm>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cctype>

#include "support/process.hpp"

namespace support {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

// Asynchronous operations run one by one, because only those have deadlines.
struct HttpClient::Connection {
  asio::io_context context{1};
  beast::tcp_stream stream{context};
  beast::flat_buffer buffer;

  template <typename Start>
  error_code complete(Start start) {
    error_code result;
    stream.expires_after(kPatience);
    start([&result](error_code error, auto&&...) { result = error; });
    context.restart();
    context.run();
    return result;
  }
};

namespace {

void require(error_code error, const char* what) {
  if (error) throw boost::system::system_error(error, what);
}

std::string lower(beast::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

HttpClient::HttpClient(std::uint16_t port) : port_(port) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;

HttpClient::Connection& HttpClient::connection() {
  if (connection_) return *connection_;
  connection_ = std::make_unique<Connection>();
  const asio::ip::tcp::endpoint server(asio::ip::address_v4::loopback(), port_);
  require(connection_->complete(
              [&](auto done) { connection_->stream.async_connect(server, std::move(done)); }),
          "connect");
  return *connection_;
}

HttpReply HttpClient::send(std::string_view method, std::string_view target, const Fields& fields,
                           std::string body) {
  http::request<http::string_body> request;
  request.method_string({method.data(), method.size()});
  request.target({target.data(), target.size()});
  request.set(http::field::host, "127.0.0.1:" + std::to_string(port_));
  request.body() = std::move(body);
  request.prepare_payload();
  for (const auto& [name, value] : fields) request.set(name, value);
  Connection& c = connection();
  // A server that refuses a request by its head may stop reading: the answer is there all the same.
  c.complete([&](auto done) { http::async_write(c.stream, request, std::move(done)); });
  return receive();
}

void HttpClient::write(std::string_view octets) {
  Connection& c = connection();
  require(c.complete([&](auto done) {
    asio::async_write(c.stream, asio::buffer(octets.data(), octets.size()), std::move(done));
  }),
          "write");
}

HttpReply HttpClient::receive() {
  Connection& c = connection();
  http::response<http::string_body> response;
  const error_code error = c.complete(
      [&](auto done) { http::async_read(c.stream, c.buffer, response, std::move(done)); });
  if (error || !response.keep_alive()) connection_.reset();
  require(error, "read");
  HttpReply reply{response.result_int(), {}, std::move(response.body())};
  for (const auto& field : response)
    reply.fields[lower(field.name_string())] = std::string(field.value());
  return reply;
}

}  // namespace support
