// SPDX-License-Identifier: Apache-2.0
//
// The certificates of the Users that may sign, and the host's own signing key. Both are immutable
// once loaded and safe from any thread; to reload, load anew and swap.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "duis/crypto.hpp"
#include "duis/identifiers.hpp"
#include "duis/openssl.hpp"

namespace dcc::duis {

enum class Validity { valid, not_yet_valid, expired, revoked, issuer_not_valid };

// "valid", "not yet valid", "expired", "revoked", "of a CA that is expired or not yet valid".
std::string_view text(Validity validity);

struct Period {
  std::int64_t begin, end;  // Unix milliseconds, both included
};

// When a certificate is in date. Throws CryptoError: its times are none.
Period period_of(const X509* x509);

// The EUI-64 in a certificate's subject: its only x500UniqueIdentifier, a BIT STRING of 64 bits.
// Throws CryptoError saying what is there instead.
Eui64 subject_eui(const X509* x509);

// A certificate of the SMKI organisation profile: P-256, the subject's x500UniqueIdentifier is an
// EUI-64, and the key is for digital signatures.
class Certificate {
 public:
  // Throws CryptoError saying what does not fit the profile.
  explicit Certificate(X509Ptr x509);
  // The first of a file; further ones are the CA's. Throws CryptoError naming the file.
  static Certificate load(const std::filesystem::path& file);

  Eui64 eui() const { return eui_; }
  const std::string& subject() const { return subject_; }     // RFC 4514
  const std::string& issuer() const { return issuer_; }       // RFC 4514
  const std::string& serial() const { return serial_; }       // decimal
  std::int64_t not_before() const { return in_date_.begin; }  // Unix milliseconds
  std::int64_t not_after() const { return in_date_.end; }     // likewise, inclusive
  bool revoked() const { return revoked_; }
  const PublicKey& key() const { return key_; }

  // At a time in Unix milliseconds. Of the CAs, if there is a trust anchor, as well.
  Validity validity(std::int64_t at) const;

 private:
  friend class Credentials;  // and its Loader
  X509Ptr x509_;
  PublicKey key_;
  Eui64 eui_;
  std::string subject_, issuer_, serial_;
  Period in_date_;
  bool revoked_ = false;
  std::optional<std::vector<Period>> anchored_;  // when all CAs up to the anchor are valid, too
};

// A snapshot of a directory of certificates.
class Credentials {
 public:
  Credentials() = default;  // nobody's

  // Reads *.pem, *.crt, *.cer, *.der, *.p7b, *.p7c and *.crl, extensions in any case: certificates
  // and revocation lists, one or more each, PEM, DER or PKCS #7. Hidden files are passed over. With
  // a trust anchor, a file of CA certificates, every certificate must chain to it, if need be
  // through CA certificates of the directory, and every CRL must be signed by a CA that does;
  // without one, being in the directory is what makes a certificate or a CRL trusted. A certificate
  // that cannot be used, or whose CA is revoked, is left out, with a line in `problems` that names
  // the file and says why: the caller decides whether to go on with the rest. If a CRL, the trust
  // anchor or the directory cannot be used, nobody is known, likewise with a line. A CRL that is
  // out of date still revokes whom it names, with a line. Whether certificates and their CAs are in
  // date is left to Certificate::validity().
  static Credentials load(const std::filesystem::path& directory,
                          const std::optional<std::filesystem::path>& trust_anchor,
                          std::vector<std::string>& problems);

  // The certificate that an X509IssuerSerial names, in whatever spelling; null: none. A common
  // spelling is found without parsing it.
  const Certificate* find(std::string_view issuer_name, std::string_view serial_decimal) const;
  // Why there is none, for who spelled it: one line.
  std::string why_not_found(std::string_view issuer_name, std::string_view serial_decimal) const;
  // All certificates of a User.
  std::span<const Certificate* const> find(Eui64 eui) const;

  std::span<const Certificate> certificates() const { return certificates_; }

  Credentials(Credentials&&) = default;
  Credentials& operator=(Credentials&&) = default;

 private:
  class Loader;
  struct Entry {
    const Certificate* certificate;
    std::vector<std::string> issuer_spellings;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  explicit Credentials(std::vector<Certificate> certificates);
  const std::vector<Entry>* with_serial(std::string_view serial_decimal) const;

  std::vector<Certificate> certificates_;  // never resized: the maps point into it
  std::unordered_map<std::string, std::vector<Entry>, Hash, std::equal_to<>> by_serial_;
  std::unordered_map<std::uint64_t, std::vector<const Certificate*>> by_eui_;
};

// A certificate and its private key, for signing.
class Signer {
 public:
  // Throws CryptoError: a file cannot be used, or the two do not belong together.
  static Signer load(const std::filesystem::path& certificate_file,
                     const std::filesystem::path& key_file);

  const Certificate& certificate() const { return certificate_; }
  RawSignature sign(std::string_view message) const { return key_.sign(message); }

 private:
  Signer(Certificate certificate, PrivateKey key);
  Certificate certificate_;
  PrivateKey key_;
};

}  // namespace dcc::duis
