// SPDX-License-Identifier: Apache-2.0
//
// Which files the TLS listener accepts. How it speaks is tested with other people's programs:
// tests/system/tls_test.cpp.
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "client/pki.hpp"
#include "duis/crypto.hpp"
#include "http/tls_context.hpp"
#include "support/temp_directory.hpp"

using Catch::Matchers::Contains;
using sample::TlsContext;
using support::write_file;

namespace {

struct Files {
  support::TempDirectory directory;
  const sample::pki::Identity ca = sample::pki::make_ca("CN=Z1,OU=07");
  sample::TlsFiles files{path("host.pem"), path("host.key"), path("ca.pem")};

  Files() {
    write_file(files.client_ca, ca.certificate_pem());
    write(sample::pki::make_server_certificate(ca, "DNS:localhost"));
  }

  std::filesystem::path path(const char* name) const { return directory.path() / name; }
  void write(const sample::pki::Identity& identity) const {
    write_file(files.certificate, identity.certificate_pem());
    write_key(identity.key_pem());
  }
  void write_key(std::string_view pem) const {
    write_file(files.key, pem);
    ::chmod(files.key.c_str(), 0600);
  }
  std::string refusal() const {
    try {
      const TlsContext context(files);
    } catch (const dcc::duis::CryptoError& e) {
      return e.what();
    }
    return "accepted";
  }
};

constexpr std::int64_t k2020 = 1'577'836'800'000;
constexpr std::int64_t k2021 = 1'609'459'200'000;
constexpr std::int64_t k2090 = 3'786'912'000'000;

}  // namespace

TEST_CASE("a certificate with its key is accepted, with its CA's certificate behind it or not") {
  Files f;
  CHECK(f.refusal() == "accepted");
  write_file(f.files.certificate, support::read_file(f.files.certificate) + f.ca.certificate_pem());
  f.files.client_ca.clear();
  CHECK(f.refusal() == "accepted");
}

TEST_CASE("a TLS file that cannot be used is named, with what is wrong") {
  Files f;
  std::filesystem::path culprit = f.files.key;
  std::string why;
  SECTION("no key") {
    std::filesystem::remove(f.files.key);
    why = "cannot be opened";
  }
  SECTION("a key that others may read") {
    ::chmod(f.files.key.c_str(), 0640);
    why = "expected 0600";
  }
  SECTION("a key that is none") {
    f.write_key("nonsense");
    why = "not an unencrypted private key";
  }
  SECTION("another certificate's key") {
    f.write_key(sample::pki::make_server_certificate(f.ca, "DNS:x").key_pem());
    culprit = f.files.certificate;
    why = "not the certificate of the key in " + f.files.key.string();
  }
  SECTION("half a certificate") {
    culprit = f.files.certificate;
    const std::string pem = support::read_file(culprit);
    write_file(culprit, pem.substr(0, pem.size() / 2));
    why = "cannot be read";
  }
  SECTION("a certificate that others may write") {
    culprit = f.files.certificate;
    ::chmod(culprit.c_str(), 0666);
    why = "expected 0644";
  }
  SECTION("an expired certificate") {
    culprit = f.files.certificate;
    f.write(sample::pki::make_server_certificate(f.ca, "DNS:x", k2020, k2021));
    why = "the certificate is expired";
  }
  SECTION("a certificate that is not yet valid") {
    culprit = f.files.certificate;
    f.write(sample::pki::make_server_certificate(f.ca, "DNS:x", k2090, k2090 + 1000));
    why = "the certificate is not yet valid";
  }
  SECTION("no client CA") {
    culprit = f.files.client_ca;
    write_file(culprit, "");
    why = "no certificate in it";
  }
  const std::string refusal = f.refusal();
  CHECK_THAT(refusal, Catch::StartsWith(culprit.string() + ": "));
  CHECK_THAT(refusal, Contains(why));
  CHECK_THAT(refusal, !Contains("PRIVATE KEY-----"));
}
