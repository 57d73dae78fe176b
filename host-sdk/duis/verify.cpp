// SPDX-License-Identifier: Apache-2.0
#include "duis/verify.hpp"

namespace dcc::duis {
namespace {

Verdict refused(Digest digest, std::string why) {
  return {nullptr, std::move(why), digest};
}

}  // namespace

Verdict verify(const Message& message, const Credentials& credentials, std::int64_t at) {
  const Digest digest = sha256(message.canonical);
  if (!message.signature) return refused(digest, "the message has no Signature");
  const SignatureParts& signature = *message.signature;

  Digest claimed;
  if (!base64_decode(signature.digest, claimed))
    return refused(digest, "DigestValue is not 32 octets in base64");
  if (claimed != digest) return refused(digest, "DigestValue is not the digest of the message");

  const Certificate* signer = credentials.find(signature.issuer_name, signature.serial_number);
  if (signer == nullptr)
    return refused(digest,
                   credentials.why_not_found(signature.issuer_name, signature.serial_number));
  const auto validity = signer->validity(at);
  if (validity != Validity::valid)
    return refused(digest, "the certificate is " + std::string(text(validity)));
  if (message.kind == Message::Kind::request && signer->eui() != message.request_id->originator)
    return refused(digest,
                   "the certificate is " + signer->eui().text() + "'s, not the originator's");

  RawSignature value;
  if (!base64_decode(signature.value, value))
    return refused(digest, "SignatureValue is not 64 octets, r and s, in base64");
  if (!signer->key().verify(signature.signed_info, value))
    return refused(digest, "the signature does not verify with the certificate's key");
  return {signer, {}, digest};
}

}  // namespace dcc::duis
