// SPDX-License-Identifier: Apache-2.0
//
// Requests whose signature is not accepted: 403, and the RequestID stays unused.
#include <chrono>
#include <functional>

#include "problem.hpp"

using namespace support;
using sample::pki::CertificateOptions;

namespace {

struct BadSignature {
  const char* what;
  std::function<std::string(std::string good)> spoil;
};

std::string without_signature(const std::string& document) {
  const std::string end = "</ds:Signature>";
  const auto from = document.find("<ds:Signature ");
  return document.substr(0, from) + document.substr(document.find(end) + end.size());
}

const BadSignature kNotTheProfile[] = {
    {"another signature method",
     [](std::string d) { return edited(d, "#ecdsa-sha256", "#rsa-sha256"); }},
    {"another canonicalisation",
     [](std::string d) {
       return edited(d, "http://www.w3.org/2001/10/xml-exc-c14n#",
                     "http://www.w3.org/TR/2001/REC-xml-c14n-20010315");
     }},
    {"another digest method",
     [](std::string d) { return edited(d, "xmlenc#sha256", "xmlenc#sha512"); }},
    {"another transform",
     [](std::string d) {
       return edited(d, "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
                     "http://www.w3.org/TR/1999/REC-xslt-19991116");
     }},
    {"a part of the document referred to",
     [](std::string d) { return edited(d, "URI=\"\"", "URI=\"#body\""); }},
    {"a second reference",
     [](std::string d) {
       const auto from = d.find("<ds:Reference");
       const std::string end = "</ds:Reference>";
       const std::string reference = d.substr(from, d.find(end) + end.size() - from);
       return edited(d, "</ds:SignedInfo>", reference + "</ds:SignedInfo>");
     }},
    {"no key information",
     [](std::string d) {
       const auto from = d.find("<ds:KeyInfo>");
       const std::string end = "</ds:KeyInfo>";
       return d.erase(from, d.find(end) + end.size() - from);
     }},
    {"a key of its own",
     [](std::string d) {
       return edited(d, "<ds:KeyInfo>", "<ds:KeyInfo><ds:KeyName>eis</ds:KeyName>");
     }},
    {"an object beside",
     [](std::string d) {
       return edited(d, "</ds:Signature>", "<ds:Object>x</ds:Object></ds:Signature>");
     }},
};

const BadSignature kNotValid[] = {
    {"missing", without_signature},
    {"the message was changed", [](std::string d) { return edited(d, "Hot-shoe", "Cradle"); }},
    {"the digest was changed with it",
     [](std::string d) {
       const std::string value = element_text(d, "ds:DigestValue");
       const std::string changed = edited(d, "Hot-shoe", "Cradle");
       const std::string root = without_signature(changed).substr(changed.find("<sr:Request"));
       return edited(changed, value, dcc::duis::base64_encode(dcc::duis::sha256(root)));
     }},
    {"the signature value is not base64",
     [](std::string d) { return edited(d, "<ds:SignatureValue>", "<ds:SignatureValue>*"); }},
    {"the signature value is too short",
     [](std::string d) { return edited(d, element_text(d, "ds:SignatureValue"), "AAAAAAAA"); }},
    {"the signature value is null",
     [](std::string d) {
       return edited(d, element_text(d, "ds:SignatureValue"),
                     dcc::duis::base64_encode(dcc::duis::RawSignature{}));
     }},
    {"another issuer", [](std::string d) { return edited(d, "CN=Z1", "CN=Z2"); }},
    {"another serial number",
     [](std::string d) {
       return edited(d, element_text(d, "ds:X509SerialNumber"), "12345678901234567890123456789");
     }},
};

std::int64_t in_days(int days) {
  using namespace std::chrono;
  return duration_cast<milliseconds>((system_clock::now() + hours(24 * days)).time_since_epoch())
      .count();
}

CertificateOptions certificate_of(const std::string& user) {
  CertificateOptions options;
  options.eui = *dcc::duis::Eui64::parse(eui_of(user));
  return options;
}

}  // namespace

TEST_CASE("A signature that is not of the DUIS profile is 403", "[R25]") {
  HostFixture host;
  for (const auto& bad : kNotTheProfile) {
    INFO(bad.what);
    const std::string good = host.sign("eis", host.request("eis", "8.14.3", hub("Pending")));
    check_problem(host, host.post(bad.spoil(good)), 403);
    CHECK(code_of(host.post(good)) == "I99");
  }
  CHECK(host.outcomes().size() == std::size(kNotTheProfile));
}

TEST_CASE("A signature that is missing or not valid is 403", "[R25][quick]") {
  HostFixture host;
  for (const auto& bad : kNotValid) {
    INFO(bad.what);
    const std::string good = host.sign("eis", host.request("eis", "8.14.3", hub("Pending")));
    check_problem(host, host.post(bad.spoil(good)), 403);
    CHECK(code_of(host.post(good)) == "I99");
  }
  CHECK(host.outcomes().size() == std::size(kNotValid));
}

TEST_CASE("A certificate must be known, in force and the originator's", "[R25]") {
  HostFixture host(HostFixture::Options{});
  auto& credentials = host.credentials();
  credentials.issue("stranger", certificate_of("eis"), Credentials::Known::no);
  CertificateOptions expired = certificate_of("eis");
  expired.not_before = in_days(-10);
  expired.not_after = in_days(-1);
  credentials.issue("expired", expired);
  CertificateOptions early = certificate_of("eis");
  early.not_before = in_days(1);
  credentials.issue("early", early);
  credentials.issue("revoked", certificate_of("eis"));
  credentials.revoke({"revoked"});
  host.start();

  for (const std::string key : {"stranger", "expired", "early", "revoked", "gis", "sna", "dcc"}) {
    INFO(key);
    const auto fields = host.request("eis", "8.14.3", hub("Pending"));
    check_problem(host, host.post(host.sign(key, fields)), 403);
    CHECK(host.answer("eis", fields) == "I99");
  }
}

TEST_CASE("A certificate that comes, goes or is revoked counts from the reload on", "[R25]") {
  HostFixture host;
  auto& credentials = host.credentials();
  const auto ask = [&](const std::string& key) {
    return code_of(host.post(host.sign(key, host.request("eis", "8.14.3", hub("Pending")))));
  };
  credentials.issue("second", certificate_of("eis"));
  CHECK(ask("second") == "403");
  CHECK(host.reload() == 200);
  CHECK(ask("second") == "I99");

  credentials.revoke({"second"});
  CHECK(host.reload() == 200);
  CHECK(ask("second") == "403");
  CHECK(ask("eis") == "I99");

  std::filesystem::remove(credentials.certificate("eis"));
  CHECK(host.reload() == 200);
  CHECK(ask("eis") == "403");
}

TEST_CASE("A credential file that cannot be used is left out, loudly", "[R25]") {
  HostFixture host;
  const auto file = host.credentials().known() / "broken.pem";
  write_file(file, "-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n");
  CHECK(host.reload() == 422);
  CHECK(host.get("/healthz").at("status").as_string() == "degraded");
  CHECK(host.answer("eis", "8.14.3", hub("Pending")) == "I99");
  std::filesystem::remove(file);
  CHECK(host.reload() == 200);
  CHECK(host.get("/healthz").at("status").as_string() == "ok");
}
