// SPDX-License-Identifier: Apache-2.0
//
// Exactly one form of Signature is accepted; here, every deviation from it.
#include "duis/signature_profile.hpp"

#include <catch2/catch.hpp>

#include "duis/reader.hpp"
#include "messages.hpp"

using Catch::Contains;
using dcc::duis::Reader;
using dcc::duis::Refusal;
using dcc::duis::Schema;
using messages::edited;

namespace {

const std::string kSignature(messages::kSignature);

std::string signed_with(std::string_view signature) {
  return messages::request(messages::kFaultReturn, signature);
}

void check_accepted(const std::string& octets) {
  for (Reader& reader : messages::readers()) {
    const auto* message = reader.read(octets);
    INFO(reader.refusal().text << "\n" << octets);
    REQUIRE(message != nullptr);
    CHECK(message->signature);
  }
}

// With every schema; returns what is said with the built-in one, where the reader's own check is
// all there is.
std::string refusal(const std::string& octets) {
  std::string text;
  for (Reader& reader : messages::readers()) {
    INFO(octets);
    REQUIRE(reader.read(octets) == nullptr);
    if (text.empty()) {
      CHECK(reader.refusal().kind == Refusal::Kind::signature);
      text = reader.refusal().text;
    }
    REQUIRE(reader.read(signed_with(kSignature)) != nullptr);
  }
  return text;
}

// Every element of the profile, as it is written in kSignature.
struct Element {
  std::string name, start, end;
};
std::vector<Element> elements() {
  std::vector<Element> list;
  for (std::size_t at = 0; (at = kSignature.find('<', at)) != std::string::npos; ++at) {
    if (kSignature[at + 1] == '/') continue;
    const std::string start = kSignature.substr(at, kSignature.find('>', at) + 1 - at);
    const std::string name = start.substr(4, start.find_first_of(" />") - 4);
    list.push_back({name, start, start.ends_with("/>") ? "" : "</ds:" + name + ">"});
  }
  return list;
}

std::size_t end_of(const Element& element, std::size_t begin) {
  if (element.end.empty()) return begin + element.start.size();
  return kSignature.find(element.end, begin) + element.end.size();
}

}  // namespace

TEST_CASE("the profile is accepted, however it is laid out and prefixed") {
  check_accepted(signed_with(kSignature));

  std::string spaced;
  for (const char c : kSignature) {
    spaced += c;
    if (c == '>') spaced += "\r\n\t <!-- a comment -->";
  }
  // Not within the values: there it would be text.
  for (const char* value : {"AAAA", "BBBB", "CN=Test", "4660"})
    spaced = edited(spaced, "\r\n\t <!-- a comment -->" + std::string(value), value);
  check_accepted(signed_with(spaced));

  std::string prefixed = kSignature;
  for (std::size_t at; (at = prefixed.find("ds:")) != std::string::npos;)
    prefixed.replace(at, 3, "");
  prefixed = edited(prefixed, "xmlns:ds", "xmlns");
  check_accepted(signed_with(prefixed));

  check_accepted(
      signed_with(edited(kSignature, "<ds:SignedInfo", "<ds:SignedInfo xmlns:x='urn:x'")));
  check_accepted(signed_with(edited(kSignature, "URI=\"\"", "URI ='' xmlns=\"urn:x\"")));
  check_accepted(signed_with(
      edited(kSignature, "xml-exc-c14n#\"/>", "xml-exc-c14n#\" ></ds:CanonicalizationMethod>")));
  check_accepted(signed_with(edited(kSignature, "xml-exc-c14n#", "xml-exc-c14n&#x23;")));
}

TEST_CASE("each element must be there") {
  for (const Element& element : elements()) {
    if (element.name == "Signature") continue;
    CAPTURE(element.name);
    std::string signature = kSignature;
    const std::size_t begin = signature.find(element.start);
    signature.erase(begin, end_of(element, begin) - begin);
    CHECK_THAT(refusal(signed_with(signature)), Contains("where " + element.name));
  }
}

TEST_CASE("each element must stand once") {
  for (const Element& element : elements()) {
    if (element.name == "Signature") continue;
    CAPTURE(element.name);
    const std::size_t begin = kSignature.find(element.start);
    const std::size_t end = end_of(element, begin);
    std::string signature = kSignature;
    signature.insert(end, kSignature.substr(begin, end - begin));
    CHECK_THAT(refusal(signed_with(signature)), Contains("profile"));
  }
}

TEST_CASE("each element must be itself") {
  for (const Element& element : elements()) {
    if (element.name == "Signature") continue;
    CAPTURE(element.name);
    std::string signature = edited(kSignature, element.start,
                                   edited(element.start, "<ds:" + element.name, "<ds:Other"));
    if (!element.end.empty()) signature = edited(signature, element.end, "</ds:Other>");
    CHECK_THAT(refusal(signed_with(signature)), Contains("ds:Other") && Contains(element.name));
    // Of the right name, but another namespace.
    signature = edited(
        kSignature, element.start,
        edited(element.start, "<ds:" + element.name, "<x:" + element.name + " xmlns:x=\"urn:x\""));
    if (!element.end.empty())
      signature = edited(signature, element.end, "</x:" + element.name + ">");
    CHECK_THAT(refusal(signed_with(signature)), Contains("x:" + element.name));
  }
}

TEST_CASE("elements must stand in order") {
  const auto swapped = [](const std::string& first, const std::string& second) {
    std::string signature = edited(kSignature, first + second, second + first);
    return refusal(signed_with(signature));
  };
  const auto part = [](const std::string& from, const std::string& to) {
    const std::size_t begin = kSignature.find(from);
    return kSignature.substr(begin, kSignature.find(to) - begin);
  };
  CHECK_THAT(swapped(part("<ds:CanonicalizationMethod", "<ds:SignatureMethod"),
                     part("<ds:SignatureMethod", "<ds:Reference")),
             Contains("CanonicalizationMethod Algorithm="));
  CHECK_THAT(swapped(part("<ds:SignedInfo", "<ds:SignatureValue"),
                     part("<ds:SignatureValue", "<ds:KeyInfo")),
             Contains("SignedInfo"));
  CHECK_THAT(
      swapped(part("<ds:SignatureValue", "<ds:KeyInfo"), part("<ds:KeyInfo", "</ds:Signature>")),
      Contains("SignatureValue"));
  CHECK_THAT(swapped(part("<ds:Transforms", "<ds:DigestMethod"),
                     part("<ds:DigestMethod", "<ds:DigestValue")),
             Contains("Transforms"));
  CHECK_THAT(swapped(part("<ds:DigestMethod", "<ds:DigestValue"),
                     part("<ds:DigestValue", "</ds:Reference>")),
             Contains("DigestMethod"));
  CHECK_THAT(swapped(part("<ds:X509IssuerName", "<ds:X509SerialNumber"),
                     part("<ds:X509SerialNumber", "</ds:X509IssuerSerial>")),
             Contains("X509IssuerName"));
}

TEST_CASE("no element may have an attribute beyond its own") {
  for (const Element& element : elements()) {
    for (const char* attribute : {" Id=\"x\"", " Algorithm2=\"\"", " xml:lang=\"en\"",
                                  " xmlns:a=\"urn:a\" a:Algorithm=\"\"", " Type=\"urn:x\""}) {
      CAPTURE(element.name, attribute);
      const std::string from = "<ds:" + element.name;
      const std::string start = edited(element.start, from, from + attribute);
      const std::string said = refusal(signed_with(edited(kSignature, element.start, start)));
      // The attribute that is there, and what should be.
      CHECK_THAT(said, Contains(std::string(attribute).substr(std::string(attribute).rfind(' '))));
      const std::size_t own = element.start.find(' ');
      if (own == std::string::npos)
        CHECK_THAT(said, Contains(element.name + " without attributes is expected"));
      else if (element.name != "Signature")
        CHECK_THAT(said, Contains("where " + element.name + element.start.substr(own, 5)));
    }
  }
}

TEST_CASE("no element may lack its attribute") {
  for (const Element& element : elements()) {
    const std::size_t space = element.start.find(' ');
    if (element.name == "Signature" || space == std::string::npos) continue;
    CAPTURE(element.name);
    const std::string bare =
        element.start.substr(0, space) + (element.start.ends_with("/>") ? "/>" : ">");
    CHECK_FALSE(refusal(signed_with(edited(kSignature, element.start, bare))).empty());
  }
}

TEST_CASE("no other algorithm is accepted, nor another spelling of its name") {
  const std::pair<const char*, const char*> edits[] = {
      {"http://www.w3.org/2001/10/xml-exc-c14n#",
       "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"},
      {"http://www.w3.org/2001/10/xml-exc-c14n#",
       "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"},
      {"http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/2006/12/xml-c14n11"},
      {"http://www.w3.org/2001/10/xml-exc-c14n#", "http://www.w3.org/2001/10/xml-exc-c14n"},
      {"http://www.w3.org/2001/10/xml-exc-c14n#", "HTTP://www.w3.org/2001/10/xml-exc-c14n#"},
      {"http://www.w3.org/2001/10/xml-exc-c14n#", " http://www.w3.org/2001/10/xml-exc-c14n# "},
      {"http://www.w3.org/2001/10/xml-exc-c14n#", ""},
      {"#ecdsa-sha256", "#ecdsa-sha1"},
      {"#ecdsa-sha256", "#ecdsa-sha384"},
      {"#ecdsa-sha256", "#rsa-sha256"},
      {"#ecdsa-sha256", "#hmac-sha256"},
      {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
       "http://www.w3.org/2000/09/xmldsig#hmac-sha1"},
      {"#enveloped-signature", "#base64"},
      {"http://www.w3.org/2000/09/xmldsig#enveloped-signature",
       "http://www.w3.org/TR/1999/REC-xpath-19991116"},
      {"http://www.w3.org/2000/09/xmldsig#enveloped-signature",
       "http://www.w3.org/TR/1999/REC-xslt-19991116"},
      {"http://www.w3.org/2000/09/xmldsig#enveloped-signature",
       "http://www.w3.org/2001/10/xml-exc-c14n#"},
      {"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1"},
      {"http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmlenc#sha512"},
      {"URI=\"\"", "URI=\"#x\""},
      {"URI=\"\"", "URI=\"#xpointer(/)\""},
      {"URI=\"\"", "URI=\" \""},
      {"URI=\"\"", "URI=\"http://127.0.0.1:9/\""},
      {"URI=\"\"", "URI=\"file:///etc/hostname\""},
      {"URI=\"\"", "uri=\"\""},
  };
  for (const auto& [from, to] : edits) {
    CAPTURE(from, to);
    CHECK_THAT(refusal(signed_with(edited(kSignature, from, to))), Contains(to));
  }
}

TEST_CASE("nothing may be added anywhere") {
  // After every start tag, and before every end tag.
  const char* additions[] = {
      "<ds:Object/>",
      "<ds:KeyName>x</ds:KeyName>",
      "<ds:KeyValue/>",
      "<ds:Reference URI=\"\"/>",
      "<ds:Manifest/>",
      "<ds:X509Certificate>AAAA</ds:X509Certificate>",
      "<ds:HMACOutputLength>1</ds:HMACOutputLength>",
      ("<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\""
       " PrefixList=\"sr\"/>"),
      "<sr:CHFFaultReturn/>",
      "<x/>",
      "<?pi?>",
  };
  std::size_t places = 0;
  for (std::size_t at = 0; (at = kSignature.find('>', at)) != std::string::npos; ++at) {
    if (at + 1 == kSignature.size()) break;
    for (const char* addition : additions) {
      std::string signature = kSignature;
      signature.insert(at + 1, addition);
      CAPTURE(signature);
      CHECK_FALSE(refusal(signed_with(signature)).empty());
      ++places;
    }
  }
  for (const char* value : {"AAAA", "BBBB", "CN=Test", "4660"})
    for (const char* addition : additions)
      CHECK_FALSE(refusal(signed_with(edited(kSignature, value, addition))).empty());
  CHECK(places > 200);

  // An empty element must be empty.
  CHECK_FALSE(refusal(signed_with(edited(kSignature, "xml-exc-c14n#\"/>",
                                         "xml-exc-c14n#\"><ec:InclusiveNamespaces xmlns:ec="
                                         "\"http://www.w3.org/2001/10/xml-exc-c14n#\""
                                         " PrefixList=\"\"/></ds:CanonicalizationMethod>")))
                  .empty());
  CHECK_FALSE(refusal(signed_with(edited(kSignature, "xmldsig#enveloped-signature\"/>",
                                         "xmldsig#enveloped-signature\"><ds:XPath>1</ds:XPath>"
                                         "</ds:Transform>")))
                  .empty());
}

TEST_CASE("text between the elements is refused") {
  for (const char* text : {"x", "&#120;", "<![CDATA[x]]>", "\xC2\xA0"}) {
    CAPTURE(text);
    CHECK_FALSE(refusal(signed_with(edited(kSignature, "<ds:SignedInfo>",
                                           "<ds:SignedInfo>" + std::string(text))))
                    .empty());
    CHECK_FALSE(refusal(signed_with(edited(kSignature, "xml-exc-c14n#\"/>",
                                           "xml-exc-c14n#\">" + std::string(text) +
                                               "</ds:CanonicalizationMethod>")))
                    .empty());
  }
}

TEST_CASE("there is one Signature at most, and it is the document element's child") {
  const std::string twice = kSignature + kSignature;
  for (const auto& schema : messages::schemas()) {
    Reader reader(*schema);
    CHECK(reader.read(signed_with(twice)) == nullptr);
    // Where the schema expects something else.
    CHECK(reader.read(edited(signed_with(kSignature), "<sr:Header>", kSignature + "<sr:Header>")) ==
          nullptr);
    CHECK(reader.read(edited(signed_with(kSignature), "<sr:Body>", kSignature + "<sr:Body>")) ==
          nullptr);
    CHECK(reader.read(edited(signed_with({}), "<sr:CHFFaultReturn>",
                             "<sr:CHFFaultReturn>" + kSignature)) == nullptr);
    CHECK(reader.read(messages::request(kSignature)) == nullptr);
  }
  // Where the built-in schema does not look.
  Reader reader(*Schema::built_in());
  for (const std::string_view outer : {std::string_view(), std::string_view(kSignature)}) {
    const std::string octets =
        messages::request("<sr:Anything>" + kSignature + "</sr:Anything>", outer);
    REQUIRE(reader.read(octets) == nullptr);
    CHECK(reader.refusal().kind == Refusal::Kind::malformed);
    CHECK_THAT(reader.refusal().text, Contains("child of the document element"));
  }
  REQUIRE(reader.read(signed_with(
              edited(kSignature, "<ds:KeyInfo>", kSignature + "<ds:KeyInfo>"))) == nullptr);
  CHECK(reader.refusal().kind == Refusal::Kind::signature);
}

TEST_CASE("an element of the signature namespace is a Signature or refused") {
  Reader reader(*Schema::built_in());
  for (const std::string element : {"Object", "SignedInfo", "Header", "Body", "signature"}) {
    CAPTURE(element);
    const std::string octets = signed_with("<ds:" + element +
                                           " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">"
                                           "<sr:RequestID>x</sr:RequestID></ds:" +
                                           element + ">");
    REQUIRE(reader.read(octets) == nullptr);
    CHECK(reader.refusal().kind == Refusal::Kind::signature);
  }
}
