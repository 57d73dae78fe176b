// SPDX-License-Identifier: Apache-2.0
#include "client/http_post.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <stdexcept>
#include <system_error>

namespace sample::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

// Runs one asynchronous operation to its end: Beast's time-outs work on no other sort.
template <typename Start>
void await(asio::io_context& io, Start start) {
  boost::system::error_code result;
  start([&result](boost::system::error_code error, auto&&...) { result = error; });
  io.restart();
  io.run();
  if (result) throw std::system_error(result);
}

}  // namespace

Url Url::parse(std::string_view text) {
  const auto refuse = [text](const char* why) {
    throw std::invalid_argument("URL " + std::string(text) + ": " + why);
  };
  constexpr std::string_view kHttp = "http://";
  if (text.starts_with("https://")) refuse("https is not supported by this build");
  if (!text.starts_with(kHttp)) refuse("expected http://HOST[:PORT][/PATH]");
  const std::string_view rest = text.substr(kHttp.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);

  Url url;
  url.authority = authority;
  url.path = rest.substr(slash);
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.host = authority.substr(0, colon);
  url.port = colon == std::string_view::npos ? "80" : authority.substr(colon + 1);
  if (bracket != std::string_view::npos) {
    if (!url.host.starts_with('[') || !url.host.ends_with(']')) refuse("the host is not valid");
    url.host = url.host.substr(1, url.host.size() - 2);
  }
  if (url.host.empty()) refuse("no host");
  if (url.port.empty() || url.port.find_first_not_of("0123456789") != std::string::npos)
    refuse("the port is not a number");
  return url;
}

HttpAnswer post_xml(const Url& url, std::string body, std::chrono::milliseconds timeout) {
  asio::io_context io;
  beast::tcp_stream stream(io);
  stream.expires_after(timeout);
  boost::system::error_code unresolved;
  const auto endpoints = asio::ip::tcp::resolver(io).resolve(url.host, url.port, unresolved);
  if (unresolved) throw std::system_error(unresolved);
  await(io, [&](auto done) { stream.async_connect(endpoints, done); });

  constexpr unsigned kHttp11 = 11;
  http::request<http::string_body> request(http::verb::post, url.path, kHttp11, std::move(body));
  request.set(http::field::host, url.authority);
  request.set(http::field::content_type, "application/xml");
  request.set(http::field::connection, "close");
  request.prepare_payload();
  await(io, [&](auto done) { http::async_write(stream, request, done); });

  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  await(io, [&](auto done) { http::async_read(stream, buffer, parser, done); });
  http::response<http::string_body> response = parser.release();
  return {response.result_int(), response.reason(), response[http::field::content_type],
          std::move(response.body())};
}

}  // namespace sample::client
