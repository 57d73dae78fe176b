// SPDX-License-Identifier: Apache-2.0
//
// Signature wrapping: what Alice signed is moved to where it still verifies, and something else put
// where the host looks. The published variants (XSW 1 to 8 of Somorovsky and others, 2012, and
// McIntosh and Austel, 2005) are for signatures that refer to an element by Id; DUIS signatures
// refer to the whole document, so each stands here in two forms: with Alice's own Signature, and,
// where it says so, with one that refers by Id and that xmlsec1 accepts.
#include "stage.hpp"

using namespace attacks;

namespace {

const std::string kDs = "http://www.w3.org/2000/09/xmldsig#";

std::string signature() {
  return part(good(), "<ds:Signature ", "</ds:Signature>");
}

// What Alice signed, and what the attacker would have her say.
std::string original() {
  return edited(good(), signature(), "");
}
std::string evil() {
  return edited(original(), "00-DB-12-34-56-78-90-A2", "00-DB-12-34-56-78-90-FF");
}

// The evil document with something before the end tag of an element.
std::string evil_with(const std::string& content, const std::string& end_tag = "</sr:Request>") {
  return edited(evil(), end_tag, content + end_tag);
}

// Alice's Signature with the original within it.
std::string signature_around(const std::string& content) {
  return edited(signature(), "</ds:Signature>", content + "</ds:Signature>");
}

std::string object(const std::string& content) {
  return "<ds:Object xmlns:ds=\"" + kDs + "\">" + content + "</ds:Object>";
}

// Refused in any case; by which rule depends on which comes first.
void check_refused(const std::string& document) {
  CHECK(answer(document) != Answer::accepted);
}

// Alice signs one element by its Id. Her software follows XML-DSig, only not the DUIS profile.
const std::vector<std::string> kById = {"--id-attr:Id", "Request", "--id-attr:Id", "Body"};

std::string signed_by_id(const std::string& element) {
  std::string document =
      edited(unsigned_document(), "<sr:" + element, "<sr:" + element + " Id=\"signed\"");
  document = edited(document, "URI=\"\"", "URI=\"#signed\"");
  document = edited(document, part(document, "<ds:KeyInfo>", "</ds:KeyInfo>"), "");
  document = edited(document, "AAAA", "");
  document = edited(document, "BBBB", "");
  return document;
}

std::vector<std::string> verifying() {
  std::vector<std::string> options{"--enabled-reference-uris", "empty,same-doc"};
  options.insert(options.end(), kById.begin(), kById.end());
  return options;
}

}  // namespace

TEST_CASE("Wrapping: the tools do what the attacks say") {
  // Nothing below means anything unless this is accepted, and its parts are what they should be.
  CHECK(answer(good()) == Answer::accepted);
  CHECK(answer(evil_with(signature())) == Answer::forbidden);
  CHECK(why().find("DigestValue") != std::string::npos);
}

TEST_CASE("Wrapping: XSW1 - evil root with the original inside the Signature") {
  check_refused(evil_with(signature_around(original())));
}

TEST_CASE("Wrapping: XSW2 - evil root with the original before a detached Signature") {
  check_refused(evil_with(original() + signature()));
  check_refused(evil_with(signature() + original()));
}

TEST_CASE("Wrapping: XSW3 - evil Body before the original one") {
  const std::string body = part(evil(), "<sr:Body>", "</sr:Body>");
  check_refused(edited(good(), "<sr:Body>", body + "<sr:Body>"));
}

TEST_CASE("Wrapping: XSW4 - evil Body around the original one") {
  const std::string body = part(original(), "<sr:Body>", "</sr:Body>");
  check_refused(evil_with(body, "</sr:Body>") + "");
  check_refused(edited(evil_with(signature()), "</sr:Body>", body + "</sr:Body>"));
}

TEST_CASE("Wrapping: XSW5 - evil Body with the original one after the Signature") {
  const std::string body = part(original(), "<sr:Body>", "</sr:Body>");
  check_refused(evil_with(signature() + body));
}

TEST_CASE("Wrapping: XSW6 - evil Body with the original one inside the Signature") {
  check_refused(evil_with(signature_around(part(original(), "<sr:Body>", "</sr:Body>"))));
}

TEST_CASE("Wrapping: XSW7 - original in an extension element") {
  check_refused(evil_with("<sr:Extensions>" + original() + "</sr:Extensions>" + signature()));
  check_refused(
      evil_with("<x:Extensions xmlns:x=\"urn:x\">" + original() + "</x:Extensions>" + signature()));
}

TEST_CASE("Wrapping: XSW8 - original in an Object of the Signature") {
  check_refused(evil_with(signature_around(object(original()))));
}

TEST_CASE("Wrapping: whole signed document in a wrapper of a foreign namespace") {
  check_refused("<x:Envelope xmlns:x=\"urn:x\">" + good() + "</x:Envelope>");
  check_refused("<x:Envelope xmlns:x=\"urn:x\">" + evil() + good() + "</x:Envelope>");
}

TEST_CASE("Wrapping: whole signed document inside the evil Body") {
  check_refused(edited(evil(), "<sr:Body>", "<sr:Body>" + good()));
  check_refused(
      edited(evil_with(signature()), part(evil(), "<sr:CHF", "</sr:CHFFaultReturn>"), good()));
}

TEST_CASE("Wrapping: whole signed document inside an element that is not validated") {
  // The built-in schema lets unknown bodies pass; a Signature in there is none.
  const std::string body = "<sr:Anything>" + good() + "</sr:Anything>";
  CHECK(answer_by_built_in_schema(messages::request(body)) == Answer::malformed);
  CHECK(answer_by_built_in_schema(messages::request(body, signature())) == Answer::malformed);
  // Mallory's own, around Alice's.
  CHECK(answer_by_built_in_schema(signed_by(
            Player::mallory, messages::request(body, messages::kSignature))) == Answer::malformed);
}

TEST_CASE("Wrapping: original in an Object of a foreign Signature element") {
  check_refused(evil_with("<x:Signature xmlns:x=\"urn:x\">" + object(original()) +
                          "</x:Signature>" + signature()));
}

TEST_CASE("Wrapping: moved root - evil root as a child of the signed one") {
  check_refused(edited(good(), "<sr:Header>", evil() + "<sr:Header>"));
}

TEST_CASE("Wrapping: moved root - Signature as the document element") {
  check_refused(signature());
  check_refused(edited(signature(), "</ds:Signature>", object(evil()) + "</ds:Signature>"));
}

TEST_CASE("Wrapping: cloned Body within the Header") {
  check_refused(
      edited(good(), "</sr:Header>", part(evil(), "<sr:Body>", "</sr:Body>") + "</sr:Header>"));
}

TEST_CASE("Wrapping: cloned Header after the Body") {
  check_refused(
      edited(good(), "</sr:Body>", "</sr:Body>" + part(original(), "<sr:Header>", "</sr:Header>")));
}

TEST_CASE("Wrapping: cloned DeviceID") {
  const std::string id = part(good(), "<sr:DeviceID>", "</sr:DeviceID>");
  const std::string other = part(evil(), "<sr:DeviceID>", "</sr:DeviceID>");
  check_refused(edited(good(), id, other + id));
  check_refused(edited(good(), id, id + other));
}

TEST_CASE("Wrapping: Signature in the Header") {
  check_refused(edited(original(), "</sr:Header>", signature() + "</sr:Header>"));
}

TEST_CASE("Wrapping: Signature in the Body") {
  check_refused(edited(original(), "</sr:Body>", signature() + "</sr:Body>"));
  check_refused(edited(original(), "</sr:CHFFaultReturn>", signature() + "</sr:CHFFaultReturn>"));
}

TEST_CASE("Wrapping: Signature before the Header") {
  check_refused(edited(original(), "<sr:Header>", signature() + "<sr:Header>"));
}

TEST_CASE("Wrapping: Signature between Header and Body") {
  check_refused(edited(original(), "<sr:Body>", signature() + "<sr:Body>"));
}

TEST_CASE("Wrapping: Signature after the document element") {
  check_refused(original() + signature());
}

TEST_CASE("Wrapping: Signature within a value") {
  check_refused(edited(original(), "dropped", signature()));
}

TEST_CASE("Wrapping: two Signatures - the same twice") {
  CHECK(answer(edited(good(), signature(), signature() + signature())) == Answer::malformed);
}

TEST_CASE("Wrapping: two Signatures - of Alice and of Mallory") {
  const std::string mallorys =
      part(signed_by(Player::mallory, unsigned_document()), "<ds:Signature ", "</ds:Signature>");
  CHECK(answer(edited(good(), signature(), signature() + mallorys)) == Answer::malformed);
  CHECK(answer(edited(good(), signature(), mallorys + signature())) == Answer::malformed);
}

TEST_CASE("Wrapping: two Signatures - one within the other") {
  check_refused(edited(good(), "</ds:Signature>", signature() + "</ds:Signature>"));
  check_refused(edited(good(), "<ds:KeyInfo>", "<ds:KeyInfo>" + signature()));
  check_refused(edited(good(), "<ds:SignedInfo>", "<ds:SignedInfo>" + signature()));
}

TEST_CASE("Wrapping: empty Signature before the real one") {
  check_refused(
      edited(good(), "<ds:Signature ", "<ds:Signature xmlns:ds=\"" + kDs + "\"/><ds:Signature "));
}

TEST_CASE("Wrapping: Signature of another namespace") {
  for (const char* name : {"http://www.w3.org/2000/09/xmldsig", "http://www.w3.org/2009/xmldsig11#",
                           "urn:x", "HTTP://www.w3.org/2000/09/xmldsig#"})
    CHECK(answer(edited(good(), kDs + "\"", std::string(name) + "\"")) == Answer::malformed);
}

TEST_CASE("Wrapping: Signature without a namespace") {
  check_refused(edited(good(), " xmlns:ds=\"" + kDs + "\"", " xmlns:ds=\"urn:x\""));
}

TEST_CASE("Wrapping: something between Body and Signature") {
  // White space is signed like all else of the document.
  for (const char* space : {" ", "\n", "\r\n", "&#32;"})
    CHECK(answer(edited(good(), "<ds:Signature ", std::string(space) + "<ds:Signature ")) ==
          Answer::forbidden);
  check_refused(edited(good(), "<ds:Signature ", "<sr:Extra/><ds:Signature "));
  check_refused(edited(good(), "<ds:Signature ", "x<ds:Signature "));
}

TEST_CASE("Wrapping: something after the Signature") {
  CHECK(answer(edited(good(), "</sr:Request>", " </sr:Request>")) == Answer::forbidden);
  check_refused(evil_with("<sr:Extra/>"));
  check_refused(edited(good(), "</sr:Request>", "<sr:Extra/></sr:Request>"));
  check_refused(
      edited(good(), "</sr:Request>", part(evil(), "<sr:Body>", "</sr:Body>") + "</sr:Request>"));
}

TEST_CASE("Wrapping: Signature of another request") {
  const std::string other = signed_by(Player::alice, edited(unsigned_document(), ":1000", ":1001"));
  CHECK(answer(edited(good(), signature(), part(other, "<ds:Signature ", "</ds:Signature>"))) ==
        Answer::forbidden);
}

TEST_CASE("Wrapping: no Signature at all") {
  CHECK(answer(original()) == Answer::forbidden);
  CHECK(answer(edited(good(), signature(), "<!--" + signature() + "-->")) == Answer::forbidden);
}

TEST_CASE("Wrapping: by Id - Alice signs her root by Id") {
  // Accepted by software that follows references; here the attribute alone is no DUIS.
  const std::string document = signed_by_xmlsec(signed_by_id("Request"), Player::alice, kById);
  check_refused(document);
}

TEST_CASE("Wrapping: by Id - evil root around the root that Alice signed") {
  const std::string document = signed_by_xmlsec(signed_by_id("Request"), Player::alice, kById);
  const std::string root = document.substr(document.find("<sr:Request"));
  const std::string wrapped = evil_with(root);
  CHECK(xmlsec_accepts(wrapped, Player::alice, verifying()));
  check_refused(wrapped);
}

TEST_CASE("Wrapping: by Id - evil Body beside the Body that Alice signed") {
  const std::string document = signed_by_xmlsec(signed_by_id("Body"), Player::alice, kById);
  const std::string signed_body = part(document, "<sr:Body", "</sr:Body>");
  const std::string evil_body = part(evil(), "<sr:Body>", "</sr:Body>");
  const std::string wrapped = edited(
      document, signed_body, evil_body + "<sr:Extensions>" + signed_body + "</sr:Extensions>");
  CHECK(xmlsec_accepts(wrapped, Player::alice, verifying()));
  check_refused(wrapped);
  check_refused(document);
}
