// SPDX-License-Identifier: Apache-2.0
//
// Document types and entities. Alice signed what the entity would stand for, so that nothing but
// the document type itself is wrong.
#include "stage.hpp"

using namespace attacks;

namespace {

// Her document behind a document type, with a reference where "Damaged case" was signed.
std::string with(const std::string& doctype, const std::string& reference = "Damaged case") {
  return doctype + edited(good(), "Damaged case", reference);
}

void check_refused(const std::string& document) {
  CHECK(answer(document) == Answer::malformed);
  CHECK(cost(document) < 1);
}

const std::string kFile = "\"file:///etc/hostname\"";
// Nobody listens there; a parser that asks would say so or hang.
const std::string kUrl = "\"http://127.0.0.1:9/evil.dtd\"";

}  // namespace

TEST_CASE("Entities: billion laughs") {
  std::string doctype = "<!DOCTYPE sr:Request [<!ENTITY lol0 \"lol\">";
  for (int i = 1; i <= 9; ++i) {
    const std::string below = "&lol" + std::to_string(i - 1) + ";";
    doctype += "<!ENTITY lol" + std::to_string(i) + " \"" + repeated(below, 10) + "\">";
  }
  check_refused(with(doctype + "]>", "&lol9;"));
}

TEST_CASE("Entities: quadratic blow-up") {
  const std::string doctype =
      "<!DOCTYPE sr:Request [<!ENTITY a \"" + repeated("a", 50'000) + "\">]>";
  check_refused(with(doctype, repeated("&a;", 50'000)));
}

TEST_CASE("Entities: recursive entities") {
  check_refused(with("<!DOCTYPE sr:Request [<!ENTITY a \"&b;\"><!ENTITY b \"&a;\">]>", "&a;"));
}

TEST_CASE("Entities: internal entity that stands for the signed text") {
  check_refused(with("<!DOCTYPE sr:Request [<!ENTITY e \"Damaged case\">]>", "&e;"));
}

TEST_CASE("Entities: redefined predefined entity") {
  check_refused(with("<!DOCTYPE sr:Request [<!ENTITY lt \"&#38;#60;\">]>"));
}

TEST_CASE("Entities: undeclared entity") {
  check_refused(with("", "Damaged&nbsp;case"));
}

TEST_CASE("Entities: external general entity from a file") {
  check_refused(with("<!DOCTYPE sr:Request [<!ENTITY e SYSTEM " + kFile + ">]>", "&e;"));
}

TEST_CASE("Entities: external general entity from the network") {
  check_refused(with("<!DOCTYPE sr:Request [<!ENTITY e SYSTEM " + kUrl + ">]>", "&e;"));
}

TEST_CASE("Entities: external entity in an attribute value") {
  check_refused(edited(with("<!DOCTYPE sr:Request [<!ENTITY e SYSTEM " + kFile + ">]>"), "\"5.4\"",
                       "\"&e;\""));
}

TEST_CASE("Entities: unparsed entity and notation") {
  check_refused(
      with("<!DOCTYPE sr:Request [<!NOTATION n SYSTEM \"n\"><!ENTITY e SYSTEM \"e\" NDATA n>]>"));
}

TEST_CASE("Entities: external DTD by SYSTEM from a file") {
  check_refused(with("<!DOCTYPE sr:Request SYSTEM " + kFile + ">"));
}

TEST_CASE("Entities: external DTD by SYSTEM from the network") {
  check_refused(with("<!DOCTYPE sr:Request SYSTEM " + kUrl + ">"));
}

TEST_CASE("Entities: external DTD by PUBLIC") {
  check_refused(
      with("<!DOCTYPE sr:Request PUBLIC \"-//W3C//DTD XMLSCHEMA 200102//EN\" " + kUrl + ">"));
}

TEST_CASE("Entities: empty DTD") {
  check_refused(with("<!DOCTYPE sr:Request>"));
}

TEST_CASE("Entities: empty internal subset") {
  check_refused(with("<!DOCTYPE sr:Request []>"));
}

TEST_CASE("Entities: DTD that adds a default attribute") {
  check_refused(with("<!DOCTYPE sr:Request [<!ATTLIST sr:Body Id CDATA \"body\">]>"));
}

TEST_CASE("Entities: DTD that declares an ID attribute") {
  check_refused(with("<!DOCTYPE sr:Request [<!ATTLIST sr:Body Id ID #IMPLIED>]>"));
}

TEST_CASE("Entities: DTD that declares elements") {
  check_refused(with("<!DOCTYPE sr:Request [<!ELEMENT sr:Request ANY>]>"));
}

TEST_CASE("Entities: DTD behind a comment and an instruction") {
  check_refused(with("<!-- --><?x?>\n<!DOCTYPE sr:Request>"));
}

TEST_CASE("Entities: DTD after the document element") {
  check_refused(good() + "<!DOCTYPE sr:Request>");
}

TEST_CASE("Entities: DTD within the document element") {
  check_refused(edited(good(), "<sr:Body>", "<!DOCTYPE sr:Request><sr:Body>"));
}

TEST_CASE("Entities: internal parameter entity") {
  check_refused(
      with("<!DOCTYPE sr:Request [<!ENTITY % p \"<!ENTITY e 'Damaged case'>\"> %p;]>", "&e;"));
}

TEST_CASE("Entities: external parameter entity") {
  check_refused(with("<!DOCTYPE sr:Request [<!ENTITY % p SYSTEM " + kUrl + "> %p;]>"));
}

TEST_CASE("Entities: parameter entity that carries a file out") {
  check_refused(with("<!DOCTYPE sr:Request [<!ENTITY % f SYSTEM " + kFile +
                     "><!ENTITY % d SYSTEM " + kUrl + "> %d; %send;]>"));
}

TEST_CASE("Entities: conditional section") {
  check_refused(with("<!DOCTYPE sr:Request [<![INCLUDE[<!ENTITY e \"x\">]]>]>"));
}
