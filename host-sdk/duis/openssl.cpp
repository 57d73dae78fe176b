// SPDX-License-Identifier: Apache-2.0
#include "duis/openssl.hpp"

#include <openssl/err.h>

#include "duis/crypto.hpp"

namespace dcc::duis {

std::string openssl_error() {
  std::string text = "unknown error";
  if (const unsigned long code = ERR_get_error(); code != 0) {
    const char* reason = ERR_reason_error_string(code);
    text = reason != nullptr ? reason : "error " + std::to_string(code);
  }
  ERR_clear_error();
  return text;
}

int no_password(char*, int, int, void*) {
  return -1;
}

BioPtr text_reader(std::string_view text) {
  BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) throw CryptoError("OpenSSL: " + openssl_error());
  return bio;
}

std::string_view text_of(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return size > 0 ? std::string_view(data, static_cast<std::size_t>(size)) : std::string_view();
}

}  // namespace dcc::duis
