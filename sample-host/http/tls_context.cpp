// SPDX-License-Identifier: Apache-2.0
#include "http/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string_view>
#include <vector>

#include "duis/certificate_file.hpp"
#include "duis/credentials.hpp"
#include "duis/openssl.hpp"
#include "host/one_line.hpp"

namespace sample {
namespace {

using dcc::duis::CryptoError;
using dcc::duis::openssl_error;
using dcc::duis::X509Ptr;

// Of TLS 1.2 only what TLS 1.3 also has: ephemeral keys and authenticated encryption.
constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kCiphers13 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384";
// OpenSSL's: at least 112 bits, so RSA from 2048 bits, and no SHA-1.
constexpr int kSecurityLevel = 2;
constexpr std::string_view kSessions = "dcc-sample-host";
// A resumed session is not verified again, so it must not live long. Most clients carry theirs in
// tickets; those that cannot are remembered here.
constexpr long kSessionSeconds = 3600;
constexpr long kRememberedSessions = 1024;

void require(bool worked) {
  if (!worked) throw CryptoError("OpenSSL: " + openssl_error());
}

void require(bool worked, const std::filesystem::path& file) {
  if (!worked) throw CryptoError(file.string() + ": " + openssl_error());
}

void set_protocol(SSL_CTX* context, TlsVersion min_version) {
  const int min = min_version == TlsVersion::v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
  require(SSL_CTX_set_min_proto_version(context, min) == 1);
  SSL_CTX_set_security_level(context, kSecurityLevel);
  require(SSL_CTX_set_cipher_list(context, kCiphers12) == 1);
  require(SSL_CTX_set_ciphersuites(context, kCiphers13) == 1);
  require(SSL_CTX_set1_groups_list(context, kGroups) == 1);
  SSL_CTX_set_options(
      context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // An idle connection keeps no buffers.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

void set_sessions(SSL_CTX* context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
  SSL_CTX_sess_set_cache_size(context, kRememberedSessions);
  SSL_CTX_set_timeout(context, kSessionSeconds);
  require(SSL_CTX_set_session_id_context(context,
                                         reinterpret_cast<const unsigned char*>(kSessions.data()),
                                         static_cast<unsigned>(kSessions.size())) == 1);
}

void require_in_date(const X509* certificate, const std::filesystem::path& file) {
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0) {
    throw CryptoError(file.string() + ": the certificate is expired");
  }
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) >= 0) {
    throw CryptoError(file.string() + ": the certificate is not yet valid");
  }
}

// Until when the certificate is valid.
std::int64_t set_identity(SSL_CTX* context, const TlsFiles& files) {
  const auto certificates = dcc::duis::read_certificates(files.certificate);
  const auto key = dcc::duis::read_private_key(files.key);
  X509* own = certificates.front().get();
  require_in_date(own, files.certificate);
  if (X509_check_private_key(own, key.get()) != 1) {
    ERR_clear_error();
    throw CryptoError(files.certificate.string() + ": not the certificate of the key in " +
                      files.key.string());
  }
  require(SSL_CTX_use_certificate(context, own) == 1, files.certificate);
  for (std::size_t i = 1; i < certificates.size(); ++i) {
    require(SSL_CTX_add1_chain_cert(context, certificates[i].get()) == 1, files.certificate);
  }
  require(SSL_CTX_use_PrivateKey(context, key.get()) == 1, files.key);
  return dcc::duis::period_of(own).end;
}

void set_clients(SSL_CTX* context, const std::filesystem::path& file) {
  if (file.empty()) return;
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  // A CA that is named here is trusted, even if another one signed it.
  require(X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1);
  for (const X509Ptr& authority : dcc::duis::read_certificates(file)) {
    require(X509_STORE_add_cert(store, authority.get()) == 1, file);
    require(SSL_CTX_add_client_CA(context, authority.get()) == 1, file);
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

}  // namespace

TlsContext::TlsContext(const TlsFiles& files) : context_(boost::asio::ssl::context::tls_server) {
  SSL_CTX* context = context_.native_handle();
  set_protocol(context, files.min_version);
  set_sessions(context);
  not_after_ = set_identity(context, files);
  set_clients(context, files.client_ca);
}

std::string handshake_failure(const SSL* connection, const boost::system::error_code& error) {
  constexpr std::size_t kLimit = 500;
  const std::string why = dcc::duis::verification_failure(SSL_get_verify_result(connection),
                                                          SSL_get0_verified_chain(connection));
  return dcc::host::one_line(why.empty() ? error.message() : why, kLimit);
}

Peer tls_peer(const SSL* connection) {
  const X509* certificate = SSL_get0_peer_certificate(connection);
  if (certificate == nullptr) return {};
  try {
    return {dcc::duis::subject_eui(certificate)};
  } catch (const CryptoError&) {
    return {};  // some other certificate of the CA; what it may do is not decided here
  }
}

}  // namespace sample
