// SPDX-License-Identifier: Apache-2.0
#include "duis/certificate_file.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "duis/crypto.hpp"
#include "duis/guarded_file.hpp"

namespace dcc::duis {
namespace {

namespace fs = std::filesystem;

using Pkcs7Ptr = std::unique_ptr<PKCS7, OpenSslDeleter<PKCS7_free>>;

constexpr std::string_view kPemBegin = "-----BEGIN ";

[[noreturn]] void refuse(const fs::path& file, const std::string& why) {
  ERR_clear_error();
  throw CryptoError(file.string() + ": " + why);
}

// Of a file that has no PEM in it: does it begin as an ASN.1 SEQUENCE, which all of these are?
bool is_der(std::string_view text) {
  constexpr char kSequence = 0x30;
  return text.starts_with(kSequence) && text.find(kPemBegin) == std::string_view::npos;
}

// What is read from the front of `der`, which goes on behind it; null: it is something else.
template <typename Ptr, auto decode>
Ptr take(std::string_view& der) {
  const auto* const begin = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* end = begin;
  Ptr object(decode(nullptr, &end, static_cast<long>(der.size())));
  if (object) der.remove_prefix(static_cast<std::size_t>(end - begin));
  return object;
}

void append_bundle(const PKCS7& bundle, Certificates& out) {
  if (!PKCS7_type_is_signed(&bundle)) throw CryptoError("is PKCS #7, but not of certificates");
  const PKCS7_SIGNED& parts = *bundle.d.sign;
  for (int i = 0; i < sk_X509_num(parts.cert); ++i) {
    X509* certificate = sk_X509_value(parts.cert, i);
    X509_up_ref(certificate);
    out.certificates.emplace_back(certificate);
  }
  for (int i = 0; i < sk_X509_CRL_num(parts.crl); ++i) {
    X509_CRL* list = sk_X509_CRL_value(parts.crl, i);
    X509_CRL_up_ref(list);
    out.revocation_lists.emplace_back(list);
  }
}

// The object that DER begins with. Throws CryptoError saying what is wrong.
void append_der(std::string_view& der, Certificates& out) {
  ERR_clear_error();
  if (auto certificate = take<X509Ptr, d2i_X509>(der)) {
    out.certificates.push_back(std::move(certificate));
  } else if (auto list = take<CrlPtr, d2i_X509_CRL>(der)) {
    out.revocation_lists.push_back(std::move(list));
  } else if (const auto bundle = take<Pkcs7Ptr, d2i_PKCS7>(der)) {
    append_bundle(*bundle, out);
  } else {
    throw CryptoError("is neither a certificate nor a revocation list nor a bundle of them");
  }
  ERR_clear_error();  // of what it was not
}

// One object of PEM: what stands between its BEGIN and END.
class PemBlock {
 public:
  PemBlock() = default;
  ~PemBlock() {
    OPENSSL_free(name_);
    OPENSSL_free(header_);
    OPENSSL_secure_clear_free(data_, static_cast<std::size_t>(size_));
  }
  PemBlock(const PemBlock&) = delete;
  PemBlock& operator=(const PemBlock&) = delete;

  // False: there is none, or it is broken; OpenSSL's error tells.
  bool read(BIO* pem) {
    // A key may lie among certificates: its memory is wiped.
    constexpr unsigned kFlags = PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE;
    return PEM_read_bio_ex(pem, &name_, &header_, &data_, &size_, kFlags) == 1;
  }

  std::string_view name() const { return name_; }
  bool is_encrypted() const { return *header_ != 0; }
  std::string_view der() const {
    return {reinterpret_cast<const char*>(data_), static_cast<std::size_t>(size_)};
  }
  bool is_sort_of(std::initializer_list<std::string_view> names) const {
    return std::find(names.begin(), names.end(), name()) != names.end();
  }

 private:
  char* name_ = nullptr;
  char* header_ = nullptr;
  unsigned char* data_ = nullptr;
  long size_ = 0;
};

// Throws CryptoError saying which one is broken.
void append_pem(std::string_view text, Certificates& out) {
  const BioPtr pem = text_reader(text);
  for (int number = 1;; ++number) {
    PemBlock block;
    if (!block.read(pem.get())) {
      const unsigned long error = ERR_peek_last_error();
      const std::string why = openssl_error();
      if (ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE) return;
      throw CryptoError("PEM object " + std::to_string(number) + " cannot be read: " + why);
    }
    if (!block.is_sort_of({PEM_STRING_X509, PEM_STRING_X509_OLD, PEM_STRING_X509_CRL,
                           PEM_STRING_PKCS7, PEM_STRING_PKCS7_SIGNED, PEM_STRING_CMS}))
      continue;
    const std::string what = std::string(block.name()) + " " + std::to_string(number);
    std::string_view der = block.der();
    if (block.is_encrypted()) throw CryptoError(what + " is encrypted");
    try {
      append_der(der, out);
    } catch (const CryptoError& e) {
      throw CryptoError(what + " " + e.what());
    }
    if (!der.empty()) throw CryptoError(what + " goes on behind its end");
  }
}

KeyPtr parse_der_key(std::string_view der) {
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = begin + der.size();
  KeyPtr key(d2i_AutoPrivateKey(nullptr, &begin, static_cast<long>(der.size())));
  return begin == end ? std::move(key) : nullptr;
}

}  // namespace

KeyPtr read_private_key(const fs::path& file) {
  const SecretText text = read_guarded_file(file, kOthersMayAccess);
  ERR_clear_error();
  KeyPtr key =
      is_der(text)
          ? parse_der_key(text)
          : KeyPtr(PEM_read_bio_PrivateKey(text_reader(text).get(), nullptr, no_password, nullptr));
  if (!key) refuse(file, "not an unencrypted private key, PEM or DER: " + openssl_error());
  ERR_clear_error();
  return key;
}

std::vector<X509Ptr> read_certificates(const fs::path& file) {
  Certificates found = parse_certificates(read_guarded_file(file, kOthersMayWrite), file);
  if (found.certificates.empty()) refuse(file, "no certificate in it, PEM or DER");
  return std::move(found.certificates);
}

Certificates parse_certificates(std::string_view text, const fs::path& file) {
  Certificates found;
  try {
    if (is_der(text))
      while (!text.empty()) append_der(text, found);
    else
      append_pem(text, found);
  } catch (const CryptoError& e) {
    refuse(file, e.what());
  }
  return found;
}

}  // namespace dcc::duis
