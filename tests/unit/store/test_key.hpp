// SPDX-License-Identifier: Apache-2.0
//
// A key of one test, as a host has it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "client/pki.hpp"
#include "duis/credentials.hpp"
#include "unit/store/fixture.hpp"

namespace sample {

class TestKey {
 public:
  TestKey() {
    const auto ca = pki::make_ca("CN=Z1,OU=07");
    pki::CertificateOptions options;
    options.eui = kBroker;
    const auto identity = pki::make_certificate(ca, options);
    pki::write_new_file(directory_ / "key.pem", identity.key_pem(), 0600);
    pki::write_new_file(directory_ / "certificate.pem", identity.certificate_pem(), 0600);
    signer_ = dcc::duis::Signer::load(directory_ / "certificate.pem", directory_ / "key.pem");
  }

  std::string sign(std::string_view text) const {
    const auto signature = signer_->sign(text);
    return {signature.begin(), signature.end()};
  }
  dcc::duis::PublicKey public_key() const { return signer_->certificate().key(); }

 private:
  TemporaryDirectory directory_;
  std::optional<dcc::duis::Signer> signer_;
};

}  // namespace sample
