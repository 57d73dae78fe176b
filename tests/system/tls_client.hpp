// SPDX-License-Identifier: Apache-2.0
//
// A connection through TLS for tests that need many, or that do with one what no program does.
// Failures throw boost::system::system_error. One thread at a time.
#pragma once

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace support {

class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port) {
    stream_.next_layer().connect({boost::asio::ip::address_v4::loopback(), port});
    stream_.handshake(boost::asio::ssl::stream_base::client);
  }

  void write(std::string_view octets) {
    boost::asio::write(stream_, boost::asio::buffer(octets.data(), octets.size()));
  }
  boost::beast::http::response<boost::beast::http::string_body> receive() {
    boost::beast::http::response<boost::beast::http::string_body> response;
    boost::beast::http::read(stream_, buffer_, response);
    return response;
  }
  // The server's certificate, as it is in the handshake: different for each.
  std::string serial() {
    const X509* certificate = SSL_get0_peer_certificate(stream_.native_handle());
    const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate);
    return {reinterpret_cast<const char*>(serial->data), static_cast<std::size_t>(serial->length)};
  }
  boost::asio::ip::tcp::socket& socket() { return stream_.next_layer(); }

 private:
  boost::asio::io_context context_;
  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_client};
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_{context_, tls_};
  boost::beast::flat_buffer buffer_;
};

}  // namespace support
