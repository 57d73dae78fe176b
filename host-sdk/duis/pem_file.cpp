// SPDX-License-Identifier: Apache-2.0
#include "duis/pem_file.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <utility>

#include "duis/crypto.hpp"
#include "duis/guarded_file.hpp"

namespace dcc::duis {
namespace {

namespace fs = std::filesystem;

template <typename Ptr, auto read>
std::vector<Ptr> parse_pem(std::string_view text, const fs::path& file, const char* sort) {
  const BioPtr pem = text_reader(text);
  std::vector<Ptr> objects;
  ERR_clear_error();
  while (Ptr object{read(pem.get(), nullptr, no_password, nullptr)})
    objects.push_back(std::move(object));
  const unsigned long error = ERR_peek_last_error();
  const bool at_end =
      ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  const std::string why = openssl_error();
  if (!at_end)
    throw CryptoError(file.string() + ": " + sort + " " + std::to_string(objects.size() + 1) +
                      " cannot be read: " + why);
  if (objects.empty()) throw CryptoError(file.string() + ": no PEM " + sort + " in it");
  return objects;
}

}  // namespace

KeyPtr read_private_key(const fs::path& file) {
  const SecretText pem = read_guarded_file(file, kOthersMayAccess);
  KeyPtr key(PEM_read_bio_PrivateKey(text_reader(pem).get(), nullptr, no_password, nullptr));
  if (!key)
    throw CryptoError(file.string() + ": not an unencrypted PEM private key: " + openssl_error());
  return key;
}

std::vector<X509Ptr> read_certificates(const fs::path& file) {
  return parse_certificates(read_guarded_file(file, kOthersMayWrite), file);
}

std::vector<X509Ptr> parse_certificates(std::string_view text, const fs::path& file) {
  return parse_pem<X509Ptr, PEM_read_bio_X509>(text, file, "certificate");
}

std::vector<CrlPtr> parse_revocation_lists(std::string_view text, const fs::path& file) {
  return parse_pem<CrlPtr, PEM_read_bio_X509_CRL>(text, file, "revocation list");
}

}  // namespace dcc::duis
