// SPDX-License-Identifier: Apache-2.0
#include "duis/crypto.hpp"

#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include <algorithm>
#include <climits>

#include "duis/certificate_file.hpp"
#include "duis/openssl.hpp"

namespace dcc::duis {
namespace {

using SignaturePtr = std::unique_ptr<ECDSA_SIG, OpenSslDeleter<ECDSA_SIG_free>>;

constexpr std::size_t kCoordinate = 32;
// SEQUENCE of two INTEGERs of up to 33 octets.
constexpr std::size_t kMaxDer = 72;

[[noreturn]] void fail(const char* what) {
  throw CryptoError(std::string(what) + ": " + openssl_error());
}

const EVP_MD* sha256_algorithm() {
  // EVP_sha256() would be looked up again by every call that uses it.
  static const DigestPtr algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  if (!algorithm) throw CryptoError("OpenSSL has no SHA-256");
  return algorithm.get();
}

void require_p256(EVP_PKEY* key) {
  std::array<char, 64> curve{};
  if (EVP_PKEY_is_a(key, "EC") != 1) {
    const char* type = EVP_PKEY_get0_type_name(key);
    throw CryptoError("key type " + std::string(type != nullptr ? type : "unknown") +
                      ", expected EC with the curve P-256");
  }
  if (EVP_PKEY_get_group_name(key, curve.data(), curve.size(), nullptr) != 1 ||
      std::string_view(curve.data()) != SN_X9_62_prime256v1) {
    ERR_clear_error();
    throw CryptoError("curve " + std::string(curve[0] != 0 ? curve.data() : "not named") +
                      ", expected P-256 (" SN_X9_62_prime256v1 ")");
  }
}

// A context that is ready for `init`'s operation. It is never used itself: copying it is cheap and
// safe from any thread, while making one looks algorithms up.
std::shared_ptr<EVP_PKEY_CTX> prepare(EVP_PKEY* key, int (*init)(EVP_PKEY_CTX*)) {
  require_p256(key);
  KeyContextPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  if (!context || init(context.get()) != 1) fail("the key cannot be used");
  return std::shared_ptr<EVP_PKEY_CTX>(std::move(context));
}

KeyContextPtr copy(const EVP_PKEY_CTX* prepared) {
  KeyContextPtr context(EVP_PKEY_CTX_dup(prepared));
  if (!context) fail("the key cannot be used");
  return context;
}

struct DerSignature {
  std::array<std::uint8_t, kMaxDer> octets;
  std::size_t size = 0;
};

DerSignature to_der(std::span<const std::uint8_t, 64> raw) {
  const SignaturePtr pair(ECDSA_SIG_new());
  BignumPtr r(BN_bin2bn(raw.data(), kCoordinate, nullptr));
  BignumPtr s(BN_bin2bn(raw.data() + kCoordinate, kCoordinate, nullptr));
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1)
    fail("a signature cannot be held");
  // The pair owns them now.
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  DerSignature der;
  std::uint8_t* end = der.octets.data();
  const int size = i2d_ECDSA_SIG(pair.get(), &end);
  if (size <= 0) fail("a signature cannot be encoded");
  der.size = static_cast<std::size_t>(size);
  return der;
}

RawSignature to_raw(const DerSignature& der) {
  const std::uint8_t* begin = der.octets.data();
  const SignaturePtr pair(d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(der.size)));
  RawSignature raw;
  if (!pair || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), raw.data(), kCoordinate) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), raw.data() + kCoordinate, kCoordinate) < 0)
    fail("a signature cannot be decoded");
  return raw;
}

bool is_xml_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

const std::uint8_t* octets_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

}  // namespace

Digest sha256(std::string_view octets) {
  Digest digest;
  if (EVP_Digest(octets.data(), octets.size(), digest.data(), nullptr, sha256_algorithm(),
                 nullptr) != 1)
    fail("SHA-256");
  return digest;
}

std::string base64_encode(std::span<const std::uint8_t> octets) {
  if (octets.size() > INT_MAX / 2) throw CryptoError("too much for one base64 text");
  // EVP_EncodeBlock also writes a NUL.
  std::string text((octets.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<std::uint8_t*>(text.data()), octets.data(),
                                   static_cast<int>(octets.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

bool base64_decode(std::string_view text, std::span<std::uint8_t> out) {
  const std::size_t expected = (out.size() + 2) / 3 * 4;
  std::string packed;
  packed.reserve(expected);
  for (const char c : text) {
    if (is_xml_space(c)) continue;
    if (packed.size() == expected) return false;
    packed.push_back(c);
  }
  if (packed.size() != expected) return false;
  std::string decoded(expected / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<std::uint8_t*>(decoded.data()),
                                   octets_of(packed), static_cast<int>(expected));
  if (size < 0 || static_cast<std::size_t>(size) != decoded.size()) return false;
  std::copy_n(decoded.begin(), out.size(), out.begin());
  // OpenSSL overlooks misplaced padding and stray bits; what it would have written does not.
  return base64_encode(out) == packed;
}

PublicKey::PublicKey(EVP_PKEY* key) : prepared_(prepare(key, EVP_PKEY_verify_init)) {}

bool PublicKey::verify(std::string_view message,
                       std::span<const std::uint8_t, 64> signature) const {
  const Digest digest = sha256(message);
  const DerSignature der = to_der(signature);
  const int verdict = EVP_PKEY_verify(copy(prepared_.get()).get(), der.octets.data(), der.size,
                                      digest.data(), digest.size());
  // Below zero it could not tell, for want of memory for one: no verdict on the signature.
  if (verdict < 0) fail("verifying");
  if (verdict != 1) ERR_clear_error();
  return verdict == 1;
}

PrivateKey::PrivateKey(EVP_PKEY* key) : prepared_(prepare(key, EVP_PKEY_sign_init)) {}

PrivateKey PrivateKey::load(const std::filesystem::path& file) {
  const KeyPtr key = read_private_key(file);
  try {
    return PrivateKey(key.get());
  } catch (const CryptoError& e) {
    throw CryptoError(file.string() + ": " + e.what());
  }
}

RawSignature PrivateKey::sign(std::string_view message) const {
  const Digest digest = sha256(message);
  DerSignature der;
  der.size = der.octets.size();
  if (EVP_PKEY_sign(copy(prepared_.get()).get(), der.octets.data(), &der.size, digest.data(),
                    digest.size()) != 1)
    fail("signing");
  return to_raw(der);
}

bool PrivateKey::matches(const PublicKey& key) const {
  return EVP_PKEY_eq(EVP_PKEY_CTX_get0_pkey(prepared_.get()),
                     EVP_PKEY_CTX_get0_pkey(key.prepared_.get())) == 1;
}

}  // namespace dcc::duis
