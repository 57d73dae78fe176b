// SPDX-License-Identifier: Apache-2.0
#include "duis/credentials.hpp"

#include <openssl/err.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "client/pki.hpp"
#include "temporary_directory.hpp"

using namespace dcc::duis;
namespace pki = sample::pki;
using Catch::Matchers::Contains;
using Identifier = pki::CertificateOptions::Identifier;

namespace {

const Eui64 kUser{0x90B3D51F30010000};
const Eui64 kOther{0x90B3D51F30020001};
constexpr const char* kSerial = "340282366920938463463374607431768211455";

const pki::Identity& ca() {
  static const pki::Identity instance = pki::make_ca("CN=Z1,OU=07");
  return instance;
}

pki::CertificateOptions options(const std::string& serial = kSerial, Eui64 eui = kUser) {
  pki::CertificateOptions out;
  out.eui = eui;
  out.serial = serial;
  return out;
}

std::string certificate(const pki::CertificateOptions& with, const pki::Identity& by = ca()) {
  return pki::make_certificate(by, with).certificate_pem();
}

// A directory of credentials and what loading it says.
struct Fixture {
  TemporaryDirectory directory;
  TemporaryDirectory anchors;
  std::vector<std::string> problems;

  Credentials load() { return Credentials::load(directory.path(), std::nullopt, problems); }
  Credentials load_anchored(const std::string& pem) {
    return Credentials::load(directory.path(), anchors.write("ca.pem", pem), problems);
  }
  // Loads a directory with this one file, which must be refused for this reason.
  void check_refused(const std::string& file, std::string_view text, const std::string& why) {
    directory.write(file, text);
    CHECK(load().certificates().empty());
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains((directory.path() / file).string()) && Contains(why));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "A certificate of the profile is found by issuer and serial") {
  directory.write("user.pem", certificate(options()));
  const Credentials credentials = load();
  CHECK(problems.empty());
  REQUIRE(credentials.certificates().size() == 1);

  const Certificate* found = credentials.find("CN=Z1,OU=07", kSerial);
  REQUIRE(found != nullptr);
  CHECK(found->eui() == kUser);
  CHECK(found->issuer() == "CN=Z1,OU=07");
  CHECK(found->serial() == kSerial);
  CHECK(found->subject() == "x500UniqueIdentifier=#03090090B3D51F30010000,OU=02");
  CHECK_FALSE(found->revoked());

  const std::string serial = kSerial;
  for (const std::string issuer : {"CN=Z1,OU=07", "CN=Z1, OU=07", "OU=07,CN=Z1", "OU=07, CN=Z1",
                                   "cn=z1 ; ou=07", "OID.2.5.4.3=Z1,OU=#0C023037"})
    for (const std::string& spelled :
         {serial, "+" + serial, "00" + serial, " \r\n" + serial + "\t", "+000" + serial}) {
      INFO(issuer << " | " << spelled);
      CHECK(credentials.find(issuer, spelled) == found);
    }
  for (const std::string issuer : {"CN=Z2,OU=07", "CN=Z1", "", "nonsense"})
    CHECK(credentials.find(issuer, serial) == nullptr);
  for (const std::string& other :
       {"-" + serial, serial + "0", serial.substr(1), std::string(), std::string("+"),
        std::string(" "), "+-" + serial, "0x" + serial, serial + ".0", std::string(5000, '1')})
    CHECK(credentials.find("CN=Z1,OU=07", other) == nullptr);
}

TEST_CASE_METHOD(Fixture, "Why a certificate is not found") {
  directory.write("user.pem", certificate(options("4711")));
  const Credentials credentials = load();
  for (const std::string serial :
       {"1A2B", "0x1267", "47 11", "4711.0", "", " ", "+", "--1", "\0"}) {
    INFO(serial);
    CHECK(credentials.why_not_found("CN=Z1,OU=07", serial) ==
          "X509SerialNumber is not a decimal integer");
  }
  for (const std::string issuer : {"/OU=07/CN=Z1", "", "Z1", "CN=Z1,OU", "CN=\"Z1"}) {
    INFO(issuer);
    CHECK_THAT(credentials.why_not_found(issuer, "4711"),
               Contains("X509IssuerName is not a distinguished name") && Contains("RFC 4514"));
  }
  CHECK(credentials.why_not_found("CN=Z1,OU=07", "0815") ==
        "no certificate with the serial 815 is known");
  CHECK(credentials.why_not_found("CN=Z2,OU=07", " 04711") ==
        "no certificate of that issuer with the serial 4711 is known, but one of CN=Z1,OU=07");
  CHECK(credentials.why_not_found("CN=Z1,OU=07", std::string(1'000'000, '7')) ==
        "no certificate with the serial " + std::string(60, '7') + "... is known");
}

TEST_CASE_METHOD(Fixture, "Small and negative serials are numbers, too") {
  directory.write("small.pem", certificate(options("7")));
  directory.write("negative.pem", certificate(options("-7", kOther)));
  directory.write("zero.pem", certificate(options("0", Eui64{1})));
  const Credentials credentials = load();
  REQUIRE(credentials.certificates().size() == 3);
  CHECK(credentials.find("CN=Z1,OU=07", "007")->eui() == kUser);
  CHECK(credentials.find("CN=Z1,OU=07", "-07")->eui() == kOther);
  for (const char* zero : {"0", "-0", "+000"})
    CHECK(credentials.find("CN=Z1,OU=07", zero)->eui() == Eui64{1});
}

TEST_CASE_METHOD(Fixture, "Issuers may use the same serial") {
  const pki::Identity other = pki::make_ca("CN=Z2,OU=07");
  directory.write("a.pem", certificate(options()) + certificate(options(kSerial, kOther), other));
  const Credentials credentials = load();
  CHECK(problems.empty());
  CHECK(credentials.find("CN=Z1, OU=07", kSerial)->eui() == kUser);
  CHECK(credentials.find("CN=Z2, OU=07", kSerial)->eui() == kOther);
  CHECK(credentials.find("OU = 07, CN = Z2", kSerial)->eui() == kOther);
}

TEST_CASE_METHOD(Fixture, "All certificates of a User") {
  directory.write("a.pem", certificate(options("1")));
  directory.write("b.crt", certificate(options("2")));
  directory.write("c.cer", certificate(options("3", kOther)));
  directory.write("d.txt", certificate(options("4")));
  const Credentials credentials = load();
  CHECK(problems.empty());
  REQUIRE(credentials.find(kUser).size() == 2);
  CHECK(credentials.find(kUser)[0]->serial() == "1");
  CHECK(credentials.find(kUser)[1]->serial() == "2");
  CHECK(credentials.find(kOther).size() == 1);
  CHECK(credentials.find(Eui64{1}).empty());
}

TEST_CASE_METHOD(Fixture, "The same certificate in several files is one") {
  const std::string pem = certificate(options());
  directory.write("a.pem", pem);
  directory.write("b.pem", pem + pem);
  CHECK(load().certificates().size() == 1);
  CHECK(problems.empty());
}

TEST_CASE_METHOD(Fixture, "Two certificates with one name: the first is used") {
  directory.write("a.pem", certificate(options()));
  directory.write("b.pem", certificate(options(kSerial, kOther)));
  const Credentials credentials = load();
  CHECK(credentials.find("CN=Z1,OU=07", kSerial)->eui() == kUser);
  REQUIRE(problems.size() == 1);
  CHECK_THAT(problems[0], Contains("b.pem") && Contains(kSerial));
}

TEST_CASE_METHOD(Fixture, "Certificates outside the profile are not used") {
  pki::CertificateOptions with = options();
  SECTION("another curve") {
    with.curve = "P-384";
    check_refused("user.pem", certificate(with), "secp384r1");
  }
  SECTION("RSA") {
    with.curve = "RSA";
    check_refused("user.pem", certificate(with), "RSA");
  }
  SECTION("no keyUsage") {
    with.key_usage.clear();
    check_refused("user.pem", certificate(with), "keyUsage");
  }
  SECTION("a keyUsage without digitalSignature") {
    with.key_usage = "critical,keyAgreement";
    check_refused("user.pem", certificate(with), "digitalSignature");
  }
  SECTION("no EUI-64") {
    with.identifier = Identifier::absent;
    check_refused("user.pem", certificate(with), "2.5.4.45");
  }
  SECTION("two EUI-64s") {
    with.identifier = Identifier::twice;
    check_refused("user.pem", certificate(with), "more than one");
  }
  SECTION("the EUI-64 as text") {
    with.identifier = Identifier::as_text;
    check_refused("user.pem", certificate(with), "BIT STRING");
  }
  SECTION("seven octets") {
    with.identifier = Identifier::too_short;
    check_refused("user.pem", certificate(with), "64 bits");
  }
  SECTION("63 bits") {
    with.identifier = Identifier::unused_bits;
    check_refused("user.pem", certificate(with), "64 bits");
  }
}

// Who next asks OpenSSL what went wrong on this thread would take it for an error of his own.
TEST_CASE_METHOD(Fixture, "An extension that cannot be read leaves no error of OpenSSL behind") {
  pki::CertificateOptions with = options();
  with.key_usage = "critical,DER:04024780";  // an OCTET STRING
  check_refused("user.pem", certificate(with), "an extension cannot be read");
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE_METHOD(Fixture, "Files that cannot be used are named") {
  const std::string pem = certificate(options());
  SECTION("nothing in it") {
    check_refused("user.pem", "", "no certificate in it");
  }
  SECTION("a key") {
    check_refused("user.pem", ca().key_pem(), "no certificate in it");
  }
  SECTION("half a certificate") {
    check_refused("user.pem", pem.substr(0, pem.size() / 2), "PEM object 1");
  }
  SECTION("half a second certificate") {
    check_refused("user.pem", pem + pem.substr(0, pem.size() / 2), "PEM object 2");
  }
  SECTION("no certificate inside") {
    check_refused("user.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                  "CERTIFICATE 1");
  }
  SECTION("others may write it") {
    directory.write("user.pem", pem, 0666);
    CHECK(load().certificates().empty());
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains("user.pem") && Contains("0666"));
  }
  SECTION("a directory") {
    std::filesystem::create_directory(directory.path() / "user.pem");
    CHECK(load().certificates().empty());
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains("user.pem") && Contains("not a regular file"));
  }
  SECTION("which leaves the others in use") {
    directory.write("a.pem", "nonsense");
    directory.write("b.pem", pem);
    CHECK(load().certificates().size() == 1);
    CHECK(problems.size() == 1);
  }
}

TEST_CASE_METHOD(Fixture, "The directory itself") {
  SECTION("may be empty") {
    CHECK(load().certificates().empty());
    CHECK(problems.empty());
  }
  SECTION("must be there") {
    std::filesystem::remove(directory.path());
    CHECK(load().certificates().empty());
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains(directory.path().string()));
  }
  SECTION("must not be writable for others") {
    directory.write("user.pem", certificate(options()));
    std::filesystem::permissions(directory.path(), std::filesystem::perms{0777});
    CHECK(load().certificates().empty());
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains(directory.path().string()) && Contains("0777"));
  }
}

TEST_CASE_METHOD(Fixture, "With a trust anchor, certificates must chain to it") {
  const pki::Identity other = pki::make_ca("CN=Z2,OU=07");
  const pki::Identity impostor = pki::make_ca("CN=Z1,OU=07");
  directory.write("good.pem", certificate(options("1")));
  directory.write("impostor.pem", certificate(options("2"), impostor));
  directory.write("other.pem", certificate(options("3"), other));

  SECTION("one CA") {
    const Credentials credentials = load_anchored(ca().certificate_pem());
    REQUIRE(credentials.certificates().size() == 1);
    CHECK(credentials.certificates()[0].serial() == "1");
    REQUIRE(problems.size() == 2);
    CHECK_THAT(problems[0], Contains("impostor.pem") && Contains("trust anchor"));
    CHECK_THAT(problems[1], Contains("other.pem") && Contains("trust anchor"));
  }
  SECTION("several CAs") {
    CHECK(load_anchored(other.certificate_pem() + ca().certificate_pem()).certificates().size() ==
          2);
    CHECK(problems.size() == 1);
  }
  SECTION("a broken file trusts nobody") {
    CHECK(load_anchored("nonsense").certificates().empty());
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains("ca.pem"));
  }
  SECTION("a missing file trusts nobody") {
    CHECK(Credentials::load(directory.path(), anchors.path() / "none.pem", problems)
              .certificates()
              .empty());
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains("none.pem"));
  }
}

TEST_CASE_METHOD(Fixture, "Revocation lists") {
  const pki::Identity other = pki::make_ca("CN=Z2,OU=07");
  const std::vector<std::string> serials{kSerial};
  directory.write("user.pem", certificate(options()) + certificate(options("8")) +
                                  certificate(options(kSerial, kOther), other));

  SECTION("revoke what they name, of their issuer's") {
    directory.write("z1.crl", pki::make_crl(ca(), serials));
    const Credentials credentials = load();
    CHECK(problems.empty());
    CHECK(credentials.find("CN=Z1,OU=07", kSerial)->validity(0) == Validity::revoked);
    CHECK(credentials.find("CN=Z1,OU=07", kSerial)->revoked());
    CHECK_FALSE(credentials.find("CN=Z1,OU=07", "8")->revoked());
    CHECK_FALSE(credentials.find("CN=Z2,OU=07", kSerial)->revoked());
  }
  SECTION("must be the trust anchor's, if there is one") {
    directory.write("z2.crl", pki::make_crl(other, serials));
    const std::string anchor = ca().certificate_pem() + other.certificate_pem();
    CHECK(load_anchored(anchor).find("CN=Z2,OU=07", kSerial)->revoked());
    CHECK(problems.empty());
    // One that a stranger made under the CA's name.
    directory.write("z1.crl", pki::make_crl(pki::make_ca("CN=Z1,OU=07"), serials));
    CHECK(load_anchored(anchor).certificates().empty());
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains("z1.crl") && Contains("not signed"));
  }
  SECTION("that cannot be read leave nobody known: whom they revoke is not known either") {
    directory.write("z1.crl", "nonsense");
    CHECK(load().certificates().empty());
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains("z1.crl") && Contains("no revocation list in it"));
  }
}

TEST_CASE_METHOD(Fixture, "Validity is a question of when") {
  pki::CertificateOptions with = options();
  with.not_before = 1'800'000'000'000;
  with.not_after = 1'900'000'000'000;
  directory.write("user.pem", certificate(with));
  const Credentials credentials = load_anchored(ca().certificate_pem());
  CHECK(problems.empty());
  const Certificate* found = credentials.find("CN=Z1,OU=07", kSerial);
  REQUIRE(found != nullptr);
  CHECK(found->not_before() == with.not_before);
  CHECK(found->not_after() == with.not_after);
  CHECK(found->validity(with.not_before - 1) == Validity::not_yet_valid);
  CHECK(found->validity(with.not_before) == Validity::valid);
  CHECK(found->validity(with.not_after) == Validity::valid);
  CHECK(found->validity(with.not_after + 1) == Validity::expired);
  CHECK(text(Validity::valid) == "valid");
  CHECK(text(Validity::not_yet_valid) == "not yet valid");
  CHECK(text(Validity::expired) == "expired");
  CHECK(text(Validity::revoked) == "revoked");
}

TEST_CASE_METHOD(Fixture, "A snapshot serves any number of threads") {
  const pki::Identity user = pki::make_certificate(ca(), options());
  directory.write("user.pem", user.certificate_pem());
  const Signer signer =
      Signer::load(directory.path() / "user.pem", anchors.write("user.key", user.key_pem()));
  const Credentials credentials = load();
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int round = 0; round < 50; ++round) {
        const std::string message = std::to_string(i * 1000 + round);
        const Certificate* found = credentials.find("OU = 07, CN = Z1", kSerial);
        if (found != nullptr && found->key().verify(message, signer.sign(message))) ++right;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 200);
}

TEST_CASE_METHOD(Fixture, "A signer's certificate and key belong together") {
  const pki::Identity user = pki::make_certificate(ca(), options());
  const auto certificate_file =
      directory.write("user.pem", user.certificate_pem() + ca().certificate_pem());
  const auto key_file = directory.write("user.key", user.key_pem());
  const auto other_key = directory.write("other.key", ca().key_pem());

  const Signer signer = Signer::load(certificate_file, key_file);
  CHECK(signer.certificate().eui() == kUser);
  CHECK(signer.certificate().issuer() == "CN=Z1,OU=07");
  CHECK(signer.certificate().serial() == kSerial);
  CHECK(signer.certificate().key().verify("a message", signer.sign("a message")));

  CHECK_THROWS_WITH(Signer::load(certificate_file, other_key),
                    Contains(certificate_file.string()) && Contains(other_key.string()));
  CHECK_THROWS_WITH(Signer::load(key_file, key_file),
                    Contains(key_file.string()) && Contains("no certificate in it"));
  CHECK_THROWS_WITH(Signer::load(certificate_file, directory.path() / "none.key"),
                    Contains("none.key"));
}
