// SPDX-License-Identifier: Apache-2.0
//
// How the DUIS listener speaks TLS: certificate, key, whose clients are let in. Made from files,
// immutable, safe from any thread; to reload, make anew and publish.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <filesystem>
#include <string>

#include "host/published.hpp"
#include "http/peer.hpp"

namespace sample {

enum class TlsVersion { v1_2, v1_3 };

struct TlsFiles {
  std::filesystem::path certificate;  // the host's, then those between it and its CA
  std::filesystem::path key;
  std::filesystem::path
      client_ca;  // clients need a certificate of one of these; empty: they do not
  TlsVersion min_version = TlsVersion::v1_2;
};

class TlsContext {
 public:
  // Throws dcc::duis::CryptoError naming the file and what is wrong: a file cannot be used or is
  // open to others, the certificate is out of date, the two do not belong together.
  explicit TlsContext(const TlsFiles& files);

  // For new connections, which keep what they need of it. Asio wants it not const.
  boost::asio::ssl::context& context() const { return context_; }
  // Until when its own certificate is valid: Unix milliseconds.
  std::int64_t not_after() const { return not_after_; }

 private:
  mutable boost::asio::ssl::context context_;
  std::int64_t not_after_ = 0;
};

// What new connections get.
using PublishedTls = dcc::host::Published<TlsContext>;

// Why a handshake came to nothing, in one line: what is wrong with the client's certificate, or
// what `error` says.
std::string handshake_failure(const SSL* connection, const boost::system::error_code& error);

// Who is at the other end of a connection after its handshake, a resumed one included.
Peer tls_peer(const SSL* connection);

}  // namespace sample
