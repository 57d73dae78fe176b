// SPDX-License-Identifier: Apache-2.0
#include "duis/credentials.hpp"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <map>
#include <utility>

#include "duis/certificate_file.hpp"
#include "duis/distinguished_name.hpp"
#include "duis/guarded_file.hpp"

namespace dcc::duis {
namespace {

namespace fs = std::filesystem;

using IntegerTextPtr = std::unique_ptr<char, OpenSslDeleter<[](char* p) { OPENSSL_free(p); }>>;
using StackPtr = std::unique_ptr<STACK_OF(X509), OpenSslDeleter<[](STACK_OF(X509) * certificates) {
                                   sk_X509_free(certificates);
                                 }>>;
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
  // RFC 5280, 4.2.
  if ((flags & EXFLAG_CRITICAL) != 0)
    throw CryptoError("a critical extension is not one that is understood here");
  if ((flags & EXFLAG_KUSAGE) == 0) throw CryptoError("there is no keyUsage");
  if ((X509_get_key_usage(x509) & KU_DIGITAL_SIGNATURE) == 0)
    throw CryptoError("the keyUsage does not include digitalSignature");
}

std::int64_t unix_milliseconds(const ASN1_TIME* time, const char* what) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) {
    ERR_clear_error();
    throw CryptoError(std::string(what) + " is not a time");
  }
  return std::int64_t{timegm(&parts)} * 1000;
}

// Why its dates cannot be read; empty: they can.
std::string no_dates(const X509* x509) try {
  period_of(x509);
  return {};
} catch (const CryptoError& e) {
  return e.what();
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
// revoke nobody. A hidden file is what an editor or another system has left there.
Sort sort_of(const fs::path& file) {
  if (file.filename().native().starts_with('.')) return Sort::other;
  std::string extension = file.extension();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (extension == ".crl") return Sort::revocations;
  constexpr std::array<std::string_view, 6> kCertificates{".pem", ".crt", ".cer",
                                                          ".der", ".p7b", ".p7c"};
  return std::find(kCertificates.begin(), kCertificates.end(), extension) != kCertificates.end()
             ? Sort::certificates
             : Sort::other;
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

bool is_ca(X509* x509) {
  constexpr int kByBasicConstraints = 1;  // above it are guesses at certificates of version 1
  return X509_check_ca(x509) == kByBasicConstraints;
}

std::string name_of(const X509* x509) {
  return rfc4514(X509_get_subject_name(x509));
}

// The CA certificates that everything must chain to; without a file, everything does.
class TrustAnchor {
 public:
  // With those that may stand between, which must outlive it.
  TrustAnchor(std::vector<X509Ptr> authorities, const std::vector<X509*>& between)
      : authorities_(std::move(authorities)),
        store_(X509_STORE_new()),
        between_(sk_X509_new_null()) {
    require(store_ && between_);
    X509_STORE_set_flags(store_.get(), X509_V_FLAG_PARTIAL_CHAIN);
    for (const X509Ptr& authority : authorities_) {
      require(X509_STORE_add_cert(store_.get(), authority.get()) == 1);
      signers_.push_back(authority.get());
    }
    for (X509* x509 : between) require(sk_X509_push(between_.get(), x509) > 0);
    for (X509* x509 : between)
      if (chain(x509, std::nullopt)) signers_.push_back(x509);
    for (const X509* signer : signers_) begins_.push_back(period_of(signer).begin);
  }

  // That it chains to a CA here, whatever the time, and that none of `revocations` revokes a CA on
  // the way.
  void require_chain(X509* x509, std::span<const CrlPtr> revocations) const {
    int error = X509_V_OK;
    const ChainPtr found = chain(x509, std::nullopt, &error);
    if (!found)
      throw CryptoError(std::string("does not chain to the trust anchor: ") +
                        X509_verify_cert_error_string(error));
    require_authorities(found.get(), revocations);
  }

  // When, `within` a period, it chains to a CA here, and all CAs on the way are in date. There may
  // be several ways, a CA's certificate being renewed before it expires: that none is revoked,
  // either.
  std::vector<Period> periods(X509* x509, const Period& within,
                              std::span<const CrlPtr> revocations) const {
    constexpr std::int64_t kSecond = 1000;  // what certificates count in
    std::vector<Period> found;
    for (std::int64_t at = within.begin; at <= within.end;) {
      if (const ChainPtr way = chain(x509, at)) {
        require_authorities(way.get(), revocations);
        found.push_back(common_period(within, way.get()));
        at = found.back().end + kSecond;
      } else {
        std::int64_t next = within.end + kSecond;
        for (const std::int64_t begin : begins_)
          if (begin > at) next = std::min(next, begin);
        at = next;
      }
    }
    return found;
  }

  void require_signed(X509_CRL* crl) const {
    const X509_NAME* issuer = X509_CRL_get_issuer(crl);
    const bool is_signed = std::any_of(signers_.begin(), signers_.end(), [&](X509* signer) {
      return X509_NAME_cmp(X509_get_subject_name(signer), issuer) == 0 &&
             (X509_get_key_usage(signer) & KU_CRL_SIGN) != 0 &&
             X509_CRL_verify(crl, X509_get0_pubkey(signer)) == 1;
    });
    ERR_clear_error();
    if (!is_signed)
      throw CryptoError("the revocation list of " + rfc4514(issuer) +
                        " is not signed by a CA of the trust anchor");
  }

 private:
  using ChainPtr = std::unique_ptr<STACK_OF(X509), OpenSslDeleter<[](STACK_OF(X509) * chain) {
                                     sk_X509_pop_free(chain, X509_free);
                                   }>>;

  static void require(bool worked) {
    if (!worked) throw CryptoError("OpenSSL: " + openssl_error());
  }

  static void require_authorities(const STACK_OF(X509) * chain,
                                  std::span<const CrlPtr> revocations) {
    for (int i = 1; i < sk_X509_num(chain); ++i) {
      X509* ca = sk_X509_value(chain, i);
      if (!is_ca(ca)) throw CryptoError(name_of(ca) + ", which issued it, is not a CA");
      if (is_revoked(ca, revocations)) throw CryptoError("the CA " + name_of(ca) + " is revoked");
    }
  }

  // From it to a CA here, all of them in date `at` a time, if one is given. Null: there is none,
  // and `error` says why.
  ChainPtr chain(X509* x509, std::optional<std::int64_t> at, int* error = nullptr) const {
    const StoreContextPtr context(X509_STORE_CTX_new());
    require(context && X509_STORE_CTX_init(context.get(), store_.get(), x509, between_.get()) == 1);
    if (at)
      X509_STORE_CTX_set_time(context.get(), 0, static_cast<std::time_t>(*at / 1000));
    else
      X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME);
    const bool verified = X509_verify_cert(context.get()) == 1;
    ERR_clear_error();
    if (error != nullptr) *error = X509_STORE_CTX_get_error(context.get());
    return ChainPtr(verified ? X509_STORE_CTX_get1_chain(context.get()) : nullptr);
  }

  // The part of `within` in which all but the first of a chain are in date.
  static Period common_period(Period within, const STACK_OF(X509) * chain) {
    for (int i = 1; i < sk_X509_num(chain); ++i) {
      const Period own = period_of(sk_X509_value(chain, i));
      within = {std::max(within.begin, own.begin), std::min(within.end, own.end)};
    }
    return within;
  }

  std::vector<X509Ptr> authorities_;
  std::vector<X509*> signers_;        // of revocation lists: these, and what chains to them
  std::vector<std::int64_t> begins_;  // when they become valid
  StorePtr store_;
  StackPtr between_;
};

}  // namespace

Period period_of(const X509* x509) {
  return {unix_milliseconds(X509_get0_notBefore(x509), "notBefore"),
          unix_milliseconds(X509_get0_notAfter(x509), "notAfter")};
}

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
    case Validity::issuer_not_valid:
      return "of a CA that is expired or not yet valid";
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
      in_date_(period_of(x509_.get())) {
  require_signing_use(x509_.get());
}

Validity Certificate::validity(std::int64_t at) const {
  if (revoked_) return Validity::revoked;
  if (at < in_date_.begin) return Validity::not_yet_valid;
  if (at > in_date_.end) return Validity::expired;
  const auto is_then = [at](const Period& p) { return at >= p.begin && at <= p.end; };
  const bool has_ca = !anchored_ || std::any_of(anchored_->begin(), anchored_->end(), is_then);
  return has_ca ? Validity::valid : Validity::issuer_not_valid;
}

// Gathers what the files hold; what of it is fit for use is seen when all of it is there.
class Credentials::Loader {
 public:
  explicit Loader(std::vector<std::string>& problems) : problems_(problems) {}

  void read_anchor(const fs::path& file) {
    anchor_.emplace();
    take(file, read_guarded_file(file, kOthersMayWrite), *anchor_);
    if (anchor_->empty()) throw CryptoError(file.string() + ": no certificate in it, PEM or DER");
  }

  // Throws CryptoError for a revocation list that cannot be read: nobody knows whom it revokes.
  void read(const fs::path& file) {
    const Sort sort = sort_of(file);
    if (sort == Sort::other) return;
    SecretText text;
    try {
      text = read_guarded_file(file, kOthersMayWrite);
      const std::size_t before = found_.size() + lists_.size();
      const bool has_list = take(file, text, found_);
      if (sort == Sort::revocations && !has_list)
        throw CryptoError(file.string() + ": no revocation list in it, PEM or DER");
      if (found_.size() + lists_.size() == before)
        throw CryptoError(file.string() + ": no certificate in it, PEM or DER");
    } catch (const CryptoError& e) {
      constexpr std::string_view kRevocationList = "-----BEGIN X509 CRL-----";
      if (sort == Sort::revocations || text.find(kRevocationList) != std::string::npos) throw;
      problems_.emplace_back(e.what());
    }
  }

  std::vector<Certificate> finish() {
    const std::optional<TrustAnchor> anchor = make_anchor();
    judge_lists(anchor);
    for (auto& [file, x509] : found_) {
      try {
        if (is_ca(x509.get()))
          require_issuer(x509.get());
        else
          add(x509.get(), anchor);
      } catch (const CryptoError& e) {
        problems_.push_back(file.string() + ": certificate not used: " + e.what());
      }
    }
    for (Certificate& certificate : certificates_)
      certificate.revoked_ = is_revoked(certificate.x509_.get(), crls_);
    return std::move(certificates_);
  }

 private:
  template <typename Object>
  using Found = std::vector<std::pair<fs::path, Object>>;

  // Says whether there is a revocation list among it.
  bool take(const fs::path& file, std::string_view text, Found<X509Ptr>& certificates) {
    Certificates read = parse_certificates(text, file);
    for (X509Ptr& x509 : read.certificates) certificates.emplace_back(file, std::move(x509));
    for (CrlPtr& crl : read.revocation_lists) lists_.emplace_back(file, std::move(crl));
    return !read.revocation_lists.empty();
  }

  std::optional<TrustAnchor> make_anchor() {
    if (!anchor_) return std::nullopt;
    std::vector<X509Ptr> authorities;
    for (auto& [file, x509] : *anchor_) {
      if (const std::string why = no_dates(x509.get()); !why.empty())
        throw CryptoError(file.string() + ": " + why);
      authorities.push_back(std::move(x509));
    }
    std::vector<X509*> between;  // each once, although it may lie beside each User's
    for (const auto& found : found_) {
      X509* x509 = found.second.get();
      const auto is_it = [x509](const X509* known) { return X509_cmp(known, x509) == 0; };
      if (!is_ca(x509) || std::any_of(between.begin(), between.end(), is_it)) continue;
      if (const std::string why = no_dates(x509); !why.empty())
        problems_.push_back(found.first.string() + ": certificate not used: " + why);
      else
        between.push_back(x509);
    }
    return std::optional<TrustAnchor>(std::in_place, std::move(authorities), between);
  }

  void judge_lists(const std::optional<TrustAnchor>& anchor) {
    for (auto& [file, crl] : lists_) {
      try {
        if (anchor) anchor->require_signed(crl.get());
      } catch (const CryptoError& e) {
        throw CryptoError(file.string() + ": " + e.what());
      }
      // Refusing it would only lead to its being taken away, and with it what it revokes.
      if (const std::string why = out_of_date(crl.get()); !why.empty())
        problems_.push_back(file.string() + ": " + why);
      crls_.push_back(std::move(crl));
    }
  }

  // CAs deliver their own certificate with those that they issue. One that lies there without any
  // is in the place of a User's.
  void require_issuer(X509* ca) const {
    const bool is_needed = std::any_of(found_.begin(), found_.end(), [ca](const auto& other) {
      return X509_check_issued(ca, other.second.get()) == X509_V_OK &&
             X509_cmp(ca, other.second.get()) != 0;
    });
    ERR_clear_error();
    if (!is_needed)
      throw CryptoError("it is that of the CA " + name_of(ca) + ", and none here is issued by it");
  }

  void add(X509* x509, const std::optional<TrustAnchor>& anchor) {
    if (anchor) anchor->require_chain(x509, crls_);
    X509_up_ref(x509);
    Certificate certificate{X509Ptr(x509)};
    if (anchor) certificate.anchored_ = anchor->periods(x509, certificate.in_date_, crls_);
    const auto [known, is_new] =
        known_.try_emplace({certificate.issuer(), certificate.serial()}, certificates_.size());
    if (is_new)
      certificates_.push_back(std::move(certificate));
    else if (X509_cmp(x509, certificates_[known->second].x509_.get()) != 0)
      throw CryptoError("another certificate of " + certificate.issuer() + " has the serial " +
                        certificate.serial() + ", too; the first one read is used");
  }

  std::vector<std::string>& problems_;
  std::optional<Found<X509Ptr>> anchor_;
  Found<X509Ptr> found_;
  Found<CrlPtr> lists_;
  std::vector<CrlPtr> crls_;  // those of lists_ that count
  std::vector<Certificate> certificates_;
  std::map<std::pair<std::string, std::string>, std::size_t> known_;  // issuer and serial
};

Credentials Credentials::load(const fs::path& directory,
                              const std::optional<fs::path>& trust_anchor,
                              std::vector<std::string>& problems) {
  // What OpenSSL found on the way is said; nobody who asks it next shall find that, too.
  struct ClearErrors {
    ClearErrors() = default;
    ~ClearErrors() { ERR_clear_error(); }
    ClearErrors(const ClearErrors&) = delete;
    ClearErrors& operator=(const ClearErrors&) = delete;
  } const at_the_end;
  try {
    Loader loader(problems);
    // One that cannot be read must not mean that there is none.
    if (trust_anchor) loader.read_anchor(*trust_anchor);
    for (const fs::path& file : list_guarded_directory(directory)) loader.read(file);
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

std::string Credentials::why_not_found(std::string_view issuer_name,
                                       std::string_view serial_decimal) const {
  constexpr std::size_t kEnough = 60;  // of a number that may be as long as a message
  const std::string serial = canonical_integer(serial_decimal);
  if (serial.empty()) return "X509SerialNumber is not a decimal integer";
  const std::optional<DistinguishedName> issuer = DistinguishedName::parse(issuer_name);
  if (!issuer)
    return "X509IssuerName is not a distinguished name as RFC 4514 writes it, such as CN=Z1,OU=07";
  const std::string which = serial.substr(0, kEnough) + (serial.size() > kEnough ? "..." : "");
  const std::vector<Entry>* entries = with_serial(serial_decimal);
  if (entries == nullptr) return "no certificate with the serial " + which + " is known";
  return "no certificate of that issuer with the serial " + which + " is known, but one of " +
         entries->front().certificate->issuer();
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
