// SPDX-License-Identifier: Apache-2.0
//
// The cryptography of the DUIS signature profile: SHA-256, base64 and ECDSA with P-256, all of it
// OpenSSL's. Keys are immutable; every function is safe from any thread and fetches no algorithm
// per call.
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dcc::duis {

// A key, certificate or file that is refused, or a failure of OpenSSL's own; what() says why and
// names the file, if there is one.
struct CryptoError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

using Digest = std::array<std::uint8_t, 32>;
// ECDSA's r and s, 32 octets each, big endian: what a SignatureValue holds.
using RawSignature = std::array<std::uint8_t, 64>;

Digest sha256(std::string_view octets);

// Without line breaks.
std::string base64_encode(std::span<const std::uint8_t> octets);
// Exactly out.size() octets in canonical base64, XML white space anywhere; else false.
bool base64_decode(std::string_view text, std::span<std::uint8_t> out);

// A P-256 key that verifies.
class PublicKey {
 public:
  // Shares the key. Throws CryptoError: not P-256.
  explicit PublicKey(EVP_PKEY* key);

  // Throws CryptoError if it cannot tell, for want of memory.
  bool verify(std::string_view message, std::span<const std::uint8_t, 64> signature) const;

 private:
  friend class PrivateKey;
  std::shared_ptr<EVP_PKEY_CTX> prepared_;  // holds the key; see prepare() in crypto.cpp
};

// A P-256 key that signs.
class PrivateKey {
 public:
  // A file, PEM or DER, unencrypted, that only its owner may access. Throws CryptoError.
  static PrivateKey load(const std::filesystem::path& file);

  RawSignature sign(std::string_view message) const;
  bool matches(const PublicKey& key) const;

 private:
  explicit PrivateKey(EVP_PKEY* key);
  std::shared_ptr<EVP_PKEY_CTX> prepared_;
};

}  // namespace dcc::duis
