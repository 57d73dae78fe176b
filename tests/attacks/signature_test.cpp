// SPDX-License-Identifier: Apache-2.0
//
// Signatures that XML-DSig knows and DUIS does not: what they refer to, how it is transformed, by
// which algorithms. Where it can, the attack is one that verifies: Alice, or somebody who got hold
// of her software, really signed it so and xmlsec1 accepts it. One profile is accepted, all else is
// refused, whatever it proves.
#include "stage.hpp"

using namespace attacks;

namespace {

const std::string kEnveloped =
    "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
const std::string kKeyInfo = part(messages::kSignature, "<ds:KeyInfo>", "</ds:KeyInfo>");

// Alice signs the document with this change in its Signature; xmlsec1 fills it in.
std::string by_xmlsec(std::string_view from, std::string_view to,
                      const std::vector<std::string>& options = {}) {
  std::string document = edited(unsigned_document(), from, to);
  // xmlsec1 would look the key up by them, and it is given to it.
  document = edited(document, kKeyInfo, "<ds:KeyInfo/>");
  const std::string filled = signed_by_xmlsec(
      edited(edited(document, ">AAAA<", "><"), ">BBBB<", "><"), Player::alice, options);
  const std::string key_info = edited(edited(kKeyInfo, "CN=Test CA, OU=07", "CN=Z1,OU=07"), "4660",
                                      signer(Player::alice).certificate().serial());
  return edited(filled, "<ds:KeyInfo/>", key_info);
}

// It verifies, and is refused all the same.
void check_refused_though_valid(const std::string& document,
                                const std::vector<std::string>& verify_options = {}) {
  CHECK(xmlsec_accepts(document, Player::alice, verify_options));
  CHECK(answer(document) == Answer::forbidden);
}

// Alice's document with this change, which xmlsec1 refuses as well, or cannot even read.
void check_refused_by_both(std::string_view from, std::string_view to) {
  const std::string document = edited(good(), from, to);
  CHECK_FALSE(xmlsec_accepts(document));
  CHECK(answer(document) == Answer::forbidden);
}

// The same, signed anew by Alice over whatever libxml2 makes of it: what is said is true.
void check_refused_signed_so(std::string_view from, std::string_view to) {
  CHECK(answer(signed_by(Player::alice, edited(unsigned_document(), from, to))) ==
        Answer::forbidden);
}

std::string object(const std::string& content) {
  return "<ds:Object Id=\"o\">" + content + "</ds:Object>";
}

const std::vector<std::string> kSameDocument{"--enabled-reference-uris", "empty,same-doc"};

}  // namespace

TEST_CASE("Signature: what the attacks are made with is accepted unchanged") {
  CHECK(answer(by_xmlsec("URI=\"\"", "URI=\"\"")) == Answer::accepted);
}

// ---- Reference ----

TEST_CASE("Signature: Reference to an element by Id") {
  const std::vector<std::string> ids{"--id-attr:Id", "Body"};
  std::vector<std::string> verifying = kSameDocument;
  verifying.insert(verifying.end(), ids.begin(), ids.end());
  // A Body with an Id is not valid; the schema says so first.
  std::string document = edited(unsigned_document(), "<sr:Body>", "<sr:Body Id=\"b\">");
  document = edited(edited(document, ">AAAA<", "><"), ">BBBB<", "><");
  document = edited(edited(document, "URI=\"\"", "URI=\"#b\""), kKeyInfo, "");
  document = signed_by_xmlsec(document, Player::alice, ids);
  CHECK(xmlsec_accepts(document, Player::alice, verifying));
  CHECK(answer(document) != Answer::accepted);
  check_refused_signed_so("URI=\"\"", "URI=\"#b\"");
}

TEST_CASE("Signature: Reference to an Object of the Signature") {
  std::string document = edited(unsigned_document(), "</ds:Signature>",
                                object("nothing of importance") + "</ds:Signature>");
  document = edited(document, "URI=\"\"", "URI=\"#o\"");
  document = edited(document, part(document, "<ds:Transforms>", "</ds:Transforms>"), "");
  document = edited(edited(document, ">AAAA<", "><"), ">BBBB<", "><");
  document = signed_by_xmlsec(edited(document, kKeyInfo, ""));
  check_refused_though_valid(document, kSameDocument);
}

TEST_CASE("Signature: Reference to an external file") {
  check_refused_signed_so("URI=\"\"", "URI=\"file:///etc/hostname\"");
}

TEST_CASE("Signature: Reference to the network") {
  check_refused_signed_so("URI=\"\"", "URI=\"http://127.0.0.1:9/evil\"");
}

TEST_CASE("Signature: Reference by xpointer") {
  for (const char* uri : {"#xpointer(/)", "#xpointer(id('b'))", "#xpointer(//*)", "#element(/1)"})
    check_refused_signed_so("URI=\"\"", "URI=\"" + std::string(uri) + "\"");
  check_refused_though_valid(by_xmlsec("URI=\"\"", "URI=\"#xpointer(/)\"", kSameDocument),
                             kSameDocument);
}

TEST_CASE("Signature: Reference without a URI") {
  check_refused_by_both(" URI=\"\"", "");
}

TEST_CASE("Signature: Reference with a URI that is only white space") {
  check_refused_signed_so("URI=\"\"", "URI=\" \"");
  check_refused_signed_so("URI=\"\"", "URI=\"&#9;\"");
}

TEST_CASE("Signature: Reference with a fragment and nothing else") {
  check_refused_signed_so("URI=\"\"", "URI=\"#\"");
}

TEST_CASE("Signature: no Reference") {
  const std::string reference = part(good(), "<ds:Reference", "</ds:Reference>");
  check_refused_by_both(reference, "");
}

TEST_CASE("Signature: two References") {
  const std::string reference = part(messages::kSignature, "<ds:Reference", "</ds:Reference>");
  check_refused_though_valid(by_xmlsec(reference, reference + edited(reference, ">AAAA<", "><")));
}

TEST_CASE("Signature: two References - one to an Object") {
  const std::string reference = part(messages::kSignature, "<ds:Reference", "</ds:Reference>");
  const std::string other =
      edited(without(edited(reference, ">AAAA<", "><"), "<ds:Transforms>", "</ds:Transforms>"),
             "URI=\"\"", "URI=\"#o\"");
  std::string document = edited(unsigned_document(), reference, reference + other);
  document = edited(document, "</ds:Signature>", object("x") + "</ds:Signature>");
  document = edited(edited(edited(document, ">AAAA<", "><"), ">BBBB<", "><"), kKeyInfo, "");
  check_refused_though_valid(signed_by_xmlsec(document), kSameDocument);
}

TEST_CASE("Signature: Reference with Type or Id") {
  check_refused_signed_so("URI=\"\"", "URI=\"\" Id=\"r\"");
  check_refused_signed_so("URI=\"\"",
                          "URI=\"\" Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\"");
}

// ---- Transforms ----

TEST_CASE("Signature: no Transforms") {
  const std::string transforms = part(messages::kSignature, "<ds:Transforms>", "</ds:Transforms>");
  check_refused_signed_so(transforms, "");
  check_refused_signed_so(transforms, "<ds:Transforms/>");
}

TEST_CASE("Signature: additional inclusive C14N transform") {
  // The same octets as without it.
  check_refused_though_valid(
      by_xmlsec(kEnveloped, kEnveloped + "<ds:Transform Algorithm=\""
                                         "http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"/>"));
}

TEST_CASE("Signature: additional exclusive C14N transform") {
  check_refused_though_valid(
      by_xmlsec(kEnveloped, kEnveloped + "<ds:Transform Algorithm=\""
                                         "http://www.w3.org/2001/10/xml-exc-c14n#\"/>"));
}

TEST_CASE("Signature: additional C14N transform with comments") {
  check_refused_though_valid(
      by_xmlsec(kEnveloped, kEnveloped + "<ds:Transform Algorithm=\"http://www.w3.org/TR/2001/"
                                         "REC-xml-c14n-20010315#WithComments\"/>"));
}

TEST_CASE("Signature: C14N transform with InclusiveNamespaces") {
  check_refused_though_valid(by_xmlsec(
      kEnveloped, kEnveloped +
                      "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">"
                      "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\""
                      " PrefixList=\"sr\"/></ds:Transform>"));
}

TEST_CASE("Signature: enveloped transform twice") {
  check_refused_signed_so(kEnveloped, kEnveloped + kEnveloped);
}

TEST_CASE("Signature: XPath transform that leaves the Body out") {
  const std::string document = by_xmlsec(
      kEnveloped, kEnveloped +
                      "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\">"
                      "<ds:XPath xmlns:s=\"http://www.dccinterface.co.uk/ServiceUserGateway\">"
                      "not(ancestor-or-self::s:Body)</ds:XPath></ds:Transform>");
  check_refused_though_valid(document);
  // Which is what it would be good for.
  check_refused_though_valid(edited(document, "00-DB-12", "00-DB-FF"));
}

TEST_CASE("Signature: XPath Filter 2 transform that signs nothing") {
  const std::string document = by_xmlsec(
      kEnveloped, kEnveloped +
                      "<ds:Transform Algorithm=\"http://www.w3.org/2002/06/xmldsig-filter2\">"
                      "<f:XPath xmlns:f=\"http://www.w3.org/2002/06/xmldsig-filter2\""
                      " Filter=\"subtract\">/*/*</f:XPath></ds:Transform>");
  check_refused_though_valid(document);
  check_refused_though_valid(edited(document, "00-DB-12", "00-DB-FF"));
}

TEST_CASE("Signature: XSLT transform") {
  const std::string document = by_xmlsec(
      kEnveloped, kEnveloped +
                      "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\">"
                      "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\""
                      " version=\"1.0\"><xsl:template match=\"/\"><signed/></xsl:template>"
                      "</xsl:stylesheet></ds:Transform>");
  CHECK(answer(document) == Answer::forbidden);
  CHECK(answer(edited(document, "00-DB-12", "00-DB-FF")) == Answer::forbidden);
}

TEST_CASE("Signature: Base64 transform") {
  check_refused_signed_so(
      kEnveloped,
      kEnveloped + "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#base64\"/>");
}

TEST_CASE("Signature: transform that nobody knows") {
  check_refused_by_both("xmldsig#enveloped-signature", "xmldsig#evil");
  check_refused_by_both("http://www.w3.org/2000/09/xmldsig#enveloped-signature", "");
}

TEST_CASE("Signature: hundreds of Transforms") {
  const std::string c14n = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
  const std::string document = edited(good(), kEnveloped, kEnveloped + repeated(c14n, 10'000));
  CHECK(answer(document) == Answer::forbidden);
  CHECK(cost(document) < 1);
}

// ---- Algorithms ----

TEST_CASE("Signature: HMAC with the public certificate as the key") {
  // A verifier that takes the key by name and the algorithm from the message would use the
  // certificate's octets as a secret that everybody has.
  for (const char* method : {"http://www.w3.org/2000/09/xmldsig#hmac-sha1",
                             "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"})
    check_refused_signed_so("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", method);
}

TEST_CASE("Signature: HMAC truncated to nothing") {
  // CVE-2009-0217.
  check_refused_signed_so(
      "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"/>",
      "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#hmac-sha256\">"
      "<ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>");
}

TEST_CASE("Signature: RSA declared") {
  for (const char* method : {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                             "http://www.w3.org/2000/09/xmldsig#rsa-sha1"})
    check_refused_by_both("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", method);
}

TEST_CASE("Signature: DSA declared") {
  check_refused_by_both("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
                        "http://www.w3.org/2000/09/xmldsig#dsa-sha1");
}

TEST_CASE("Signature: ECDSA with SHA-1") {
  check_refused_though_valid(by_xmlsec("#ecdsa-sha256", "#ecdsa-sha1"));
}

TEST_CASE("Signature: ECDSA with SHA-224 SHA-384 and SHA-512") {
  for (const char* method : {"#ecdsa-sha224", "#ecdsa-sha384", "#ecdsa-sha512"})
    check_refused_though_valid(by_xmlsec("#ecdsa-sha256", method));
}

TEST_CASE("Signature: signature method that nobody knows") {
  for (const char* method : {"none", "", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256 ",
                             "http://www.w3.org/2001/04/xmldsig-more#ECDSA-SHA256"})
    check_refused_signed_so("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", method);
}

TEST_CASE("Signature: digest with SHA-1") {
  check_refused_though_valid(by_xmlsec("http://www.w3.org/2001/04/xmlenc#sha256",
                                       "http://www.w3.org/2000/09/xmldsig#sha1"));
}

TEST_CASE("Signature: digest with SHA-384 and SHA-512") {
  check_refused_though_valid(by_xmlsec("http://www.w3.org/2001/04/xmlenc#sha256",
                                       "http://www.w3.org/2001/04/xmldsig-more#sha384"));
  check_refused_though_valid(by_xmlsec("http://www.w3.org/2001/04/xmlenc#sha256",
                                       "http://www.w3.org/2001/04/xmlenc#sha512"));
}

TEST_CASE("Signature: digest with MD5") {
  check_refused_signed_so("http://www.w3.org/2001/04/xmlenc#sha256",
                          "http://www.w3.org/2001/04/xmldsig-more#md5");
}

TEST_CASE("Signature: digest of something else") {
  const std::string digest = part(good(), "<ds:DigestValue>", "</ds:DigestValue>");
  for (const std::string& value :
       {std::string(), dcc::duis::base64_encode(dcc::duis::sha256("")),
        dcc::duis::base64_encode(dcc::duis::sha256(good())), std::string("AAAA")})
    check_refused_by_both(digest, "<ds:DigestValue>" + value + "</ds:DigestValue>");
}

TEST_CASE("Signature: SignedInfo by inclusive C14N") {
  check_refused_though_valid(by_xmlsec("http://www.w3.org/2001/10/xml-exc-c14n#",
                                       "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"));
}

TEST_CASE("Signature: SignedInfo by C14N with comments") {
  check_refused_though_valid(by_xmlsec("http://www.w3.org/2001/10/xml-exc-c14n#",
                                       "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"));
}

TEST_CASE("Signature: SignedInfo by C14N 1.1") {
  check_refused_though_valid(
      by_xmlsec("http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/2006/12/xml-c14n11"));
}

TEST_CASE("Signature: comment within SignedInfo") {
  // No part of the canonical form, so it changes nothing, nor does it split a value.
  CHECK(answer(edited(good(), "<ds:SignedInfo>", "<ds:SignedInfo><!-- -->")) == Answer::accepted);
  const std::string digest = part(good(), "<ds:DigestValue>", "</ds:DigestValue>");
  std::string split = digest;
  split.insert(30, "<!--AAAA-->");
  CHECK(answer(edited(good(), digest, split)) == Answer::accepted);
}

TEST_CASE("Signature: white space within SignedInfo") {
  // Part of what is signed.
  check_refused_by_both("<ds:SignedInfo>", "<ds:SignedInfo> ");
}

TEST_CASE("Signature: namespace declared within SignedInfo") {
  // Exclusive C14N leaves it out: nothing in SignedInfo uses it.
  CHECK(answer(edited(good(), "<ds:SignedInfo>", "<ds:SignedInfo xmlns:x=\"urn:x\">")) ==
        Answer::accepted);
}

// ---- More in the Signature than belongs there ----

TEST_CASE("Signature: Object") {
  check_refused_though_valid(edited(good(), "</ds:Signature>", object("x") + "</ds:Signature>"));
}

TEST_CASE("Signature: Manifest") {
  const std::string reference = part(good(), "<ds:Reference", "</ds:Reference>");
  CHECK(answer(edited(good(), "</ds:Signature>",
                      object("<ds:Manifest>" + reference + "</ds:Manifest>") +
                          "</ds:Signature>")) == Answer::forbidden);
  CHECK(answer(edited(good(), reference, "<ds:Manifest>" + reference + "</ds:Manifest>")) ==
        Answer::forbidden);
}

TEST_CASE("Signature: SignatureProperties") {
  check_refused_though_valid(
      edited(good(), "</ds:Signature>",
             object("<ds:SignatureProperties><ds:SignatureProperty Target=\"\">x"
                    "</ds:SignatureProperty></ds:SignatureProperties>") +
                 "</ds:Signature>"));
}

TEST_CASE("Signature: Id attributes within the Signature") {
  for (const char* element : {"<ds:SignedInfo", "<ds:SignatureValue", "<ds:KeyInfo"}) {
    CAPTURE(element);
    CHECK(answer(edited(good(), element, std::string(element) + " Id=\"x\"")) == Answer::forbidden);
  }
}

TEST_CASE("Signature: attributes that no schema knows within the Signature") {
  for (const char* element : {"<ds:SignedInfo", "<ds:Reference", "<ds:Transform ",
                              "<ds:SignatureMethod", "<ds:X509IssuerSerial"}) {
    CAPTURE(element);
    CHECK(answer(edited(good(), element, std::string(element) + " evil=\"x\" ")) ==
          Answer::forbidden);
  }
}

TEST_CASE("Signature: SignedInfo twice") {
  const std::string info = part(good(), "<ds:SignedInfo>", "</ds:SignedInfo>");
  CHECK(answer(edited(good(), info, info + info)) == Answer::forbidden);
}

TEST_CASE("Signature: SignatureValue before SignedInfo") {
  const std::string info = part(good(), "<ds:SignedInfo>", "</ds:SignedInfo>");
  const std::string value = part(good(), "<ds:SignatureValue>", "</ds:SignatureValue>");
  CHECK(answer(edited(good(), info + value, value + info)) == Answer::forbidden);
}

TEST_CASE("Signature: empty Signature") {
  const std::string signature = part(good(), "<ds:Signature ", "</ds:Signature>");
  CHECK(answer(edited(good(), signature,
                      "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>")) ==
        Answer::forbidden);
}
