// SPDX-License-Identifier: Apache-2.0
//
// Certificates as CAs deliver them: in every form, with the CAs' own beside them; and when the CAs
// that stand above one are in date.
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "client/pki.hpp"
#include "duis/certificate_file.hpp"
#include "duis/credentials.hpp"
#include "temporary_directory.hpp"

using namespace dcc::duis;
namespace pki = sample::pki;
using Catch::Matchers::Contains;

namespace {

const Eui64 kUser{0x90B3D51F30010000};
constexpr const char* kIssuing = "CN=Issuing,OU=07";
constexpr std::int64_t k2020 = 1'577'836'800'000;
constexpr std::int64_t kYear = 365LL * 24 * 60 * 60 * 1000;

// The content of the first block of PEM.
std::string der(const std::string& pem) {
  const BioPtr in = text_reader(pem);
  char *name = nullptr, *header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  REQUIRE(PEM_read_bio(in.get(), &name, &header, &data, &size) == 1);
  std::string content(reinterpret_cast<char*>(data), static_cast<std::size_t>(size));
  for (void* part :
       {static_cast<void*>(name), static_cast<void*>(header), static_cast<void*>(data)})
    OPENSSL_free(part);
  return content;
}

// A bundle of PKCS #7, PEM.
std::string bundle(std::initializer_list<std::string> certificates,
                   std::optional<std::string> crl = {}) {
  using Pkcs7Ptr = std::unique_ptr<PKCS7, OpenSslDeleter<PKCS7_free>>;
  const Pkcs7Ptr out(PKCS7_new());
  REQUIRE(PKCS7_set_type(out.get(), NID_pkcs7_signed) == 1);
  REQUIRE(PKCS7_content_new(out.get(), NID_pkcs7_data) == 1);
  for (const std::string& pem : certificates) {
    const X509Ptr x509(PEM_read_bio_X509(text_reader(pem).get(), nullptr, nullptr, nullptr));
    REQUIRE(PKCS7_add_certificate(out.get(), x509.get()) == 1);
  }
  if (crl) {
    const CrlPtr list(PEM_read_bio_X509_CRL(text_reader(*crl).get(), nullptr, nullptr, nullptr));
    REQUIRE(PKCS7_add_crl(out.get(), list.get()) == 1);
  }
  const BioPtr pem(BIO_new(BIO_s_mem()));
  REQUIRE(PEM_write_bio_PKCS7(pem.get(), out.get()) == 1);
  return std::string(text_of(pem.get()));
}

// A root, an issuing CA beneath it, a User's certificate of the latter with the serial 4711.
struct World {
  TemporaryDirectory directory, elsewhere;
  std::vector<std::string> problems;
  pki::Identity root = pki::make_ca("CN=Root,OU=07");
  pki::Identity issuing = pki::make_ca(kIssuing, {.issuer = &root});
  pki::Identity user = issue(issuing);

  static pki::Identity issue(const pki::Identity& by, std::int64_t not_before = 0,
                             std::int64_t not_after = 0) {
    pki::CertificateOptions options;
    options.eui = kUser;
    options.serial = "4711";
    options.not_before = not_before;
    options.not_after = not_after;
    return pki::make_certificate(by, options);
  }
  std::string crl(const pki::Identity& by, const std::string& serial = "4711") const {
    return pki::make_crl(by, std::vector<std::string>{serial});
  }
  Credentials load(const std::string& anchor) {
    problems.clear();
    std::optional<std::filesystem::path> file;
    if (!anchor.empty()) file = elsewhere.write("anchor.pem", anchor);
    Credentials loaded = Credentials::load(directory.path(), file, problems);
    CHECK(ERR_peek_error() == 0);
    return loaded;
  }
  Credentials load() { return load(root.certificate_pem()); }
  // The User is known, and nothing is to be said.
  void check_known(const std::string& anchor) {
    CHECK(load(anchor).find(kIssuing, "4711") != nullptr);
    CHECK(problems == std::vector<std::string>{});
  }
};

}  // namespace

TEST_CASE_METHOD(World, "A certificate in every form") {
  const std::string pem = user.certificate_pem(), ca = issuing.certificate_pem();
  const std::string text = "Subject: ...\r\n" + pem;
  for (const char* name : {"a.pem", "a.CRT", "a.cer", "a.der", "a.p7b", "a.P7C"})
    for (const std::string& content : {pem + ca, ca + pem, der(pem) + der(ca), bundle({pem, ca}),
                                       der(bundle({pem, ca})), bundle({pem}) + ca, text + ca}) {
      INFO(name);
      directory.write(name, content);
      check_known(root.certificate_pem());
      std::filesystem::remove(directory.path() / name);
    }
}

TEST_CASE_METHOD(World, "A revocation list in every form") {
  directory.write("user.pem", user.certificate_pem() + issuing.certificate_pem());
  const std::string list = crl(issuing);
  const auto check_revoked = [this](const char* name, const std::string& content) {
    INFO(name);
    directory.write(name, content);
    const Credentials known = load();
    REQUIRE(known.find(kIssuing, "4711") != nullptr);
    CHECK(known.find(kIssuing, "4711")->revoked());
    CHECK(problems == std::vector<std::string>{});
    std::filesystem::remove(directory.path() / name);
  };
  for (const char* name : {"a.crl", "A.CRL", "a.pem", "a.p7b", "a.der"})
    for (const std::string& content :
         {list, der(list), bundle({}, list), der(bundle({}, list)), crl(issuing, "1") + list,
          der(crl(issuing, "1")) + der(list), issuing.certificate_pem() + list})
      check_revoked(name, content);
}

TEST_CASE_METHOD(World, "A file that is broken is named, whatever its form") {
  const std::string whole = der(user.certificate_pem());
  std::string why;
  SECTION("half a certificate") {
    directory.write("bad.cer", whole.substr(0, whole.size() / 2));
    why = "is neither a certificate nor a revocation list";
  }
  SECTION("more than a certificate") {
    directory.write("bad.cer", whole + '0');
    why = "is neither a certificate nor a revocation list";
  }
  SECTION("a key") {
    directory.write("bad.cer", der(std::string(user.key_pem())));
    why = "is neither a certificate nor a revocation list";
  }
  SECTION("an encrypted certificate") {
    std::string pem = user.certificate_pem();
    pem.insert(pem.find('\n') + 1, "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n");
    directory.write("bad.cer", pem);
    why = "CERTIFICATE 1 is encrypted";
  }
  SECTION("an empty bundle") {
    directory.write("bad.cer", bundle({}));
    why = "no certificate in it, PEM or DER";
  }
  directory.write("user.pem", user.certificate_pem() + issuing.certificate_pem());
  CHECK(load().find(kIssuing, "4711") != nullptr);
  REQUIRE(problems.size() == 1);
  CHECK_THAT(problems[0], Contains("bad.cer: ") && Contains(why));
}

TEST_CASE_METHOD(World, "A revocation list that is broken lets nobody in, whatever its form") {
  directory.write("user.pem", user.certificate_pem() + issuing.certificate_pem());
  const std::string list = crl(issuing);
  for (const std::string& content :
       {der(list).substr(0, 50), der(list) + '0', list.substr(0, list.size() / 2),
        user.certificate_pem(), bundle({user.certificate_pem()})}) {
    directory.write("a.crl", content);
    CHECK(load().certificates().empty());
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains("a.crl: "));
  }
  std::filesystem::remove(directory.path() / "a.crl");
  directory.write("a.pem", list + list.substr(0, list.size() / 2));
  CHECK(load().certificates().empty());
}

TEST_CASE_METHOD(World, "A trust anchor in every form, with its revocation list") {
  directory.write("user.pem", user.certificate_pem() + issuing.certificate_pem());
  const std::string pem = root.certificate_pem();
  for (const std::string& anchor : {pem, der(pem), bundle({pem}), der(bundle({pem}))})
    check_known(anchor);
  CHECK(load(pem + crl(issuing)).find(kIssuing, "4711")->revoked());
}

TEST_CASE_METHOD(World, "What others leave in a directory is passed over") {
  directory.write("user.pem", user.certificate_pem() + issuing.certificate_pem());
  for (const char* name :
       {"._user.pem", ".#user.pem", ".user.pem.swp", ".pem", ".crl", "._a.crl", ".DS_Store",
        "user.pem~", "#user.pem#", "user.pem.bak", "user.pem.~1~", "4913", "README.md"})
    directory.write(name, std::string_view("\0\5\x16\7", 4));
  for (const char* name : {"lost+found", "..data", ".git"})
    std::filesystem::create_directory(directory.path() / name);
  check_known(root.certificate_pem());
}

TEST_CASE_METHOD(World, "An issuing CA, wherever it lies") {
  const std::string pem = user.certificate_pem(), ca = issuing.certificate_pem(),
                    top = root.certificate_pem();
  SECTION("beside the certificate") {
    directory.write("user.pem", pem + ca);
    for (const std::string& anchor : {top, ca, top + ca, std::string()}) check_known(anchor);
  }
  SECTION("beside it with the root") {
    directory.write("user.pem", pem + ca + top);
    for (const std::string& anchor : {top, ca, top + ca, std::string()}) check_known(anchor);
  }
  SECTION("in a file of its own") {
    directory.write("user.pem", pem);
    directory.write("zz.pem", ca);
    directory.write("root.pem", top);
    for (const std::string& anchor : {top, ca, top + ca, std::string()}) check_known(anchor);
  }
  SECTION("nowhere") {
    directory.write("user.pem", pem);
    CHECK(load().certificates().empty());
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains("unable to get local issuer certificate"));
  }
  SECTION("without anything that it issued") {
    directory.write("ca.pem", ca);
    CHECK(load().certificates().empty());
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains("the CA CN=Issuing,OU=07"));
  }
  SECTION("of another root") {
    const pki::Identity other = pki::make_ca("CN=Other");
    directory.write("user.pem", pem + ca);
    CHECK(load(other.certificate_pem()).certificates().empty());
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains("does not chain to the trust anchor"));
  }
  SECTION("that is revoked by the root") {
    directory.write("user.pem", pem + ca);
    BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(issuing.certificate.get()), nullptr);
    const BignumPtr owner(number);
    char* const digits = BN_bn2dec(number);
    directory.write("root.crl", crl(root, digits));
    OPENSSL_free(digits);
    CHECK(load().certificates().empty());
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains("the CA CN=Issuing,OU=07 is revoked"));
  }
}

TEST_CASE_METHOD(World, "A CA must be one, by its basicConstraints and keyUsage") {
  for (const pki::CaOptions& options :
       {pki::CaOptions{.basic_constraints = "critical,CA:FALSE"},
        pki::CaOptions{.basic_constraints = ""}, pki::CaOptions{.key_usage = "critical,cRLSign"},
        pki::CaOptions{.key_usage = "critical,digitalSignature"}}) {
    INFO(options.basic_constraints << " " << options.key_usage);
    pki::CaOptions below = options;
    below.issuer = &root;
    const pki::Identity no_ca = pki::make_ca(kIssuing, below);
    directory.write("user.pem", issue(no_ca).certificate_pem());
    CHECK(load(no_ca.certificate_pem()).certificates().empty());
    directory.write("user.pem", issue(no_ca).certificate_pem() + no_ca.certificate_pem());
    CHECK(load().certificates().empty());
  }
}

TEST_CASE_METHOD(World, "A revocation list is signed by a CA that may") {
  directory.write("user.pem", user.certificate_pem() + issuing.certificate_pem());
  SECTION("of the issuing CA, which lies beside the certificate") {
    directory.write("a.crl", crl(issuing));
    CHECK(load().find(kIssuing, "4711")->revoked());
    CHECK(problems.empty());
  }
  SECTION("of a CA that does not chain to the anchor") {
    const pki::Identity other = pki::make_ca("CN=Other");
    directory.write("other.pem", other.certificate_pem() + issue(other).certificate_pem());
    directory.write("a.crl", crl(other));
    CHECK(load().certificates().empty());
  }
  SECTION("of a CA whose key is not for lists") {
    const pki::Identity silent = pki::make_ca(
        kIssuing, {.issuer = &root, .renewed = &issuing, .key_usage = "critical,keyCertSign"});
    directory.write("user.pem", user.certificate_pem() + silent.certificate_pem());
    directory.write("a.crl", crl(silent));
    CHECK(load().certificates().empty());
    CHECK_THAT(problems.back(), Contains("is not signed by a CA of the trust anchor"));
  }
}

TEST_CASE_METHOD(World, "An extension that is critical must be understood") {
  pki::CertificateOptions options;
  options.eui = kUser;
  pki::Identity identity = pki::make_certificate(root, options);
  const std::unique_ptr<ASN1_OBJECT, OpenSslDeleter<ASN1_OBJECT_free>> type(
      OBJ_txt2obj("1.2.826.0.1.8641679.99", 1));
  const std::unique_ptr<ASN1_OCTET_STRING, OpenSslDeleter<ASN1_OCTET_STRING_free>> value(
      ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(value.get(), reinterpret_cast<const unsigned char*>("\5\0"), 2);
  const std::unique_ptr<X509_EXTENSION, OpenSslDeleter<X509_EXTENSION_free>> extension(
      X509_EXTENSION_create_by_OBJ(nullptr, type.get(), 1, value.get()));
  REQUIRE(X509_add_ext(identity.certificate.get(), extension.get(), -1) == 1);
  REQUIRE(X509_sign(identity.certificate.get(), root.key.get(), EVP_sha256()) > 0);
  directory.write("user.pem", identity.certificate_pem());
  for (const std::string& anchor : {std::string(), root.certificate_pem()}) {
    CHECK(load(anchor).certificates().empty());
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Contains("critical extension"));
  }
}

// Years from 2020; a User's certificate of years 0 to 10 beneath CAs of other years.
TEST_CASE_METHOD(World, "Every CA must be in date when a request comes") {
  const auto year = [](std::int64_t number) { return k2020 + number * kYear; };
  const auto ca = [&](const pki::Identity* by, std::int64_t from, std::int64_t to,
                      const pki::Identity* renewed = nullptr) {
    return pki::make_ca(
        by == nullptr ? "CN=Root,OU=07" : kIssuing,
        {.issuer = by, .renewed = renewed, .not_before = year(from), .not_after = year(to)});
  };
  std::string anchors;
  const auto check = [&](std::int64_t at, Validity expected) {
    const Credentials known = load(anchors);
    INFO((at - k2020) / (kYear / 100)
         << " hundredths of a year: " << (problems.empty() ? "" : problems[0]));
    REQUIRE(known.find(kIssuing, "4711") != nullptr);
    CHECK(known.find(kIssuing, "4711")->validity(at) == expected);
    CHECK(problems.empty());
  };
  const auto write = [&](const pki::Identity& by, const std::string& beside) {
    directory.write("user.pem", issue(by, year(0), year(10)).certificate_pem() + beside);
  };

  SECTION("the issuing CA, in the anchor") {
    const pki::Identity top = ca(nullptr, -10, 20), low = ca(&top, 2, 5);
    write(low, "");
    anchors = low.certificate_pem();
    for (const bool with_root : {false, true}) {
      if (with_root) anchors += top.certificate_pem();
      check(year(2) - 1, Validity::issuer_not_valid);
      check(year(2), Validity::valid);
      check(year(5), Validity::valid);
      check(year(5) + 1, Validity::issuer_not_valid);
      check(year(-1), Validity::not_yet_valid);
      check(year(11), Validity::expired);
    }
  }
  SECTION("the issuing CA, beside the certificate") {
    const pki::Identity top = ca(nullptr, -10, 20), low = ca(&top, 2, 5);
    write(low, low.certificate_pem());
    anchors = top.certificate_pem();
    check(year(1), Validity::issuer_not_valid);
    check(year(3), Validity::valid);
    check(year(6), Validity::issuer_not_valid);
  }
  SECTION("the root") {
    const pki::Identity top = ca(nullptr, 2, 5), low = ca(&top, -10, 20);
    write(low, low.certificate_pem());
    anchors = top.certificate_pem();
    check(year(1), Validity::issuer_not_valid);
    check(year(2), Validity::valid);
    check(year(5), Validity::valid);
    check(year(5) + 1, Validity::issuer_not_valid);
  }
  SECTION("not one of them at a time that suits both") {
    const pki::Identity top = ca(nullptr, 0, 4), low = ca(&top, 5, 10);
    write(low, low.certificate_pem());
    anchors = top.certificate_pem();
    for (const std::int64_t at : {1, 4, 5, 9}) check(year(at), Validity::issuer_not_valid);
  }
  SECTION("one that was renewed, in any order") {
    const pki::Identity top = ca(nullptr, -10, 20), first = ca(&top, 0, 4),
                        second = ca(&top, 3, 6, &first), third = ca(&top, 8, 12, &first);
    const std::string pems[] = {first.certificate_pem(), second.certificate_pem(),
                                third.certificate_pem()};
    for (const auto& [a, b, c] : {std::array{0, 1, 2}, std::array{2, 1, 0}, std::array{1, 2, 0}}) {
      const std::string all = pems[a] + pems[b] + pems[c];
      for (const bool beside : {false, true}) {
        write(first, beside ? all : "");
        anchors = top.certificate_pem() + (beside ? "" : all);
        for (const std::int64_t at : {0, 2, 4, 5, 6, 8, 9, 10}) check(year(at), Validity::valid);
        check(year(6) + 1, Validity::issuer_not_valid);
        check(year(8) - 1, Validity::issuer_not_valid);
      }
    }
  }
  SECTION("none without an anchor") {
    const pki::Identity top = ca(nullptr, 2, 5);
    directory.write("user.pem",
                    issue(top, year(0), year(10)).certificate_pem() + top.certificate_pem());
    const Credentials known = load("");
    CHECK(known.certificates()[0].validity(year(9)) == Validity::valid);
  }
  CHECK(text(Validity::issuer_not_valid) == "of a CA that is expired or not yet valid");
}

TEST_CASE_METHOD(World, "Why a peer's chain is not accepted, and which certificate of it") {
  const auto why = [](const pki::Identity& leaf, std::initializer_list<const pki::Identity*> more,
                      const pki::Identity& trusted, const char* host = nullptr) {
    using Store = std::unique_ptr<X509_STORE, OpenSslDeleter<X509_STORE_free>>;
    using Context = std::unique_ptr<X509_STORE_CTX, OpenSslDeleter<X509_STORE_CTX_free>>;
    const Store store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), trusted.certificate.get());
    STACK_OF(X509)* between = sk_X509_new_null();
    for (const pki::Identity* one : more) sk_X509_push(between, one->certificate.get());
    const Context context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), leaf.certificate.get(), between);
    if (host != nullptr)
      X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(context.get()), host, 0);
    X509_verify_cert(context.get());
    ERR_clear_error();
    std::string text = verification_failure(X509_STORE_CTX_get_error(context.get()),
                                            X509_STORE_CTX_get0_chain(context.get()));
    sk_X509_free(between);
    return text;
  };
  const std::string leaf = "certificate of x500UniqueIdentifier=#03090090B3D51F30010000,OU=02";
  CHECK(why(user, {&issuing}, root).empty());
  CHECK(why(user, {}, root) ==
        "unable to get local issuer certificate: " + leaf + ", issued by CN=Issuing,OU=07");
  CHECK(why(user, {&issuing}, pki::make_ca("CN=Other")) ==
        "unable to get local issuer certificate: certificate of CN=Issuing,OU=07, issued by "
        "CN=Root,OU=07");
  CHECK(why(user, {&issuing, &root}, pki::make_ca("CN=Other")) ==
        "self-signed certificate in certificate chain: certificate of CN=Root,OU=07, issued by "
        "CN=Root,OU=07");
  const pki::Identity old =
      pki::make_ca(kIssuing, {.issuer = &root, .not_before = k2020, .not_after = k2020 + kYear});
  CHECK(why(issue(old), {&old}, root) ==
        "certificate has expired: certificate of CN=Issuing,OU=07, issued by CN=Root,OU=07");
  CHECK(why(issue(issuing, k2020, k2020 + kYear), {&issuing}, root) ==
        "certificate has expired: " + leaf + ", issued by CN=Issuing,OU=07");
  CHECK(why(issue(issuing, k2020 + 70 * kYear, k2020 + 71 * kYear), {&issuing}, root) ==
        "certificate is not yet valid: " + leaf + ", issued by CN=Issuing,OU=07");
  CHECK_THAT(why(user, {&issuing}, root, "localhost"), Contains("ostname mismatch: " + leaf));
  CHECK(verification_failure(X509_V_ERR_CERT_REVOKED, nullptr) == "certificate revoked");
}

TEST_CASE_METHOD(World, "A private key in every form") {
  const std::string pkcs8(user.key_pem());
  const BioPtr out(BIO_new(BIO_s_mem()));
  REQUIRE(PEM_write_bio_PrivateKey_traditional(out.get(), user.key.get(), nullptr, nullptr, 0,
                                               nullptr, nullptr) == 1);
  const std::string sec1(text_of(out.get()));
  const std::string parameters =
      "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  const PublicKey expected(user.key.get());
  for (const std::string& content : {pkcs8, sec1, parameters + sec1, der(pkcs8), der(sec1)}) {
    const auto file = directory.write("user.key", content);
    CHECK(PrivateKey::load(file).matches(expected));
    CHECK(ERR_peek_error() == 0);
  }
  const auto certificate = elsewhere.write("user.cer", der(user.certificate_pem()));
  CHECK(Signer::load(certificate, directory.write("user.key", der(pkcs8))).certificate().eui() ==
        kUser);

  const BioPtr secret(BIO_new(BIO_s_mem()));
  REQUIRE(i2d_PKCS8PrivateKey_bio(secret.get(), user.key.get(), EVP_aes_128_cbc(), "pass", 4,
                                  nullptr, nullptr) == 1);
  for (const std::string& content :
       {std::string(text_of(secret.get())), der(pkcs8).substr(0, 40), der(pkcs8) + '0',
        der(user.certificate_pem()), std::string("0"), std::string()})
    CHECK_THROWS_WITH(PrivateKey::load(directory.write("user.key", content)),
                      Contains("user.key: not an unencrypted private key, PEM or DER"));
}
