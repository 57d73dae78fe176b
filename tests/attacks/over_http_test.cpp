// SPDX-License-Identifier: Apache-2.0
//
// One attack of each class against the real host over real HTTP, and certificates that come and go
// while it runs. After each attack the RequestID is unused and the host well.
#include <csignal>
#include <functional>

#include "duis/crypto.hpp"
#include "duis/openssl.hpp"
#include "support/published_schema.hpp"
#include "system/problem.hpp"

using namespace support;
using sample::pki::CertificateOptions;

namespace {

// Spoils a good document; the answer must be this one, and the good document accepted after it.
void check_attack(HostFixture& host, unsigned status,
                  const std::function<std::string(std::string good)>& spoil) {
  const std::string good = host.sign("eis", host.request("eis", "8.14.3", hub("Pending")));
  const auto before = host.outcomes().size();
  check_problem(host, host.post(spoil(good)), status);
  CHECK(host.outcomes().size() == before);
  CHECK(code_of(host.post(good)) == "I99");
  CHECK(host.get("/healthz").at("status").as_string() == "ok");
}

std::string signature_of(const std::string& document) {
  const auto from = document.find("<ds:Signature ");
  const std::string end = "</ds:Signature>";
  return document.substr(from, document.find(end) + end.size() - from);
}

std::string root_of(const std::string& document) {
  return document.substr(document.find("<sr:Request"));
}

std::string other_s(const std::string& document) {
  using namespace dcc::duis;
  const std::string value = element_text(document, "ds:SignatureValue");
  RawSignature raw;
  if (!base64_decode(value, raw)) throw std::logic_error("no signature value");
  const std::unique_ptr<EC_GROUP, OpenSslDeleter<EC_GROUP_free>> group(
      EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  const BignumPtr s(BN_bin2bn(raw.data() + 32, 32, nullptr)), other(BN_new());
  BN_sub(other.get(), EC_GROUP_get0_order(group.get()), s.get());
  BN_bn2binpad(other.get(), raw.data() + 32, 32);
  return edited(document, value, base64_encode(raw));
}

CertificateOptions certificate_of(const std::string& user) {
  CertificateOptions options;
  options.eui = *dcc::duis::Eui64::parse(eui_of(user));
  return options;
}

std::string ask(HostFixture& host, const std::string& key) {
  return code_of(host.post(host.sign(key, host.request("eis", "8.14.3", hub("Pending")))));
}

void check_attacks(HostFixture& host) {
  struct Attack {
    const char* what;
    unsigned status;
    std::function<std::string(std::string good)> spoil;
  };
  const Attack attacks[] = {
      {"billion laughs", 400,
       [](const std::string& d) {
         std::string doctype = "<!DOCTYPE r [<!ENTITY l0 \"lol\">";
         for (int i = 1; i < 10; ++i) {
           const std::string below = "&l" + std::to_string(i - 1) + ";";
           doctype += "<!ENTITY l" + std::to_string(i) + " \"" + below + below + below + below +
                      below + below + below + below + "\">";
         }
         return doctype + "]>" + edited(root_of(d), "Damaged case", "&l9;");
       }},
      {"external entity", 400,
       [](const std::string& d) {
         return "<!DOCTYPE r [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>" +
                edited(root_of(d), "Damaged case", "&e;");
       }},
      {"UTF-16", 400,
       [](const std::string& d) {
         std::string wide = "\xFF\xFE";
         for (const char c : d) wide.append(1, c).append(1, '\0');
         return wide;
       }},
      {"overlong UTF-8", 400,
       [](const std::string& d) {
         return edited(d, "Damaged case",
                       "Damaged\xC0\xA0"
                       "case");
       }},
      {"NUL behind the document", 400,
       [](const std::string& d) { return d + std::string(1, '\0'); }},
      {"XML 1.1", 400, [](const std::string& d) { return "<?xml version=\"1.1\"?>" + root_of(d); }},
      {"deep nesting", 400,
       [](const std::string& d) {
         std::string deep;
         for (int i = 0; i < 100'000; ++i) deep += "<sr:A>";
         return edited(d, "<sr:Body>", "<sr:Body>" + deep);
       }},
      {"XInclude", 400,
       [](const std::string& d) {
         return edited(d, "<sr:Body>",
                       "<sr:Body><xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\""
                       " href=\"/etc/hostname\"/>");
       }},
      {"xsi:type", 400,
       [](const std::string& d) {
         return edited(d, "<sr:CHFFaultReturn",
                       "<sr:CHFFaultReturn xmlns:xsi=\"http://www.w3.org/2001/"
                       "XMLSchema-instance\" xsi:type=\"sr:EUI\"");
       }},
      {"instruction slipped in", 403,
       [](const std::string& d) { return edited(d, "<sr:Body>", "<?x?><sr:Body>"); }},
      {"signature wrapping: original inside the Signature", 403,
       [](const std::string& d) {
         const std::string evil = edited(d, "Damaged case", "Aerial fault");
         const std::string original = edited(root_of(d), signature_of(d), "");
         return edited(evil, "</ds:Signature>",
                       "<ds:Object>" + original + "</ds:Object></ds:Signature>");
       }},
      {"signature wrapping: a root around the original", 400,
       [](const std::string& d) {
         const std::string evil =
             edited(edited(d, signature_of(d), ""), "Damaged case", "Aerial fault");
         return edited(evil, "</sr:Request>", root_of(d) + "</sr:Request>");
       }},
      {"two Signatures", 400,
       [](const std::string& d) {
         return edited(d, "</sr:Request>", signature_of(d) + "</sr:Request>");
       }},
      {"Signature moved", 400,
       [](const std::string& d) {
         return edited(edited(d, signature_of(d), ""), "<sr:Body>", signature_of(d) + "<sr:Body>");
       }},
      {"Reference elsewhere", 403,
       [](const std::string& d) { return edited(d, "URI=\"\"", "URI=\"file:///etc/hostname\""); }},
      {"XPath transform", 403,
       [](const std::string& d) {
         return edited(d, "</ds:Transforms>",
                       "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">"
                       "<ds:XPath>false()</ds:XPath></ds:Transform></ds:Transforms>");
       }},
      {"HMAC", 403,
       [](const std::string& d) { return edited(d, "#ecdsa-sha256", "#hmac-sha256"); }},
      {"r and s zero", 403,
       [](const std::string& d) {
         return edited(d, element_text(d, "ds:SignatureValue"),
                       dcc::duis::base64_encode(dcc::duis::RawSignature{}));
       }},
      {"base64 without padding", 403,
       [](const std::string& d) {
         return edited(d, "==</ds:SignatureValue>", "</ds:SignatureValue>");
       }},
      {"KeyValue", 403,
       [](const std::string& d) {
         return edited(d, "<ds:KeyInfo>", "<ds:KeyInfo><ds:KeyValue/>");
       }},
      {"serial of another certificate", 403,
       [&](const std::string& d) {
         return edited(d, element_text(d, "ds:X509SerialNumber"),
                       host.credentials().signer("gis").certificate().serial());
       }},
      {"EUI-64 split by a comment", 400,
       [](const std::string& d) { return edited(d, "</sr:DeviceID>", "<!-- -->0</sr:DeviceID>"); }},
      {"EUI-64 in lower case", 403,
       [](const std::string& d) { return edited(d, "<sr:DeviceID>00-DB", "<sr:DeviceID>00-db"); }},
  };
  for (const Attack& attack : attacks) {
    INFO(attack.what);
    check_attack(host, attack.status, attack.spoil);
  }
}

}  // namespace

TEST_CASE("Over HTTP: one attack of each class - built-in schema") {
  HostFixture host;
  check_attacks(host);
}

TEST_CASE("Over HTTP: one attack of each class - published schema") {
  if (!std::filesystem::exists(kPublishedSchema)) {
    WARN("the published schema is not here");
    return;
  }
  HostFixture::Options options;
  options.schema = kPublishedSchema;
  HostFixture host(options);
  host.start();
  check_attacks(host);
}

TEST_CASE("Over HTTP: counter 0") {
  HostFixture host;
  auto fields = host.request("eis", "8.14.3", hub("Pending"));
  for (const char* counter : {":0", ":00", ":-0", ":+0"}) {
    fields.request_id = eui_of("eis") + ":" + kBroker + counter;
    check_problem(host, host.post(host.sign("eis", fields)), 400);
  }
  CHECK(host.outcomes().empty());
}

TEST_CASE("Over HTTP: counter 2 to the 64 minus 1 and beyond") {
  HostFixture host;
  auto fields = host.request("eis", "8.14.3", hub("Pending"));
  const std::string id = eui_of("eis") + ":" + kBroker + ":";
  fields.request_id = id + "18446744073709551616";
  check_problem(host, host.post(host.sign("eis", fields)), 400);
  fields.request_id = id + "18446744073709551615";
  CHECK(host.answer("eis", fields) == "I99");
  CHECK(host.outcomes().size() == 1);
  CHECK(host.outcomes()[0].at("request_id").as_string() == fields.request_id);
}

TEST_CASE("Over HTTP: malleated repeat gets the stored response") {
  // The other s is as valid, so it is the same request: nothing happens twice.
  HostFixture host;
  const std::string document = host.sign("eis", host.request("eis", "8.14.3", hub("Pending")));
  const std::string malleated = other_s(document);
  REQUIRE(malleated != document);
  const HttpReply first = host.post(malleated);
  CHECK(code_of(first) == "I99");
  const HttpReply second = host.post(document);
  CHECK(second.status == 200);
  CHECK(second.body == first.body);
  CHECK(host.post(malleated).body == first.body);
  CHECK(host.outcomes().size() == 1);
  CHECK(host.returns().size() == 1);
}

TEST_CASE("Over HTTP: RequestID in another spelling for another request") {
  HostFixture host;
  auto fields = host.request("eis", "8.14.3", hub("Pending"));
  CHECK(host.answer("eis", fields) == "I99");
  fields.items.front().second = hub("Commissioned");
  const std::string id = fields.request_id;
  for (const std::string& spelling : {id, edited(id, "90-B3-D5", "90-b3-d5"), " " + id + "\n"}) {
    fields.request_id = spelling;
    check_problem(host, host.post(host.sign("eis", fields)), 409);
  }
  CHECK(host.outcomes().size() == 1);
}

TEST_CASE("Over HTTP: XML 1.1 does not change how the next message is read") {
  HostFixture::Options options;
  options.workers = 1;  // so that the next message meets the same reader
  HostFixture host(options);
  host.start();
  auto fields = host.request("eis", "8.14.3", hub("Pending"));
  fields.items.emplace_back("AdditionalInformation",
                            "a\xC2\x85"
                            "b\xE2\x80\xA8");
  const std::string document = host.sign("eis", fields);
  check_problem(host, host.post("<?xml version=\"1.1\"?>" + root_of(document)), 400);
  CHECK(code_of(host.post(root_of(document))) == "I99");
}

TEST_CASE("Over HTTP: certificate added replaced and revoked by POST reload") {
  HostFixture host;
  auto& credentials = host.credentials();
  // Added: from the reload on, beside the old one.
  credentials.issue("second", certificate_of("eis"));
  CHECK(ask(host, "second") == "403");
  CHECK(host.reload() == 200);
  CHECK(ask(host, "second") == "I99");
  CHECK(ask(host, "eis") == "I99");
  // Replaced: the file of the first now holds a third.
  credentials.issue("third", certificate_of("eis"), Credentials::Known::no);
  write_file(credentials.certificate("eis"),
             read_file(credentials.certificate("third", Credentials::Known::no)));
  CHECK(host.reload() == 200);
  CHECK(ask(host, "third") == "I99");
  CHECK(ask(host, "eis") == "403");
  // Revoked: and it stays so when the list cannot be read any more.
  credentials.revoke({"second"});
  CHECK(host.reload() == 200);
  CHECK(ask(host, "second") == "403");
  CHECK(ask(host, "third") == "I99");
  write_file(credentials.known() / "revoked.crl", "rubbish");
  CHECK(host.reload() == 422);
  CHECK(ask(host, "second") == "403");
  CHECK(ask(host, "third") == "I99");
  CHECK(host.get("/healthz").at("status").as_string() == "degraded");
}

TEST_CASE("Over HTTP: certificate added and revoked by SIGHUP") {
  HostFixture host;
  auto& credentials = host.credentials();
  const auto hang_up = [&] {
    host.process().signal(SIGHUP);
    host.process().wait_for_line(" certificates in use");
  };
  credentials.issue("second", certificate_of("eis"));
  CHECK(ask(host, "second") == "403");
  hang_up();
  CHECK(ask(host, "second") == "I99");
  credentials.revoke({"second", "eis"});
  hang_up();
  CHECK(ask(host, "second") == "403");
  CHECK(ask(host, "eis") == "403");
  CHECK(host.answer("gis", "8.14.3", hub("Pending")) == "I99");
}

TEST_CASE("Over HTTP: copy of an accepted request after its certificate was revoked") {
  // The stored response is for who may still ask.
  HostFixture host;
  const std::string document = host.sign("eis", host.request("eis", "8.14.3", hub("Pending")));
  CHECK(code_of(host.post(document)) == "I99");
  host.credentials().revoke({"eis"});
  CHECK(host.reload() == 200);
  check_problem(host, host.post(document), 403);
  CHECK(host.outcomes().size() == 1);
}
