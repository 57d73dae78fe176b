// SPDX-License-Identifier: Apache-2.0
//
// Who signed: KeyInfo names a certificate that the host has, by issuer and serial. It cannot bring
// a key along, and a certificate is good for its own User only.
#include "stage.hpp"

using namespace attacks;

namespace {

const std::string kIssuer = "<ds:X509IssuerName>CN=Z1,OU=07</ds:X509IssuerName>";

std::string data() {
  return part(good(), "<ds:X509Data>", "</ds:X509Data>");
}
std::string issuer_serial() {
  return part(good(), "<ds:X509IssuerSerial>", "</ds:X509IssuerSerial>");
}
std::string serial() {
  return signer(Player::alice).certificate().serial();
}

std::string with_issuer(const std::string& issuer) {
  return edited(good(), kIssuer, "<ds:X509IssuerName>" + issuer + "</ds:X509IssuerName>");
}
std::string with_serial(const std::string& text) {
  return edited(good(), serial(), text);
}

void check_refused(const std::string& document) {
  CHECK(answer(document) == Answer::forbidden);
}

// Refused beside the certificate's name, before it, and in its place.
void check_refused_anywhere(const std::string& element) {
  check_refused(edited(good(), data(), data() + element));
  check_refused(edited(good(), data(), element + data()));
  check_refused(edited(good(), data(), element));
}
void check_refused_in_data(const std::string& element) {
  check_refused(edited(good(), issuer_serial(), issuer_serial() + element));
  check_refused(edited(good(), issuer_serial(), element + issuer_serial()));
  check_refused(edited(good(), issuer_serial(), element));
}

}  // namespace

TEST_CASE("KeyInfo: KeyValue with a key of the attacker") {
  check_refused_anywhere(
      "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent>"
      "</ds:RSAKeyValue></ds:KeyValue>");
  check_refused_anywhere(
      "<ds:KeyValue><e:ECKeyValue xmlns:e=\"http://www.w3.org/2009/xmldsig11#\">"
      "<e:NamedCurve URI=\"urn:oid:1.2.840.10045.3.1.7\"/><e:PublicKey>BAAA</e:PublicKey>"
      "</e:ECKeyValue></ds:KeyValue>");
}

TEST_CASE("KeyInfo: KeyName") {
  check_refused_anywhere("<ds:KeyName>CN=Z1,OU=07</ds:KeyName>");
}

TEST_CASE("KeyInfo: RetrievalMethod") {
  for (const char* uri : {"http://127.0.0.1:9/key", "file:///etc/hostname", "#x", ""})
    check_refused_anywhere("<ds:RetrievalMethod URI=\"" + std::string(uri) + "\"/>");
}

TEST_CASE("KeyInfo: RetrievalMethod with Transforms") {
  check_refused_anywhere(
      "<ds:RetrievalMethod URI=\"\"><ds:Transforms><ds:Transform"
      " Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/></ds:Transforms>"
      "</ds:RetrievalMethod>");
}

TEST_CASE("KeyInfo: X509Certificate that the attacker brings along") {
  check_refused_in_data("<ds:X509Certificate>MIIB</ds:X509Certificate>");
}

TEST_CASE("KeyInfo: X509SKI and X509SubjectName") {
  check_refused_in_data("<ds:X509SKI>AAAA</ds:X509SKI>");
  check_refused_in_data("<ds:X509SubjectName>CN=alice</ds:X509SubjectName>");
}

TEST_CASE("KeyInfo: X509CRL") {
  check_refused_in_data("<ds:X509CRL>AAAA</ds:X509CRL>");
}

TEST_CASE("KeyInfo: PGPData SPKIData and MgmtData") {
  check_refused_anywhere("<ds:PGPData><ds:PGPKeyID>AAAA</ds:PGPKeyID></ds:PGPData>");
  check_refused_anywhere("<ds:SPKIData><ds:SPKISexp>AAAA</ds:SPKISexp></ds:SPKIData>");
  check_refused_anywhere("<ds:MgmtData>x</ds:MgmtData>");
}

TEST_CASE("KeyInfo: DEREncodedKeyValue and KeyInfoReference of XML-DSig 1.1") {
  for (const char* name : {"DEREncodedKeyValue", "KeyInfoReference"})
    check_refused_anywhere("<e:" + std::string(name) +
                           " xmlns:e=\"http://www.w3.org/2009/xmldsig11#\"/>");
}

TEST_CASE("KeyInfo: element of a foreign namespace") {
  check_refused_anywhere("<x:Token xmlns:x=\"urn:x\">alice</x:Token>");
}

TEST_CASE("KeyInfo: missing") {
  check_refused(without(good(), "<ds:KeyInfo>", "</ds:KeyInfo>"));
  check_refused(edited(good(), data(), ""));
}

TEST_CASE("KeyInfo: twice") {
  const std::string info = part(good(), "<ds:KeyInfo>", "</ds:KeyInfo>");
  check_refused(edited(good(), info, info + info));
}

TEST_CASE("KeyInfo: two X509Data") {
  check_refused(edited(good(), data(), data() + data()));
}

TEST_CASE("KeyInfo: two X509IssuerSerial") {
  const std::string other = edited(issuer_serial(), "CN=Z1", "CN=Z2");
  check_refused(edited(good(), issuer_serial(), issuer_serial() + other));
  check_refused(edited(good(), issuer_serial(), other + issuer_serial()));
}

TEST_CASE("KeyInfo: wrong issuer with the right serial") {
  // Mallory's certificate has Alice's serial, of another CA. What Alice signed is not Mallory's ...
  check_refused(with_issuer("CN=Z2,OU=07"));
  // ... nor what Mallory signed Alice's, whichever certificate it names.
  const std::string document = signed_by(Player::mallory, unsigned_document());
  check_refused(document);
  CHECK(why().find("not the originator's") != std::string::npos);
  check_refused(edited(document, "CN=Z2,OU=07", "CN=Z1,OU=07"));
  CHECK(why().find("does not verify") != std::string::npos);
}

TEST_CASE("KeyInfo: right issuer with the wrong serial") {
  check_refused(with_serial("4711"));
  check_refused(with_serial("1"));
}

TEST_CASE("KeyInfo: issuer that nobody is") {
  for (const char* issuer : {"CN=Z3,OU=07", "CN=Z1", "CN=Z1,OU=07,O=x", "CN=Z1,OU=08", "", "CN=*",
                             "nonsense", "OU=07", "CN=Z1,OU=07,", ",CN=Z1,OU=07"})
    check_refused(with_issuer(issuer));
}

TEST_CASE("KeyInfo: issuer in other spellings") {
  // Tools differ; the name is what is compared. It is not signed, and need not be: with another
  // name there is another key, or none.
  for (const char* issuer :
       {"CN=Z1, OU=07", "OU=07,CN=Z1", "OU=07, CN=Z1", "cn=z1,ou=07", " CN = Z1 ; OU = 07 ",
        "2.5.4.3=Z1,OU=07", "CN=\"Z1\",OU=07", "CN=\\5A1,OU=#0C023037", "CN=Z&#49;,OU=07",
        "CN=Z<!-- -->1,OU=07", "CN=<![CDATA[Z1]]>,OU=07"})
    CHECK(answer(with_issuer(issuer)) == Answer::accepted);
}

TEST_CASE("KeyInfo: issuer with a NUL or other control characters") {
  check_refused(with_issuer("CN=Z1\\00,OU=07"));
  check_refused(with_issuer("CN=Z1\\01,OU=07"));
  check_refused(with_issuer("CN=Z1,OU=07\\00"));
}

TEST_CASE("KeyInfo: issuer with several values in one part") {
  check_refused(with_issuer("CN=Z1+OU=07"));
  check_refused(with_issuer("CN=Z1,CN=Z2,OU=07"));
}

TEST_CASE("KeyInfo: issuer of a megabyte") {
  const std::string document = with_issuer(repeated("CN=Z1,", 150'000) + "OU=07");
  check_refused(document);
  CHECK(cost(document) < 10);
}

TEST_CASE("KeyInfo: serial with a sign") {
  CHECK(answer(with_serial("+" + serial())) == Answer::accepted);  // xs:integer allows it
  check_refused(with_serial("-" + serial()));
  for (const std::string& odd : {"+-" + serial(), "++" + serial(), serial() + "+"})
    CHECK(answer(with_serial(odd)) == Answer::forbidden);
}

TEST_CASE("KeyInfo: serial with leading zeros") {
  CHECK(answer(with_serial("000" + serial())) == Answer::accepted);  // the same xs:integer
}

TEST_CASE("KeyInfo: serial in hexadecimal") {
  for (const char* text : {"0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
                           "7F:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF:FF"})
    check_refused(with_serial(text));
}

TEST_CASE("KeyInfo: serial with a fraction or an exponent") {
  for (const std::string& text :
       {serial() + ".0", serial() + "e0", std::string("1.7e38"), serial() + ","})
    check_refused(with_serial(text));
}

TEST_CASE("KeyInfo: serial that is the right one modulo a power of two") {
  // 2^127 - 1 plus 2^128, 2^64 and what is left of it in 64 and 32 bits.
  for (const char* text :
       {"510423550381407695195061911147652317183", "170141183460469231750134047789593657343",
        "18446744073709551615", "4294967295", "-1"})
    check_refused(with_serial(text));
}

TEST_CASE("KeyInfo: serial of a megabyte") {
  const std::string document = with_serial(std::string(1 << 20, '9'));
  check_refused(document);
  CHECK(cost(document) < 10);
}

TEST_CASE("KeyInfo: serial split by a comment or a CDATA section") {
  // All of it counts, not the part before.
  std::string text = serial();
  text.insert(5, "<!-- -->");
  CHECK(answer(with_serial(text)) == Answer::accepted);
  CHECK(answer(with_serial("<![CDATA[" + serial() + "]]>")) == Answer::accepted);
  check_refused(with_serial(serial() + "<!-- -->1"));
  check_refused(with_serial(serial() + "<![CDATA[1]]>"));
}

TEST_CASE("KeyInfo: certificate of another User") {
  // Bob's is of the same CA, known and valid: for Bob.
  const std::string document = signed_by(Player::bob, unsigned_document());
  check_refused(document);
  CHECK(why().find("not the originator's") != std::string::npos);
  // In his own name he may.
  CHECK(answer(signed_by(Player::bob, edited(unsigned_document(), kAliceId,
                                             "90-B3-D5-1F-30-01-00-01"))) == Answer::accepted);
}

TEST_CASE("KeyInfo: originator exchanged after signing") {
  check_refused(edited(good(), kAliceId, "90-B3-D5-1F-30-01-00-01"));
}

TEST_CASE("KeyInfo: originator and target exchanged") {
  check_refused(signed_by(
      Player::alice, edited(unsigned_document(), std::string(kAliceId) + ":90-B3-D5-1F-30-00-00-02",
                            "90-B3-D5-1F-30-00-00-02:" + std::string(kAliceId))));
}
