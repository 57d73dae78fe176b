// SPDX-License-Identifier: Apache-2.0
#include "client/pki.hpp"

#include <fcntl.h>
#include <openssl/conf.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <system_error>

#include "duis/crypto.hpp"
#include "duis/distinguished_name.hpp"

namespace sample::pki {
namespace {

using namespace dcc::duis;

using ConfigurationPtr = std::unique_ptr<CONF, OpenSslDeleter<NCONF_free>>;
using EntryPtr = std::unique_ptr<X509_NAME_ENTRY, OpenSslDeleter<X509_NAME_ENTRY_free>>;
using IntegerPtr = std::unique_ptr<ASN1_INTEGER, OpenSslDeleter<ASN1_INTEGER_free>>;
using TimePtr = std::unique_ptr<ASN1_TIME, OpenSslDeleter<ASN1_TIME_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, OpenSslDeleter<X509_EXTENSION_free>>;
using RevokedPtr = std::unique_ptr<X509_REVOKED, OpenSslDeleter<X509_REVOKED_free>>;

constexpr std::int64_t kDay = 24LL * 60 * 60 * 1000;
constexpr long kVersion3 = 2;
constexpr long kCrlVersion2 = 1;

// Every OpenSSL call below says 1, or a pointer, when it worked.
void require(bool worked) {
  if (!worked) throw CryptoError("OpenSSL: " + openssl_error());
}

std::int64_t now() {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

KeyPtr make_key(const std::string& curve) {
  constexpr unsigned kRsaBits = 2048;
  KeyPtr key(curve == "RSA" ? EVP_RSA_gen(kRsaBits) : EVP_EC_gen(curve.c_str()));
  require(key != nullptr);
  return key;
}

TimePtr time_at(std::int64_t unix_milliseconds) {
  TimePtr time(ASN1_TIME_set(nullptr, static_cast<time_t>(unix_milliseconds / 1000)));
  require(time != nullptr);
  return time;
}

IntegerPtr integer(const std::string& decimal) {
  BIGNUM* parsed = nullptr;
  const int digits = BN_dec2bn(&parsed, decimal.c_str());
  const BignumPtr number(parsed);
  if (digits <= 0 || static_cast<std::size_t>(digits) != decimal.size())
    throw CryptoError("serial number " + decimal + ": expected a decimal number");
  IntegerPtr out(BN_to_ASN1_INTEGER(number.get(), nullptr));
  require(out != nullptr);
  return out;
}

IntegerPtr random_integer() {
  constexpr int kBits = 128;
  const BignumPtr number(BN_new());
  require(number && BN_rand(number.get(), kBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1);
  IntegerPtr out(BN_to_ASN1_INTEGER(number.get(), nullptr));
  require(out != nullptr);
  return out;
}

// `bits`: a BIT STRING's flags. They must be set before the name takes its copy.
void add_attribute(X509_NAME* name, int nid, int tag, std::span<const std::uint8_t> value,
                   long bits) {
  const EntryPtr entry(X509_NAME_ENTRY_create_by_NID(nullptr, nid, tag, value.data(),
                                                     static_cast<int>(value.size())));
  require(entry != nullptr);
  X509_NAME_ENTRY_get_data(entry.get())->flags |= bits;
  require(X509_NAME_add_entry(name, entry.get(), -1, 0) == 1);
}

void add_text(X509_NAME* name, int nid, const std::string& text) {
  add_attribute(name, nid, V_ASN1_UTF8STRING,
                {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, 0);
}

void add_bits(X509_NAME* name, std::span<const std::uint8_t> octets, long unused_bits) {
  // Without this flag OpenSSL cuts trailing zero bits off, and EUI-64s often end in them.
  add_attribute(name, NID_x500UniqueIdentifier, V_ASN1_BIT_STRING, octets,
                ASN1_STRING_FLAG_BITS_LEFT | unused_bits);
}

NamePtr subject(const CertificateOptions& options) {
  using Identifier = CertificateOptions::Identifier;
  std::array<std::uint8_t, 8> eui;
  for (std::size_t i = 0; i < eui.size(); ++i)
    eui[i] = static_cast<std::uint8_t>(options.eui.value >> (56 - 8 * i));

  NamePtr name(X509_NAME_new());
  require(name != nullptr);
  add_text(name.get(), NID_organizationalUnitName, options.role);
  switch (options.identifier) {
    case Identifier::as_profiled:
      add_bits(name.get(), eui, 0);
      break;
    case Identifier::absent:
      break;
    case Identifier::twice:
      add_bits(name.get(), eui, 0);
      add_bits(name.get(), eui, 0);
      break;
    case Identifier::as_text:
      add_text(name.get(), NID_x500UniqueIdentifier, options.eui.text());
      break;
    case Identifier::too_short:
      add_bits(name.get(), std::span(eui).first(7), 0);
      break;
    case Identifier::unused_bits:
      eui.back() = static_cast<std::uint8_t>(eui.back() & 0xFE);
      add_bits(name.get(), eui, 1);
      break;
  }
  return name;
}

void add_extension(X509* x509, int nid, const char* value) {
  // Some extensions insist on a configuration, though they find nothing in it.
  const ConfigurationPtr configuration(NCONF_new(nullptr));
  X509V3_CTX context;
  X509V3_set_ctx(&context, nullptr, x509, nullptr, nullptr, 0);
  X509V3_set_nconf(&context, configuration.get());
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  require(extension && X509_add_ext(x509, extension.get(), -1) == 1);
}

X509Ptr begin_certificate(const X509_NAME* issuer, const X509_NAME* name, EVP_PKEY* key,
                          const ASN1_INTEGER* serial, std::int64_t not_before,
                          std::int64_t not_after) {
  X509Ptr x509(X509_new());
  require(x509 && X509_set_version(x509.get(), kVersion3) == 1 &&
          X509_set_serialNumber(x509.get(), const_cast<ASN1_INTEGER*>(serial)) == 1 &&
          X509_set_issuer_name(x509.get(), issuer) == 1 &&
          X509_set_subject_name(x509.get(), name) == 1 && X509_set_pubkey(x509.get(), key) == 1 &&
          X509_set1_notBefore(x509.get(), time_at(not_before).get()) == 1 &&
          X509_set1_notAfter(x509.get(), time_at(not_after).get()) == 1);
  return x509;
}

template <typename Text = std::string, typename Write>
Text pem(Write write) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  require(out && write(out.get()) == 1);
  return Text(text_of(out.get()));
}

}  // namespace

std::string Identity::certificate_pem() const {
  return pem([this](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); });
}

SecretText Identity::key_pem() const {
  return pem<SecretText>([this](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

Identity make_ca(std::string_view name, const CaOptions& options) {
  const auto parsed = DistinguishedName::parse(name);
  if (!parsed) throw CryptoError("CA name " + std::string(name) + ": expected such as CN=Z1,OU=07");
  Identity ca;
  if (options.renewed != nullptr) {
    EVP_PKEY_up_ref(options.renewed->key.get());
    ca.key.reset(options.renewed->key.get());
  } else {
    ca.key = make_key("P-256");
  }
  const Identity& issuer = options.issuer != nullptr ? *options.issuer : ca;
  ca.certificate = begin_certificate(
      options.issuer != nullptr ? X509_get_subject_name(issuer.certificate.get()) : parsed->x509(),
      parsed->x509(), ca.key.get(), random_integer().get(),
      options.not_before != 0 ? options.not_before : now() - kDay,
      options.not_after != 0 ? options.not_after : now() + 20L * 365 * kDay);
  X509* x509 = ca.certificate.get();
  if (!options.basic_constraints.empty())
    add_extension(x509, NID_basic_constraints, options.basic_constraints.c_str());
  if (!options.key_usage.empty()) add_extension(x509, NID_key_usage, options.key_usage.c_str());
  add_extension(x509, NID_subject_key_identifier, "hash");
  require(X509_sign(x509, issuer.key.get(), EVP_sha256()) > 0);
  return ca;
}

Identity make_certificate(const Identity& ca, const CertificateOptions& options) {
  Identity identity;
  identity.key = make_key(options.curve);
  const IntegerPtr serial = options.serial.empty() ? random_integer() : integer(options.serial);
  identity.certificate = begin_certificate(
      X509_get_subject_name(ca.certificate.get()), subject(options).get(), identity.key.get(),
      serial.get(), options.not_before != 0 ? options.not_before : now() - kDay,
      options.not_after != 0 ? options.not_after : now() + 10L * 365 * kDay);
  X509* x509 = identity.certificate.get();
  if (!options.key_usage.empty()) add_extension(x509, NID_key_usage, options.key_usage.c_str());
  add_extension(x509, NID_certificate_policies, "1.2.826.0.1.8641679.1.2.1.4");
  require(X509_sign(x509, ca.key.get(), EVP_sha256()) > 0);
  return identity;
}

Identity make_server_certificate(const Identity& ca, const std::string& names,
                                 std::int64_t not_before, std::int64_t not_after) {
  Identity identity;
  identity.key = make_key("P-256");
  const NamePtr name(X509_NAME_new());
  require(name != nullptr);
  add_text(name.get(), NID_commonName, "dcc-sample-host");
  identity.certificate =
      begin_certificate(X509_get_subject_name(ca.certificate.get()), name.get(), identity.key.get(),
                        random_integer().get(), not_before != 0 ? not_before : now() - kDay,
                        not_after != 0 ? not_after : now() + 10L * 365 * kDay);
  X509* x509 = identity.certificate.get();
  add_extension(x509, NID_key_usage, "critical,digitalSignature");
  add_extension(x509, NID_ext_key_usage, "serverAuth");
  add_extension(x509, NID_subject_alt_name, names.c_str());
  require(X509_sign(x509, ca.key.get(), EVP_sha256()) > 0);
  return identity;
}

std::string make_crl(const Identity& ca, std::span<const std::string> serials,
                     std::int64_t next_update) {
  const CrlPtr crl(X509_CRL_new());
  const TimePtr issued = time_at(now() - kDay);
  const TimePtr next = time_at(next_update != 0 ? next_update : now() + 365 * kDay);
  require(crl && X509_CRL_set_version(crl.get(), kCrlVersion2) == 1 &&
          X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(ca.certificate.get())) == 1 &&
          X509_CRL_set1_lastUpdate(crl.get(), issued.get()) == 1 &&
          X509_CRL_set1_nextUpdate(crl.get(), next.get()) == 1);
  for (const std::string& serial : serials) {
    RevokedPtr entry(X509_REVOKED_new());
    require(entry && X509_REVOKED_set_serialNumber(entry.get(), integer(serial).get()) == 1 &&
            X509_REVOKED_set_revocationDate(entry.get(), issued.get()) == 1 &&
            X509_CRL_add0_revoked(crl.get(), entry.get()) == 1);
    static_cast<void>(entry.release());  // the list's now
  }
  require(X509_CRL_sort(crl.get()) == 1 &&
          X509_CRL_sign(crl.get(), ca.key.get(), EVP_sha256()) > 0);
  return pem([&](BIO* out) { return PEM_write_bio_X509_CRL(out, crl.get()); });
}

void write_new_file(const std::filesystem::path& file, std::string_view text, unsigned mode) {
  const auto fail = [&] {
    throw CryptoError(file.string() +
                      ": cannot be written: " + std::generic_category().message(errno));
  };
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) fail();
  const ssize_t written = ::write(fd, text.data(), text.size());
  const bool closed = ::close(fd) == 0;
  if (written < 0 || static_cast<std::size_t>(written) != text.size() || !closed) fail();
}

}  // namespace sample::pki
