// SPDX-License-Identifier: Apache-2.0
//
// A throw-away PKI for demos and tests: a CA and certificates of the SMKI organisation profile, or,
// for tests, of almost that profile. Never for production: keys are neither protected nor kept.
// Functions throw dcc::duis::CryptoError. For one thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "duis/identifiers.hpp"
#include "duis/openssl.hpp"
#include "duis/secret_text.hpp"

namespace sample::pki {

// A certificate and its private key.
struct Identity {
  dcc::duis::X509Ptr certificate;
  dcc::duis::KeyPtr key;

  std::string certificate_pem() const;
  dcc::duis::SecretText key_pem() const;  // unencrypted PKCS #8
};

struct CertificateOptions {
  // How the subject carries the EUI-64.
  enum class Identifier { as_profiled, absent, twice, as_text, too_short, unused_bits };

  dcc::duis::Eui64 eui;
  std::string role = "02";      // remote party role, hexadecimal: the subject's OU
  std::string serial;           // decimal; empty: 128 random bits
  std::int64_t not_before = 0;  // Unix milliseconds; 0: yesterday
  std::int64_t not_after = 0;   // likewise; 0: in ten years
  std::string curve = "P-256";  // OpenSSL's name; "RSA": an RSA key
  std::string key_usage = "critical,digitalSignature";  // OpenSSL's notation; empty: none
  Identifier identifier = Identifier::as_profiled;
};

struct CaOptions {
  const Identity* issuer = nullptr;                        // null: it is a root
  const Identity* renewed = nullptr;                       // whose key it has; null: a new one
  std::int64_t not_before = 0;                             // Unix milliseconds; 0: yesterday
  std::int64_t not_after = 0;                              // likewise; 0: in twenty years
  std::string basic_constraints = "critical,CA:TRUE";      // OpenSSL's notation; empty: none
  std::string key_usage = "critical,keyCertSign,cRLSign";  // likewise
};

// `name` is in RFC 4514's notation.
Identity make_ca(std::string_view name, const CaOptions& options = {});
Identity make_certificate(const Identity& ca, const CertificateOptions& options);

// For a TLS server. `names`: in OpenSSL's notation, such as DNS:localhost,IP:127.0.0.1. Times as in
// CertificateOptions.
Identity make_server_certificate(const Identity& ca, const std::string& names,
                                 std::int64_t not_before = 0, std::int64_t not_after = 0);

// A PEM revocation list with these serials (decimal). `next_update`: Unix milliseconds; 0: in a
// year.
std::string make_crl(const Identity& ca, std::span<const std::string> serials,
                     std::int64_t next_update = 0);

// Creates the file; one that exists already is an error, not overwritten.
void write_new_file(const std::filesystem::path& file, std::string_view text, unsigned mode);

}  // namespace sample::pki
