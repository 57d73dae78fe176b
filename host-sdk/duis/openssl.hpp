// SPDX-License-Identifier: Apache-2.0
//
// Private to the duis room (and to who else calls OpenSSL): its handles with owners, and its errors
// as text. The error queue is per thread; everything here is for use by one thread at a time.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace dcc::duis {

template <auto free>
struct OpenSslDeleter {
  template <typename T>
  void operator()(T* handle) const {
    free(handle);
  }
};

using BignumPtr = std::unique_ptr<BIGNUM, OpenSslDeleter<BN_free>>;
using BioPtr = std::unique_ptr<BIO, OpenSslDeleter<BIO_free_all>>;
using CrlPtr = std::unique_ptr<X509_CRL, OpenSslDeleter<X509_CRL_free>>;
using DigestPtr = std::unique_ptr<EVP_MD, OpenSslDeleter<EVP_MD_free>>;
using KeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, OpenSslDeleter<EVP_PKEY_CTX_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpenSslDeleter<EVP_PKEY_free>>;
using NamePtr = std::unique_ptr<X509_NAME, OpenSslDeleter<X509_NAME_free>>;
using X509Ptr = std::unique_ptr<X509, OpenSslDeleter<X509_free>>;

// What OpenSSL last complained about; empties this thread's error queue.
std::string openssl_error();

// Why a TLS peer's certificate was not accepted, by the result of verifying its chain, and which
// certificate of the chain that is; one line. Empty: it was not for a certificate.
std::string verification_failure(long result, const STACK_OF(X509) * chain);

// A password callback for PEM readers: there is none, and nobody is asked at a terminal.
int no_password(char*, int, int, void*);

// A BIO that reads `text`, which must outlive it.
BioPtr text_reader(std::string_view text);

// What was written to a memory BIO; its own until the next change.
std::string_view text_of(BIO* memory);

}  // namespace dcc::duis
