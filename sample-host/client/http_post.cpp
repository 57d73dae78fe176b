// SPDX-License-Identifier: Apache-2.0
#include "client/http_post.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/property_tree/json_parser.hpp>
#include <boost/property_tree/ptree.hpp>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "duis/certificate_file.hpp"
#include "duis/crypto.hpp"
#include "duis/openssl.hpp"

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

asio::ssl::context client_context(const TlsOptions& tls) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  SSL_CTX* handle = context.native_handle();
  const auto require = [](bool worked, const std::string& file) {
    if (!worked) throw dcc::duis::CryptoError(file + ": " + dcc::duis::openssl_error());
  };
  SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
  context.set_verify_mode(asio::ssl::verify_peer);
  // As at the host: a CA that is named is trusted, even if another one signed it.
  X509_STORE_set_flags(SSL_CTX_get_cert_store(handle), X509_V_FLAG_PARTIAL_CHAIN);
  if (tls.ca.empty()) {
    context.set_default_verify_paths();
  } else {
    for (const auto& authority : dcc::duis::read_certificates(tls.ca)) {
      require(X509_STORE_add_cert(SSL_CTX_get_cert_store(handle), authority.get()) == 1, tls.ca);
    }
  }
  if (tls.certificate.empty()) return context;
  const auto certificates = dcc::duis::read_certificates(tls.certificate);
  const auto key = dcc::duis::read_private_key(tls.key);
  require(SSL_CTX_use_certificate(handle, certificates.front().get()) == 1, tls.certificate);
  for (std::size_t i = 1; i < certificates.size(); ++i)
    require(SSL_CTX_add1_chain_cert(handle, certificates[i].get()) == 1, tls.certificate);
  require(SSL_CTX_use_PrivateKey(handle, key.get()) == 1, tls.key);
  return context;
}

// The name or the address that the server's certificate must be for.
void expect_server(SSL* connection, const std::string& host) {
  boost::system::error_code not_numeric;
  asio::ip::make_address(host, not_numeric);
  if (!not_numeric) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host.c_str());
  } else {
    SSL_set1_host(connection, host.c_str());
    SSL_set_tlsext_host_name(connection, host.c_str());
  }
}

// `timeout` is for all that follows.
void connect(asio::io_context& io, beast::tcp_stream& stream, const Url& url,
             std::chrono::milliseconds timeout) {
  stream.expires_after(timeout);
  boost::system::error_code unresolved;
  const auto endpoints = asio::ip::tcp::resolver(io).resolve(url.host, url.port, unresolved);
  if (unresolved) throw std::system_error(unresolved);
  await(io, [&](auto done) { stream.async_connect(endpoints, done); });
}

template <class Stream>
HttpAnswer exchange(asio::io_context& io, Stream& stream, const Url& url, std::string body) {
  constexpr unsigned kHttp11 = 11;
  http::request<http::string_body> request(http::verb::post, url.path, kHttp11, std::move(body));
  request.set(http::field::host, url.authority);
  request.set(http::field::content_type, "application/xml");
  request.set(http::field::connection, "close");
  request.prepare_payload();
  await(io, [&](auto done) { http::async_write(stream, request, done); });

  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  do {  // until it is not an interim one (RFC 9110, 15.2); 101 would be the last in HTTP
    http::response_parser<http::string_body> parser;
    await(io, [&](auto done) { http::async_read(stream, buffer, parser, done); });
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
  asio::io_context io;
  if (!url.tls) {
    beast::tcp_stream stream(io);
    connect(io, stream, url, timeout);
    return exchange(io, stream, url, std::move(body));
  }
  auto context = client_context(tls);
  beast::ssl_stream<beast::tcp_stream> stream(io, context);
  expect_server(stream.native_handle(), url.host);
  connect(io, beast::get_lowest_layer(stream), url, timeout);
  try {
    await(io, [&](auto done) { stream.async_handshake(asio::ssl::stream_base::client, done); });
  } catch (const std::system_error& e) {
    const std::string why =
        dcc::duis::verification_failure(SSL_get_verify_result(stream.native_handle()),
                                        SSL_get0_verified_chain(stream.native_handle()));
    if (why.empty()) throw;
    throw std::system_error(e.code(), why);
  }
  return exchange(io, stream, url, std::move(body));
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
