// SPDX-License-Identifier: Apache-2.0
#include "support/credentials.hpp"

#include "support/temp_directory.hpp"

namespace support {
namespace {

constexpr unsigned kPublic = 0644;
constexpr unsigned kPrivate = 0600;
// Of the CA: whatever it issues here is within.
constexpr std::int64_t k2020 = 1'577'836'800'000;
constexpr std::int64_t k2050 = 2'524'608'000'000;

void make_directory(const std::filesystem::path& directory) {
  std::filesystem::create_directory(directory);
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
}

}  // namespace

Credentials::Credentials(std::filesystem::path directory)
    : directory_(std::move(directory)),
      ca_(sample::pki::make_ca("CN=Z1,OU=07", {.not_before = k2020, .not_after = k2050})) {
  for (const char* part : {"certificates", "strangers", "keys"}) make_directory(directory_ / part);
  sample::pki::write_new_file(anchor(), ca_.certificate_pem(), kPublic);
}

void Credentials::issue(const std::string& name, const sample::pki::CertificateOptions& options,
                        Known known) {
  const auto identity = sample::pki::make_certificate(ca_, options);
  sample::pki::write_new_file(certificate(name, known), identity.certificate_pem(), kPublic);
  sample::pki::write_new_file(key(name), identity.key_pem(), kPrivate);
  signers_.emplace(name, dcc::duis::Signer::load(certificate(name, known), key(name)));
}

void Credentials::issue_server(const std::string& name, std::int64_t not_after) {
  const auto identity =
      sample::pki::make_server_certificate(ca_, "DNS:localhost,IP:127.0.0.1", k2020, not_after);
  const auto certificate = directory_ / (name + ".pem");
  for (const auto& file : {certificate, key(name)}) std::filesystem::remove(file);
  sample::pki::write_new_file(certificate, identity.certificate_pem(), kPublic);
  sample::pki::write_new_file(key(name), identity.key_pem(), kPrivate);
}

void Credentials::revoke(const std::vector<std::string>& names) {
  std::vector<std::string> serials;
  for (const auto& name : names) serials.push_back(signer(name).certificate().serial());
  write_file(known() / "revoked.crl", sample::pki::make_crl(ca_, serials));
}

std::filesystem::path Credentials::certificate(const std::string& name, Known known) const {
  return directory_ / (known == Known::yes ? "certificates" : "strangers") / (name + ".pem");
}

std::filesystem::path Credentials::key(const std::string& name) const {
  return directory_ / "keys" / (name + ".key");
}

}  // namespace support
