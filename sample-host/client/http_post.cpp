// SPDX-License-Identifier: Apache-2.0
#include "client/http_post.hpp"

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/property_tree/json_parser.hpp>
#include <boost/property_tree/ptree.hpp>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "client/server_connection.hpp"

namespace sample::client {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

template <class Stream>
HttpAnswer exchange(BlockingIo& io, Stream& stream, const Url& url, std::string body) {
  constexpr unsigned kHttp11 = 11;
  http::request<http::string_body> request(http::verb::post, url.path, kHttp11, std::move(body));
  request.set(http::field::host, url.authority);
  request.set(http::field::content_type, "application/xml");
  request.set(http::field::connection, "close");
  request.prepare_payload();
  io.await([&](auto done) { http::async_write(stream, request, done); });

  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  do {  // until it is not an interim one (RFC 9110, 15.2); 101 would be the last in HTTP
    http::response_parser<http::string_body> parser;
    io.await([&](auto done) { http::async_read(stream, buffer, parser, done); });
    response = parser.release();
  } while (http::to_status_class(response.result_int()) == http::status_class::informational &&
           response.result() != http::status::switching_protocols);
  return {response.result_int(), response.reason(), response[http::field::content_type],
          std::move(response.body())};
}

}  // namespace

Url Url::parse(std::string_view text) {
  const auto refuse = [text](const char* why) {
    throw std::invalid_argument("URL " + std::string(text) + ": " + why);
  };
  constexpr std::string_view kHttp = "http://";
  constexpr std::string_view kHttps = "https://";
  const bool tls = text.starts_with(kHttps);
  if (!tls && !text.starts_with(kHttp)) refuse("expected http[s]://HOST[:PORT][/PATH]");
  const std::string_view rest = text.substr(tls ? kHttps.size() : kHttp.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);

  Url url;
  url.tls = tls;
  url.authority = authority;
  url.path = rest.substr(slash);
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.host = authority.substr(0, colon);
  url.port = colon == std::string_view::npos ? (tls ? "443" : "80") : authority.substr(colon + 1);
  if (bracket != std::string_view::npos) {
    if (!url.host.starts_with('[') || !url.host.ends_with(']')) refuse("the host is not valid");
    url.host = url.host.substr(1, url.host.size() - 2);
  }
  if (url.host.empty()) refuse("no host");
  if (url.port.empty() || url.port.find_first_not_of("0123456789") != std::string::npos)
    refuse("the port is not a number");
  return url;
}

HttpAnswer post_xml(const Url& url, const TlsOptions& tls, std::string body,
                    std::chrono::milliseconds timeout) {
  BlockingIo io;
  return with_server(io, url, tls, timeout,
                     [&](auto& stream) { return exchange(io, stream, url, std::move(body)); });
}

std::string problem_text(const HttpAnswer& answer) {
  if (!answer.content_type.starts_with("application/problem+json")) return answer.reason;
  try {
    std::istringstream json(answer.body);
    boost::property_tree::ptree problem;
    boost::property_tree::read_json(json, problem);
    return problem.get<std::string>("title") + ": " + problem.get<std::string>("detail");
  } catch (const boost::property_tree::ptree_error&) {
    return "(its problem details cannot be read)";
  }
}

}  // namespace sample::client
