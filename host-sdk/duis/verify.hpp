// SPDX-License-Identifier: Apache-2.0
//
// Who signed a message. Safe from any thread.
#pragma once

#include <cstdint>
#include <string>

#include "duis/credentials.hpp"
#include "duis/crypto.hpp"
#include "duis/message.hpp"

namespace dcc::duis {

struct Verdict {
  // The signer's; belongs to the Credentials. Null: the signature is not accepted, `why` says why.
  const Certificate* signer = nullptr;
  std::string why;
  Digest digest{};  // of the canonical octets; what "the same request" means
};

// Judges a message's signature at a time (Unix milliseconds): that there is one, that its digest
// is the message's, that the certificate it names is known and valid then, that a request's
// certificate is the originator's, and that the key signed.
Verdict verify(const Message& message, const Credentials& credentials, std::int64_t at);

}  // namespace dcc::duis
