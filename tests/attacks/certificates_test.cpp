// SPDX-License-Identifier: Apache-2.0
//
// Certificates that must not open the door, and what an operator may get wrong in the credential
// directory. Each certificate here is a real one, with a real key behind it, that signs a request
// in the name of the EUI-64 that it should carry.
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <optional>

#include "client/pki.hpp"
#include "duis/reader.hpp"
#include "duis/verify.hpp"
#include "duis/writer.hpp"
#include "stage.hpp"
#include "unit/duis/temporary_directory.hpp"

using namespace attacks;
using namespace dcc::duis;
namespace pki = sample::pki;
namespace fs = std::filesystem;
using Catch::Contains;
using Identifier = pki::CertificateOptions::Identifier;

namespace {

const Eui64 kUser{0x90B3D51F30010000};
constexpr std::int64_t kDay = 24LL * 60 * 60 * 1000;

std::int64_t now() {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

const pki::Identity& ca() {
  static const pki::Identity instance = pki::make_ca("CN=Z1,OU=07");
  return instance;
}

// A credential directory, and a request that is asked about it.
struct Host {
  TemporaryDirectory directory;
  TemporaryDirectory elsewhere;
  std::vector<std::string> problems;
  bool anchored = true;

  Credentials load() {
    problems.clear();
    std::optional<fs::path> anchor;
    if (anchored) anchor = elsewhere.write("ca.pem", ca().certificate_pem());
    return Credentials::load(directory.path(), anchor, problems);
  }

  // Issued, but not yet in the directory.
  static pki::Identity issue(pki::CertificateOptions options = {}, const pki::Identity& by = ca()) {
    options.eui = kUser;
    return pki::make_certificate(by, options);
  }
  pki::Identity add(const std::string& file, const pki::CertificateOptions& options = {},
                    const pki::Identity& by = ca()) const {
    pki::Identity identity = issue(options, by);
    directory.write(file, identity.certificate_pem());
    return identity;
  }

  // Signed with the identity's key, in its name; "" when it is accepted, else why not.
  std::string why_refused(const pki::Identity& identity, std::int64_t at = now()) {
    const auto certificate = elsewhere.write("signer.pem", identity.certificate_pem());
    const Signer by = Signer::load(certificate, elsewhere.write("signer.key", identity.key_pem()));
    const std::string document = sign_document(messages::request(messages::kFaultReturn), by);
    Reader reader(*Schema::built_in());
    const Message* message = reader.read(document);
    REQUIRE(message != nullptr);
    return verify(*message, load(), at).why;
  }

  void check_one_problem(const std::string& file, const std::string& why) const {
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains(file) && Contains(why));
  }

  // The certificate is not taken, for this reason; the one beside it is.
  void check_not_taken(const pki::CertificateOptions& options, const std::string& why) {
    const pki::Identity good = add("good.pem");
    add("bad.pem", options);
    CHECK(load().certificates().size() == 1);
    check_one_problem("bad.pem", why);
    CHECK(why_refused(good).empty());
  }
};

}  // namespace

TEST_CASE_METHOD(Host, "Certificates: known and in force") {
  CHECK(why_refused(add("user.pem")).empty());
  CHECK(problems.empty());
}

TEST_CASE_METHOD(Host, "Certificates: not known") {
  add("other.pem");
  CHECK_THAT(why_refused(issue()), Contains("no certificate with the serial"));
}

TEST_CASE_METHOD(Host, "Certificates: expired") {
  pki::CertificateOptions options;
  options.not_before = now() - 10 * kDay;
  options.not_after = now() - kDay;
  CHECK_THAT(why_refused(add("user.pem", options)), Contains("expired"));
}

TEST_CASE_METHOD(Host, "Certificates: not yet valid") {
  pki::CertificateOptions options;
  options.not_before = now() + kDay;
  CHECK_THAT(why_refused(add("user.pem", options)), Contains("not yet valid"));
}

TEST_CASE_METHOD(Host, "Certificates: expires while the host runs") {
  // Judged at the time of each request, not when it was loaded.
  pki::CertificateOptions options;
  options.not_after = (now() / 1000 + 3600) * 1000;
  const pki::Identity user = add("user.pem", options);
  CHECK(why_refused(user, options.not_after).empty());
  CHECK_THAT(why_refused(user, options.not_after + 1), Contains("expired"));
}

TEST_CASE_METHOD(Host, "Certificates: curve P-384") {
  pki::CertificateOptions options;
  options.curve = "P-384";
  check_not_taken(options, "secp384r1");
}

TEST_CASE_METHOD(Host, "Certificates: curve secp256k1") {
  pki::CertificateOptions options;
  options.curve = "secp256k1";
  check_not_taken(options, "secp256k1");
}

TEST_CASE_METHOD(Host, "Certificates: RSA key") {
  pki::CertificateOptions options;
  options.curve = "RSA";
  check_not_taken(options, "RSA");
}

TEST_CASE_METHOD(Host, "Certificates: keyUsage without digitalSignature") {
  pki::CertificateOptions options;
  options.key_usage = "critical,keyAgreement";
  check_not_taken(options, "digitalSignature");
}

TEST_CASE_METHOD(Host, "Certificates: keyUsage absent") {
  pki::CertificateOptions options;
  options.key_usage.clear();
  check_not_taken(options, "no keyUsage");
}

TEST_CASE_METHOD(Host, "Certificates: EUI-64 absent") {
  pki::CertificateOptions options;
  options.identifier = Identifier::absent;
  check_not_taken(options, "no x500UniqueIdentifier");
}

TEST_CASE_METHOD(Host, "Certificates: EUI-64 of the wrong length") {
  pki::CertificateOptions options;
  options.identifier = Identifier::too_short;
  check_not_taken(options, "64 bits");
}

TEST_CASE_METHOD(Host, "Certificates: EUI-64 of 63 bits") {
  pki::CertificateOptions options;
  options.identifier = Identifier::unused_bits;
  check_not_taken(options, "64 bits");
}

TEST_CASE_METHOD(Host, "Certificates: EUI-64 as text") {
  pki::CertificateOptions options;
  options.identifier = Identifier::as_text;
  check_not_taken(options, "BIT STRING");
}

TEST_CASE_METHOD(Host, "Certificates: two EUI-64s") {
  pki::CertificateOptions options;
  options.identifier = Identifier::twice;
  check_not_taken(options, "more than one");
}

TEST_CASE_METHOD(Host, "Certificates: two for one EUI-64") {
  // Rotation: the old one goes on working until it is taken away, expires or is revoked.
  const pki::Identity first = add("first.pem"), second = add("second.pem");
  CHECK(why_refused(first).empty());
  CHECK(why_refused(second).empty());
  CHECK(problems.empty());
  fs::remove(directory.path() / "first.pem");
  CHECK_THAT(why_refused(first), Contains("no certificate"));
  CHECK(why_refused(second).empty());
}

TEST_CASE_METHOD(Host, "Certificates: untrusted issuer") {
  const pki::Identity user = add("user.pem", {}, pki::make_ca("CN=Z2,OU=07"));
  CHECK_THAT(why_refused(user), Contains("no certificate"));
  check_one_problem("user.pem", "trust anchor");
}

TEST_CASE_METHOD(Host, "Certificates: issuer of the same name with another key") {
  const pki::Identity user = add("user.pem", {}, pki::make_ca("CN=Z1,OU=07"));
  CHECK_THAT(why_refused(user), Contains("no certificate"));
  check_one_problem("user.pem", "trust anchor");
}

TEST_CASE_METHOD(Host, "Certificates: issued by a User") {
  // Alice's own certificate is no CA, wherever it lies.
  const pki::Identity user = add("user.pem");
  add("forged.pem", {}, user);
  CHECK(load().certificates().size() == 1);
  check_one_problem("forged.pem", "trust anchor");
}

TEST_CASE_METHOD(Host, "Certificates: self-signed") {
  directory.write("self.pem", pki::make_ca("CN=self").certificate_pem());
  CHECK(load().certificates().empty());
  CHECK(problems.size() == 1);
}

TEST_CASE_METHOD(Host, "Certificates: CA in the place of a User") {
  directory.write("ca.pem", ca().certificate_pem());
  CHECK(load().certificates().empty());
  check_one_problem("ca.pem", "the CA CN=Z1,OU=07");
}

TEST_CASE_METHOD(Host, "Certificates: same serial from two issuers") {
  anchored = false;
  pki::CertificateOptions options;
  options.serial = "4711";
  const pki::Identity ours = add("ours.pem", options);
  const pki::Identity theirs = add("theirs.pem", options, pki::make_ca("CN=Z2,OU=07"));
  CHECK(why_refused(ours).empty());
  CHECK(why_refused(theirs).empty());
  CHECK(problems.empty());
}

TEST_CASE_METHOD(Host, "Certificates: same issuer and serial with another key") {
  // Not to be told apart by what a message says: the first file's is used, and it is said.
  pki::CertificateOptions options;
  options.serial = "4711";
  const pki::Identity first = add("a.pem", options), second = add("b.pem", options);
  CHECK(why_refused(first).empty());
  check_one_problem("b.pem", "4711");
  CHECK_THAT(why_refused(second), Contains("does not verify"));
}

// ---- Revocation ----

TEST_CASE_METHOD(Host, "Certificates: revoked") {
  pki::CertificateOptions options;
  options.serial = "4711";
  const pki::Identity user = add("user.pem", options), other = add("other.pem");
  directory.write("z1.crl", pki::make_crl(ca(), std::vector<std::string>{"4711"}));
  CHECK_THAT(why_refused(user), Contains("revoked"));
  CHECK(why_refused(other).empty());
  CHECK(problems.empty());
}

TEST_CASE_METHOD(Host, "Certificates: revoked and expired") {
  pki::CertificateOptions options;
  options.serial = "4711";
  options.not_before = now() - 10 * kDay;
  options.not_after = now() - kDay;
  const pki::Identity user = add("user.pem", options);
  directory.write("z1.crl", pki::make_crl(ca(), std::vector<std::string>{"4711"}));
  CHECK_THAT(why_refused(user), Contains("revoked"));
}

TEST_CASE_METHOD(Host, "Certificates: revoked by the second list of a file") {
  pki::CertificateOptions options;
  options.serial = "4711";
  const pki::Identity user = add("user.pem", options);
  directory.write("z1.crl",
                  pki::make_crl(ca(), {}) + pki::make_crl(ca(), std::vector<std::string>{"4711"}));
  CHECK_THAT(why_refused(user), Contains("revoked"));
}

TEST_CASE_METHOD(Host, "Certificates: revocation list that is out of date") {
  // It still revokes whom it names; others are let in, loudly. Were the list refused, somebody
  // would take it away to get going, and whom it revokes would be back.
  pki::CertificateOptions options;
  options.serial = "4711";
  const pki::Identity user = add("user.pem", options), other = add("other.pem");
  directory.write("z1.crl",
                  pki::make_crl(ca(), std::vector<std::string>{"4711"}, now() - kDay / 2));
  CHECK_THAT(why_refused(user), Contains("revoked"));
  check_one_problem("z1.crl", "out of date");
  CHECK(why_refused(other).empty());
}

TEST_CASE_METHOD(Host, "Certificates: revocation list of an issuer without trust") {
  // Whoever made it: nobody is let in until an operator has looked.
  pki::CertificateOptions options;
  options.serial = "4711";
  const pki::Identity user = add("user.pem", options);
  directory.write("z2.crl",
                  pki::make_crl(pki::make_ca("CN=Z2,OU=07"), std::vector<std::string>{"4711"}));
  CHECK_THAT(why_refused(user), Contains("no certificate"));
  check_one_problem("z2.crl", "not signed by a CA of the trust anchor");
}

TEST_CASE_METHOD(Host, "Certificates: revocation list with a bad signature") {
  const pki::Identity user = add("user.pem");
  directory.write("z1.crl", pki::make_crl(pki::make_ca("CN=Z1,OU=07"), {}));
  CHECK_THAT(why_refused(user), Contains("no certificate"));
  check_one_problem("z1.crl", "not signed by a CA of the trust anchor");
}

TEST_CASE_METHOD(Host, "Certificates: revocation list signed by a User") {
  const pki::Identity user = add("user.pem");
  directory.write("user.crl", pki::make_crl(user, {}));
  CHECK_THAT(why_refused(user), Contains("no certificate"));
  check_one_problem("user.crl", "not signed by a CA of the trust anchor");
}

TEST_CASE_METHOD(Host, "Certificates: revocation list of another issuer revokes nobody else") {
  anchored = false;
  pki::CertificateOptions options;
  options.serial = "4711";
  const pki::Identity user = add("user.pem", options);
  directory.write("z2.crl",
                  pki::make_crl(pki::make_ca("CN=Z2,OU=07"), std::vector<std::string>{"4711"}));
  CHECK(why_refused(user).empty());
}

TEST_CASE_METHOD(Host, "Certificates: revocation list that cannot be read") {
  const pki::Identity user = add("user.pem");
  const std::string crl = pki::make_crl(ca(), {});
  for (const std::string& text : {std::string(), std::string("rubbish"),
                                  crl.substr(0, crl.size() / 2), crl + crl.substr(0, 200)}) {
    directory.write("z1.crl", text);
    CHECK_THAT(why_refused(user), Contains("no certificate"));
    check_one_problem("z1.crl: ", text.size() < 10 ? "no revocation list in it" : "cannot be read");
  }
  fs::remove(directory.path() / "z1.crl");
  fs::create_symlink("nowhere", directory.path() / "z1.crl");
  CHECK_THAT(why_refused(user), Contains("no certificate"));
  check_one_problem("z1.crl", "cannot be opened");
}

TEST_CASE_METHOD(Host, "Certificates: revocation list under a name in capitals") {
  pki::CertificateOptions options;
  options.serial = "4711";
  const pki::Identity user = add("USER.PEM", options);
  directory.write("Z1.CRL", pki::make_crl(ca(), std::vector<std::string>{"4711"}));
  CHECK_THAT(why_refused(user), Contains("revoked"));
}

TEST_CASE_METHOD(Host, "Certificates: revocation list in a file of certificates") {
  pki::CertificateOptions options;
  options.serial = "4711";
  const pki::Identity user = add("user.pem", options);
  const std::string crl = pki::make_crl(ca(), std::vector<std::string>{"4711"});
  directory.write("user.pem", user.certificate_pem() + crl);
  CHECK_THAT(why_refused(user), Contains("revoked"));
  // Half of it: nobody knows whom the rest revokes.
  directory.write("user.pem", user.certificate_pem() + crl.substr(0, crl.size() / 2));
  CHECK_THAT(why_refused(user), Contains("no certificate"));
  check_one_problem("user.pem", "cannot be read");
}

TEST_CASE_METHOD(Host, "Certificates: issuing CA revoked") {
  // By a list of its own: what it has issued counts no more.
  const pki::Identity user = add("user.pem");
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(ca().certificate.get()), nullptr);
  const BignumPtr owner(number);
  char* const digits = BN_bn2dec(number);
  const std::vector<std::string> serials{digits};
  OPENSSL_free(digits);
  directory.write("z1.crl", pki::make_crl(ca(), serials));
  CHECK_THAT(why_refused(user), Contains("no certificate"));
  check_one_problem("user.pem", "the CA CN=Z1,OU=07 is revoked");
}

TEST_CASE_METHOD(Host, "Certificates: issuing CA expired") {
  // A User's certificate that outlives its CA's.
  const pki::Identity old =
      pki::make_ca("CN=Z2,OU=07", {.issuer = &ca(), .not_after = now() + kDay});
  const pki::Identity user = issue({}, old);
  directory.write("user.pem", user.certificate_pem() + old.certificate_pem());
  CHECK(why_refused(user).empty());
  CHECK_THAT(why_refused(user, now() + 2 * kDay), Contains("a CA that is expired"));
  CHECK_THAT(why_refused(user, now() + 30 * 365 * kDay), Contains("the certificate is expired"));
}

TEST_CASE_METHOD(Host, "Certificates: issuing CA not yet valid") {
  const pki::Identity coming =
      pki::make_ca("CN=Z2,OU=07", {.issuer = &ca(), .not_before = now() + kDay});
  const pki::Identity user = issue({}, coming);
  directory.write("user.pem", user.certificate_pem() + coming.certificate_pem());
  CHECK_THAT(why_refused(user), Contains("a CA that is expired or not yet valid"));
  CHECK(why_refused(user, now() + 2 * kDay).empty());
}

TEST_CASE_METHOD(Host, "Certificates: issuing CA without the right to issue") {
  for (const pki::CaOptions& options :
       {pki::CaOptions{.issuer = &ca(), .basic_constraints = "critical,CA:FALSE"},
        pki::CaOptions{.issuer = &ca(), .basic_constraints = ""},
        pki::CaOptions{.issuer = &ca(), .key_usage = "critical,cRLSign,digitalSignature"}}) {
    const pki::Identity no_ca = pki::make_ca("CN=Z2,OU=07", options);
    const pki::Identity user = issue({}, no_ca);
    directory.write("user.pem", user.certificate_pem());
    directory.write("no-ca.pem", no_ca.certificate_pem());
    CHECK_THAT(why_refused(user), Contains("no certificate"));
  }
}

// ---- The directory ----

TEST_CASE_METHOD(Host, "Certificates: garbage in the place of one") {
  const pki::Identity user = add("user.pem");
  const std::string pem = user.certificate_pem();
  for (const std::string& text :
       {std::string(), std::string("rubbish"), std::string(1000, '\0'), pem.substr(0, 300),
        std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        edited(pem, "-----BEGIN CERTIFICATE-----\n",
               "-----BEGIN CERTIFICATE-----\nProc-Type: 4,"
               "ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"),
        edited(pem, "BEGIN CERTIFICATE", "BEGIN PKCS7")}) {
    directory.write("bad.pem", text);
    CHECK(why_refused(user).empty());
    CHECK(problems.size() == 1);
  }
}

TEST_CASE_METHOD(Host, "Certificates: huge file") {
  const pki::Identity user = add("user.pem");
  const fs::path file = directory.write("huge.pem", "");
  fs::resize_file(file, std::uintmax_t{1} << 40);  // sparse: it takes no room
  CHECK(why_refused(user).empty());
  check_one_problem("huge.pem", "expected 64 MiB at most");
}

TEST_CASE_METHOD(Host, "Certificates: megabytes of garbage before a certificate") {
  const pki::Identity user = issue();
  directory.write("user.pem",
                  repeated("nothing of importance\n", 200'000) + user.certificate_pem());
  CHECK(why_refused(user).empty());
}

TEST_CASE_METHOD(Host, "Certificates: private key in the directory") {
  const pki::Identity user = add("user.pem");
  directory.write("key.pem", user.key_pem());
  CHECK(why_refused(user).empty());
  check_one_problem("key.pem", "no certificate in it");
  CHECK_THAT(problems[0], !Contains("PRIVATE"));
}

TEST_CASE_METHOD(Host, "Certificates: symbolic link to a certificate") {
  // To a file that only its owner may write: as good as the file.
  const pki::Identity user = issue();
  fs::create_symlink(elsewhere.write("real.pem", user.certificate_pem()),
                     directory.path() / "user.pem");
  CHECK(why_refused(user).empty());
}

TEST_CASE_METHOD(Host, "Certificates: symbolic link to a file that others may write") {
  const pki::Identity user = issue();
  fs::create_symlink(elsewhere.write("real.pem", user.certificate_pem(), 0666),
                     directory.path() / "user.pem");
  CHECK_THAT(why_refused(user), Contains("no certificate"));
  check_one_problem("user.pem", "0666");
}

TEST_CASE_METHOD(Host, "Certificates: symbolic links to nowhere and to itself") {
  const pki::Identity user = add("user.pem");
  fs::create_symlink("nowhere", directory.path() / "a.pem");
  fs::create_symlink("b.pem", directory.path() / "b.pem");
  fs::create_symlink("/dev/zero", directory.path() / "c.pem");
  fs::create_symlink(directory.path(), directory.path() / "d.pem");
  CHECK(why_refused(user).empty());
  CHECK(problems.size() == 4);
}

TEST_CASE_METHOD(Host, "Certificates: pipe in the place of a file") {
  const pki::Identity user = add("user.pem");
  REQUIRE(mkfifo((directory.path() / "pipe.pem").c_str(), 0600) == 0);
  CHECK(why_refused(user).empty());
  check_one_problem("pipe.pem", "not a regular file");
}

TEST_CASE_METHOD(Host, "Certificates: file that others may write") {
  const pki::Identity user = issue();
  for (const unsigned mode : {0666U, 0620U, 0602U}) {
    directory.write("user.pem", user.certificate_pem(), mode);
    CHECK_THAT(why_refused(user), Contains("no certificate"));
    check_one_problem("user.pem", "lets others in");
  }
}

TEST_CASE_METHOD(Host, "Certificates: file of another user") {
  if (geteuid() != 0) {
    WARN("only root can give a file away: not tested");
    return;
  }
  const pki::Identity user = add("user.pem");
  REQUIRE(chown((directory.path() / "user.pem").c_str(), 65534, 65534) == 0);
  CHECK_THAT(why_refused(user), Contains("no certificate"));
  check_one_problem("user.pem", "belongs to user 65534");
}

TEST_CASE_METHOD(Host, "Certificates: directory that others may write") {
  const pki::Identity user = add("user.pem");
  fs::permissions(directory.path(), fs::perms{0777});
  CHECK_THAT(why_refused(user), Contains("no certificate"));
  check_one_problem(directory.path().string(), "0777");
}

TEST_CASE_METHOD(Host, "Certificates: trust anchor that cannot be read") {
  const pki::Identity user = add("user.pem");
  for (const char* text : {"", "rubbish"}) {
    problems.clear();
    const auto known =
        Credentials::load(directory.path(), elsewhere.write("anchor.pem", text), problems);
    CHECK(known.certificates().empty());
    check_one_problem("anchor.pem", "certificate");
  }
}
