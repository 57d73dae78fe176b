// SPDX-License-Identifier: Apache-2.0
#include "client/server_connection.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "duis/certificate_file.hpp"
#include "duis/crypto.hpp"
#include "duis/openssl.hpp"

namespace sample::client {
namespace {

namespace asio = boost::asio;

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

}  // namespace

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

void connect(BlockingIo& io, PlainStream& stream, const Url& url,
             std::chrono::milliseconds timeout) {
  stream.expires_after(timeout);
  boost::system::error_code unresolved;
  const auto endpoints =
      asio::ip::tcp::resolver(io.context).resolve(url.host, url.port, unresolved);
  if (unresolved) throw std::system_error(unresolved);
  io.await([&](auto done) { stream.async_connect(endpoints, done); });
}

void connect(BlockingIo& io, TlsStream& stream, const Url& url, std::chrono::milliseconds timeout) {
  SSL* const connection = stream.native_handle();
  expect_server(connection, url.host);
  connect(io, boost::beast::get_lowest_layer(stream), url, timeout);
  try {
    io.await([&](auto done) { stream.async_handshake(asio::ssl::stream_base::client, done); });
  } catch (const std::system_error& e) {
    const std::string why = dcc::duis::verification_failure(SSL_get_verify_result(connection),
                                                            SSL_get0_verified_chain(connection));
    if (why.empty()) throw;
    throw std::system_error(e.code(), why);
  }
}

}  // namespace sample::client
