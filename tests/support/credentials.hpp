// SPDX-License-Identifier: Apache-2.0
//
// Keys and certificates made for one test, as files:
//   ca.pem   certificates/NAME.pem (what the host knows)   strangers/NAME.pem   keys/NAME.key
// signer() is safe from any thread; the rest is for one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "client/pki.hpp"
#include "duis/credentials.hpp"

namespace support {

class Credentials {
 public:
  enum class Known { yes, no };

  explicit Credentials(std::filesystem::path directory);

  void issue(const std::string& name, const sample::pki::CertificateOptions& options,
             Known known = Known::yes);
  // Replaces the revocation list by one of these.
  void revoke(const std::vector<std::string>& names);

  // A TLS server's certificate and key, in these files: DIR/NAME.pem, keys/NAME.key. They are
  // replaced if they are there.
  void issue_server(const std::string& name, std::int64_t not_after = 0);

  const dcc::duis::Signer& signer(const std::string& name) const { return signers_.at(name); }

  std::filesystem::path anchor() const { return directory_ / "ca.pem"; }
  std::filesystem::path known() const { return directory_ / "certificates"; }
  std::filesystem::path certificate(const std::string& name, Known known = Known::yes) const;
  std::filesystem::path key(const std::string& name) const;

 private:
  const std::filesystem::path directory_;
  const sample::pki::Identity ca_;
  std::map<std::string, dcc::duis::Signer> signers_;
};

}  // namespace support
