// SPDX-License-Identifier: Apache-2.0
#include "duis/credentials.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <utility>

#include "duis/distinguished_name.hpp"
#include "duis/guarded_file.hpp"
#include "duis/pem_file.hpp"

namespace dcc::duis {
namespace {

namespace fs = std::filesystem;

using IntegerTextPtr = std::unique_ptr<char, OpenSslDeleter<[](char* p) { OPENSSL_free(p); }>>;
using StorePtr = std::unique_ptr<X509_STORE, OpenSslDeleter<X509_STORE_free>>;
using StoreContextPtr = std::unique_ptr<X509_STORE_CTX, OpenSslDeleter<X509_STORE_CTX_free>>;

// ---- One certificate -----------------------------------------------------------------------

PublicKey public_key(const X509* x509) {
  EVP_PKEY* key = X509_get0_pubkey(x509);
  if (key == nullptr) throw CryptoError("the public key cannot be read: " + openssl_error());
  return PublicKey(key);
}

void require_signing_use(X509* x509) {
  const std::uint32_t flags = X509_get_extension_flags(x509);
  if ((flags & EXFLAG_INVALID) != 0) {
    ERR_clear_error();
    throw CryptoError("an extension cannot be read");
  }
  if ((flags & EXFLAG_KUSAGE) == 0) throw CryptoError("there is no keyUsage");
  if ((X509_get_key_usage(x509) & KU_DIGITAL_SIGNATURE) == 0)
    throw CryptoError("the keyUsage does not include digitalSignature");
}

std::int64_t unix_milliseconds(const ASN1_TIME* time, const char* what) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) throw CryptoError(std::string(what) + " is not a time");
  return std::int64_t{timegm(&parts)} * 1000;
}

std::string decimal(const ASN1_INTEGER* integer) {
  const BignumPtr number(ASN1_INTEGER_to_BN(integer, nullptr));
  const IntegerTextPtr digits(number ? BN_bn2dec(number.get()) : nullptr);
  if (!digits) throw CryptoError("the serial number cannot be read: " + openssl_error());
  return digits.get();
}

// xs:integer in canonical form; empty: not an integer. Done on the text: a conversion to a number
// would take quadratic time, and the text comes from the message.
std::string canonical_integer(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  text = text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return {};
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size() - 1));
  return (negative && text != "0" ? "-" : "") + std::string(text);
}

// ---- Files ---------------------------------------------------------------------------------

enum class Sort { certificates, revocations, other };

// By the extension, in any case: a list that is not looked at because it is called LIST.CRL would
// revoke nobody.
Sort sort_of(const fs::path& file) {
  std::string extension = file.extension();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (extension == ".pem" || extension == ".crt" || extension == ".cer") return Sort::certificates;
  return extension == ".crl" ? Sort::revocations : Sort::other;
}

// ---- Trust ---------------------------------------------------------------------------------

// Whose certificates a list may revoke is OpenSSL's to say: its issuer's, or, of an indirect list,
// those that an entry names.
bool is_revoked(X509* x509, std::span<const CrlPtr> revocations) {
  constexpr int kRevoked = 1;  // 2 would be "removed from CRL"
  return std::any_of(revocations.begin(), revocations.end(), [&](const CrlPtr& crl) {
    X509_REVOKED* entry = nullptr;
    return X509_CRL_get0_by_cert(crl.get(), &entry, x509) == kRevoked;
  });
}

// Empty: it is in date.
std::string out_of_date(const X509_CRL* crl) {
  const ASN1_TIME* next = X509_CRL_get0_nextUpdate(crl);
  if (next == nullptr || X509_cmp_current_time(next) > 0) return {};
  return "the revocation list of " + rfc4514(X509_CRL_get_issuer(crl)) +
         " is out of date; whom it names stays revoked";
}

// The CA certificates that everything must chain to; without a file, everything does.
class TrustAnchor {
 public:
  explicit TrustAnchor(const std::optional<fs::path>& file) {
    if (!file) return;
    authorities_ = read_certificates(*file);
    store_.reset(X509_STORE_new());
    if (!store_) throw CryptoError("OpenSSL: " + openssl_error());
    // Whether a certificate is in date is judged for each request, at its time.
    X509_STORE_set_flags(store_.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
    for (const X509Ptr& authority : authorities_)
      if (X509_STORE_add_cert(store_.get(), authority.get()) != 1)
        throw CryptoError(file->string() + ": " + openssl_error());
  }

  // That it chains to a CA here, and that none of `revocations` revokes that CA.
  void require_chain(X509* x509, std::span<const CrlPtr> revocations) const {
    if (!store_) return;
    const StoreContextPtr context(X509_STORE_CTX_new());
    if (!context || X509_STORE_CTX_init(context.get(), store_.get(), x509, nullptr) != 1)
      throw CryptoError("OpenSSL: " + openssl_error());
    if (X509_verify_cert(context.get()) != 1) {
      ERR_clear_error();
      throw CryptoError(std::string("does not chain to the trust anchor: ") +
                        X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
    }
    const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
    for (int i = 1; i < sk_X509_num(chain); ++i)
      if (is_revoked(sk_X509_value(chain, i), revocations))
        throw CryptoError("the CA " + rfc4514(X509_get_subject_name(sk_X509_value(chain, i))) +
                          " is revoked");
  }

  void require_signed(X509_CRL* crl) const {
    if (!store_) return;
    const X509_NAME* issuer = X509_CRL_get_issuer(crl);
    const bool is_signed =
        std::any_of(authorities_.begin(), authorities_.end(), [&](const X509Ptr& authority) {
          return X509_NAME_cmp(X509_get_subject_name(authority.get()), issuer) == 0 &&
                 X509_CRL_verify(crl, X509_get0_pubkey(authority.get())) == 1;
        });
    ERR_clear_error();
    if (!is_signed)
      throw CryptoError("the revocation list of " + rfc4514(issuer) +
                        " is not signed by a CA of the trust anchor");
  }

 private:
  std::vector<X509Ptr> authorities_;
  StorePtr store_;
};

}  // namespace

Eui64 subject_eui(const X509* x509) {
  const X509_NAME* subject = X509_get_subject_name(x509);
  const int at = X509_NAME_get_index_by_NID(subject, NID_x500UniqueIdentifier, -1);
  if (at < 0) throw CryptoError("the subject has no x500UniqueIdentifier (2.5.4.45)");
  if (X509_NAME_get_index_by_NID(subject, NID_x500UniqueIdentifier, at) >= 0)
    throw CryptoError("the subject has more than one x500UniqueIdentifier (2.5.4.45)");
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  constexpr long kUnusedBits = 0x07;
  if (ASN1_STRING_type(value) != V_ASN1_BIT_STRING || ASN1_STRING_length(value) != 8 ||
      (value->flags & kUnusedBits) != 0)
    throw CryptoError(
        "the subject's x500UniqueIdentifier (2.5.4.45) is not a BIT STRING of 64 bits, an EUI-64");
  Eui64 eui;
  for (const std::uint8_t octet : std::span(ASN1_STRING_get0_data(value), 8))
    eui.value = eui.value << 8 | octet;
  return eui;
}

std::string_view text(Validity validity) {
  switch (validity) {
    case Validity::valid:
      return "valid";
    case Validity::not_yet_valid:
      return "not yet valid";
    case Validity::expired:
      return "expired";
    case Validity::revoked:
      break;
  }
  return "revoked";
}

Certificate::Certificate(X509Ptr x509)
    : x509_(std::move(x509)),
      key_(public_key(x509_.get())),
      eui_(subject_eui(x509_.get())),
      subject_(rfc4514(X509_get_subject_name(x509_.get()))),
      issuer_(rfc4514(X509_get_issuer_name(x509_.get()))),
      serial_(decimal(X509_get0_serialNumber(x509_.get()))),
      not_before_(unix_milliseconds(X509_get0_notBefore(x509_.get()), "notBefore")),
      not_after_(unix_milliseconds(X509_get0_notAfter(x509_.get()), "notAfter")) {
  require_signing_use(x509_.get());
}

Validity Certificate::validity(std::int64_t at) const {
  if (revoked_) return Validity::revoked;
  if (at < not_before_) return Validity::not_yet_valid;
  if (at > not_after_) return Validity::expired;
  return Validity::valid;
}

// Gathers what is fit for use, file by file.
class Credentials::Loader {
 public:
  Loader(TrustAnchor anchor, std::vector<std::string>& problems)
      : anchor_(std::move(anchor)), problems_(problems) {}

  // First all of these. Throws CryptoError for a list that cannot be used: without it, nobody knows
  // whom it revokes.
  void add_revocations(const fs::path& file) {
    const SecretText text = read_guarded_file(file, kOthersMayWrite);
    for (CrlPtr& crl : parse_revocation_lists(text, file)) {
      try {
        anchor_.require_signed(crl.get());
      } catch (const CryptoError& e) {
        throw CryptoError(file.string() + ": " + e.what());
      }
      // Refusing it would only lead to its being taken away, and with it what it revokes.
      if (const std::string why = out_of_date(crl.get()); !why.empty())
        problems_.push_back(file.string() + ": " + why);
      crls_.push_back(std::move(crl));
    }
  }

  // Then all of these. Throws likewise for a list that stands where it would be overlooked.
  void add_certificates(const fs::path& file) {
    SecretText text;
    std::vector<X509Ptr> all;
    try {
      text = read_guarded_file(file, kOthersMayWrite);
      all = parse_certificates(text, file);
    } catch (const CryptoError& e) {
      problems_.emplace_back(e.what());
    }
    constexpr std::string_view kRevocationList = "-----BEGIN X509 CRL-----";
    if (text.find(kRevocationList) != std::string::npos)
      throw CryptoError(file.string() + ": holds a revocation list, expected in a file *.crl");
    for (X509Ptr& x509 : all) add(file, std::move(x509));
  }

  std::vector<Certificate> finish() {
    for (Certificate& certificate : certificates_)
      certificate.revoked_ = is_revoked(certificate.x509_.get(), crls_);
    return std::move(certificates_);
  }

 private:
  void add(const fs::path& file, X509Ptr x509) {
    try {
      anchor_.require_chain(x509.get(), crls_);
      Certificate certificate(std::move(x509));
      const auto [known, is_new] =
          known_.try_emplace({certificate.issuer(), certificate.serial()}, certificates_.size());
      if (is_new)
        certificates_.push_back(std::move(certificate));
      else if (X509_cmp(certificate.x509_.get(), certificates_[known->second].x509_.get()) != 0)
        throw CryptoError("another certificate of " + certificate.issuer() + " has the serial " +
                          certificate.serial() + ", too; the first one read is used");
    } catch (const CryptoError& e) {
      problems_.push_back(file.string() + ": certificate not used: " + e.what());
    }
  }

  TrustAnchor anchor_;
  std::vector<std::string>& problems_;
  std::vector<Certificate> certificates_;
  std::map<std::pair<std::string, std::string>, std::size_t> known_;  // issuer and serial
  std::vector<CrlPtr> crls_;
};

Credentials Credentials::load(const fs::path& directory,
                              const std::optional<fs::path>& trust_anchor,
                              std::vector<std::string>& problems) {
  try {
    // A trust anchor that cannot be read must not mean that there is none.
    Loader loader(TrustAnchor(trust_anchor), problems);
    const std::vector<fs::path> files = list_guarded_directory(directory);
    for (const fs::path& file : files)
      if (sort_of(file) == Sort::revocations) loader.add_revocations(file);
    for (const fs::path& file : files)
      if (sort_of(file) == Sort::certificates) loader.add_certificates(file);
    return Credentials(loader.finish());
  } catch (const CryptoError& e) {
    problems.emplace_back(e.what());
    return {};
  }
}

Credentials::Credentials(std::vector<Certificate> certificates)
    : certificates_(std::move(certificates)) {
  for (const Certificate& certificate : certificates_) {
    by_serial_[certificate.serial()].push_back(
        {&certificate, common_spellings(X509_get_issuer_name(certificate.x509_.get()))});
    by_eui_[certificate.eui().value].push_back(&certificate);
  }
}

const std::vector<Credentials::Entry>* Credentials::with_serial(
    std::string_view serial_decimal) const {
  auto it = by_serial_.find(serial_decimal);
  if (it == by_serial_.end()) it = by_serial_.find(canonical_integer(serial_decimal));
  return it == by_serial_.end() ? nullptr : &it->second;
}

const Certificate* Credentials::find(std::string_view issuer_name,
                                     std::string_view serial_decimal) const {
  const std::vector<Entry>* entries = with_serial(serial_decimal);
  if (entries == nullptr) return nullptr;
  for (const Entry& entry : *entries)
    if (std::find(entry.issuer_spellings.begin(), entry.issuer_spellings.end(), issuer_name) !=
        entry.issuer_spellings.end())
      return entry.certificate;
  const std::optional<DistinguishedName> issuer = DistinguishedName::parse(issuer_name);
  if (!issuer) return nullptr;
  for (const Entry& entry : *entries)
    if (issuer->is(X509_get_issuer_name(entry.certificate->x509_.get()))) return entry.certificate;
  return nullptr;
}

std::span<const Certificate* const> Credentials::find(Eui64 eui) const {
  const auto it = by_eui_.find(eui.value);
  if (it == by_eui_.end()) return {};
  return it->second;
}

Signer::Signer(Certificate certificate, PrivateKey key)
    : certificate_(std::move(certificate)), key_(std::move(key)) {}

Certificate Certificate::load(const fs::path& file) {
  X509Ptr first = std::move(read_certificates(file).front());
  try {
    return Certificate(std::move(first));
  } catch (const CryptoError& e) {
    throw CryptoError(file.string() + ": " + e.what());
  }
}

Signer Signer::load(const fs::path& certificate_file, const fs::path& key_file) {
  PrivateKey key = PrivateKey::load(key_file);
  Certificate certificate = Certificate::load(certificate_file);
  if (!key.matches(certificate.key())) {
    throw CryptoError(certificate_file.string() + ": not the certificate of the key in " +
                      key_file.string());
  }
  return {std::move(certificate), std::move(key)};
}

}  // namespace dcc::duis
