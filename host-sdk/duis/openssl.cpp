// SPDX-License-Identifier: Apache-2.0
#include "duis/openssl.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "duis/crypto.hpp"
#include "duis/distinguished_name.hpp"

namespace dcc::duis {
namespace {

// Which of a chain the result is about.
const X509* culprit(long result, const STACK_OF(X509) * chain) {
  const int last = sk_X509_num(chain) - 1;
  if (last < 0) return nullptr;
  const auto is_it = [result](const X509* x509) {
    if (result == X509_V_ERR_CERT_HAS_EXPIRED)
      return X509_cmp_current_time(X509_get0_notAfter(x509)) <= 0;
    if (result == X509_V_ERR_CERT_NOT_YET_VALID)
      return X509_cmp_current_time(X509_get0_notBefore(x509)) >= 0;
    return result != X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT &&
           result != X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY &&
           result != X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
  };
  int at = 0;
  while (at < last && !is_it(sk_X509_value(chain, at))) ++at;
  return sk_X509_value(chain, at);
}

}  // namespace

std::string openssl_error() {
  std::string text = "unknown error";
  if (const unsigned long code = ERR_get_error(); code != 0) {
    const char* reason = ERR_reason_error_string(code);
    text = reason != nullptr ? reason : "error " + std::to_string(code);
  }
  ERR_clear_error();
  return text;
}

std::string verification_failure(long result, const STACK_OF(X509) * chain) {
  if (result == X509_V_OK) return {};
  std::string text = X509_verify_cert_error_string(result);
  if (const X509* x509 = culprit(result, chain)) {
    try {
      text += ": certificate of " + rfc4514(X509_get_subject_name(x509)) + ", issued by " +
              rfc4514(X509_get_issuer_name(x509));
    } catch (const CryptoError&) {  // the peer has put into it what is no name
    }
  }
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
