// SPDX-License-Identifier: Apache-2.0
//
// Documents that ask too much of a reader, or mean to confuse it about what is where: sizes,
// namespaces, schema hints, inclusions, instructions.
#include "stage.hpp"

using namespace attacks;

namespace {

constexpr std::size_t kMegabyte = 1 << 20;
// Far above what any of these takes (a fifth of a second), far below what a quadratic parser would,
// also in a build with sanitizers.
constexpr double kAffordable = 10;

const std::string kXsi = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";

// A message whose body element only its sender knows, with anything in it.
std::string free_document(const std::string& content) {
  return messages::request("<sr:Anything>" + content + "</sr:Anything>", messages::kSignature);
}

std::string signed_by_alice(const std::string& document) {
  return signed_by(Player::alice, document);
}

// Alice signs the document with this change.
std::string signed_with(std::string_view from, std::string_view to) {
  return signed_by_alice(edited(unsigned_document(), from, to));
}

std::string numbered(std::string_view before, std::string_view after, std::size_t size) {
  std::string out;
  for (std::size_t i = 0; out.size() < size; ++i)
    out.append(before).append(std::to_string(i)).append(after);
  return out;
}

// Refused whether it was signed so or changed on the way.
void check_refused(std::string_view from, std::string_view to) {
  CHECK(answer(signed_with(from, to)) == Answer::malformed);
  CHECK(answer(edited(good(), from, to)) == Answer::malformed);
}

// Means what it says if it was signed so; changed on the way, it is not what was signed.
void check_covered(std::string_view from, std::string_view to) {
  CHECK(answer(signed_with(from, to)) == Answer::accepted);
  CHECK(answer(edited(good(), from, to)) == Answer::forbidden);
}

}  // namespace

TEST_CASE("Structure: deep nesting") {
  const std::size_t levels = kMegabyte / 8;
  for (const std::string& document :
       {repeated("<a>", levels), messages::request(repeated("<sr:A>", levels)),
        free_document(repeated("<a>", levels) + repeated("</a>", levels))}) {
    CHECK(answer(document) == Answer::malformed);
    CHECK(cost(document) < kAffordable);
  }
}

TEST_CASE("Structure: giant attribute") {
  const std::string giant(kMegabyte, 'x');
  check_refused("<sr:Body>", "<sr:Body a=\"" + giant + "\">");
  check_refused("\"5.4\"", "\"" + giant + "\"");
  CHECK(cost(free_document("<a b=\"" + giant + "\"/>")) < kAffordable);
}

TEST_CASE("Structure: giant text") {
  const std::string giant(kMegabyte, 'x');
  for (const char* value :
       {"dropped", "Hot-shoe", "00-DB-12-34-56-78-90-A2", "8.14.3", ":1000", ">8<"})
    CHECK(cost(edited(good(), value, giant)) < kAffordable);
  check_refused("dropped", giant);
  CHECK(answer_by_built_in_schema(signed_by_alice(free_document("<a>" + giant + "</a>"))) ==
        Answer::accepted);
}

TEST_CASE("Structure: giant number") {
  // Padded and endless, for each type that is a number somewhere.
  const std::string digits(kMegabyte, '1'), zeros(kMegabyte, '0');
  for (const std::string& document :
       {edited(good(), ">8<", ">" + digits + "<"), edited(good(), ":1000", ":" + digits)}) {
    CHECK(answer(document) == Answer::malformed);
    CHECK(cost(document) < kAffordable);
  }
  for (const std::string& document :
       {edited(good(), ">8<", ">" + zeros + "8<"),
        edited(good(), "\"5.4\"", "\"5.4" + digits + '"'),
        edited(good(), "<sr:UserRefID>",
               "<sr:UserRefDateTime>" + digits +
                   "-01-01T00:00:00Z</sr:UserRefDateTime>"
                   "<sr:UserRefID>"),
        edited(good(), "<ds:X509SerialNumber>", "<ds:X509SerialNumber>" + digits)}) {
    CHECK(answer(document) == Answer::forbidden);
    CHECK(cost(document) < kAffordable);
  }
}

TEST_CASE("Structure: giant names") {
  const std::string giant(kMegabyte, 'x');
  CHECK(answer("<" + giant + "/>") == Answer::malformed);
  CHECK(answer(edited(good(), "</sr:Body>", "</sr:" + giant + ">")) == Answer::malformed);
  CHECK(cost(free_document("<" + giant + "/>")) < kAffordable);
  CHECK(answer(edited(good(), "<sr:Body>", "<sr:Body " + giant + "=\"\">")) == Answer::malformed);
}

TEST_CASE("Structure: giant comment and giant instruction") {
  const std::string giant(kMegabyte, 'x');
  CHECK(answer(edited(good(), "<sr:Body>", "<!--" + giant + "--><sr:Body>")) == Answer::accepted);
  check_covered("<sr:Body>", "<?p " + giant + "?><sr:Body>");
}

TEST_CASE("Structure: hundreds of thousands of elements") {
  CHECK(cost(free_document(repeated("<a/>", kMegabyte / 4))) < kAffordable);
  const std::string document =
      edited(good(), "<sr:UserRefID>",
             repeated("<sr:UserRefID></sr:UserRefID>", 30'000) + "<sr:UserRefID>");
  CHECK(answer(document) == Answer::malformed);
  CHECK(cost(document) < kAffordable);
}

TEST_CASE("Structure: thousands of made-up element names") {
  const std::string document = free_document(numbered("<n", "/>", kMegabyte));
  CHECK(answer(document) == Answer::malformed);
  CHECK(cost(document) < kAffordable);
}

TEST_CASE("Structure: a value in a hundred thousand pieces") {
  for (const char* piece : {"x<!---->", "<![CDATA[x]]>", "&#120;", "<?p?>x"})
    CHECK(cost(free_document("<a>" + repeated(piece, 100'000) + "</a>")) < kAffordable);
}

TEST_CASE("Structure: many attributes") {
  const std::string many = numbered(" a", "=\"\"", kMegabyte);
  const std::string document = edited(good(), "<sr:Body>", "<sr:Body" + many + ">");
  CHECK(answer(document) == Answer::malformed);
  CHECK(cost(document) < kAffordable);
  CHECK(cost(free_document("<a" + many + "/>")) < kAffordable);
}

TEST_CASE("Structure: many namespaces") {
  const std::string many = numbered(" xmlns:p", "=\"urn:x\"", kMegabyte);
  for (const std::string& document :
       {edited(good(), "<sr:Body>", "<sr:Body" + many + ">"), free_document("<a" + many + "/>")}) {
    CHECK(answer(document) == Answer::malformed);
    CHECK(cost(document) < kAffordable);
  }
}

TEST_CASE("Structure: many namespace names in one document") {
  const std::string document = free_document(numbered("<a xmlns:p=\"urn:", "\"/>", kMegabyte));
  CHECK(cost(document) < kAffordable);
}

TEST_CASE("Structure: duplicate attribute") {
  CHECK(answer(edited(good(), " schemaVersion", " schemaVersion=\"5.4\" schemaVersion")) ==
        Answer::malformed);
  CHECK(answer(edited(good(), "URI=\"\"", "URI=\"\" URI=\"\"")) == Answer::malformed);
}

TEST_CASE("Structure: duplicate attribute by two prefixes of one namespace") {
  CHECK(answer(edited(good(), "<sr:Body>",
                      "<sr:Body xmlns:a=\"urn:x\" xmlns:b=\"urn:x\" a:v=\"1\" b:v=\"2\">")) ==
        Answer::malformed);
  CHECK(answer(free_document("<a xmlns:a='urn:x' xmlns:b='urn:x' a:v='1' b:v='2'/>")) ==
        Answer::malformed);
}

TEST_CASE("Structure: duplicate namespace declaration") {
  CHECK(answer(edited(good(), "<sr:Body>", "<sr:Body xmlns:a=\"urn:a\" xmlns:a=\"urn:b\">")) ==
        Answer::malformed);
}

TEST_CASE("Structure: attribute where none is allowed") {
  for (const char* element : {"sr:Header", "sr:RequestID", "sr:CommandVariant", "sr:Body",
                              "sr:CHFFaultReturn", "sr:DeviceID"})
    for (const char* attribute : {" a=\"\"", " Id=\"x\"", " schemaVersion=\"5.4\"",
                                  " xml:lang=\"en\"", " xml:id=\"x\"", " xml:base=\"urn:x\""}) {
      CAPTURE(element, attribute);
      const std::string tag = "<" + std::string(element);
      check_refused(tag + ">", tag + attribute + ">");
    }
}

TEST_CASE("Structure: schemaVersion in a namespace") {
  check_refused(" schemaVersion=", " sr:schemaVersion=");
  check_refused(" schemaVersion=", " sr:schemaVersion=\"2.0\" schemaVersion=");
}

TEST_CASE("Structure: XInclude of a file") {
  const std::string include =
      "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/hostname\""
      " parse=\"text\"/>";
  check_refused(">dropped<", ">" + include + "<");
  check_refused("<sr:Body>", "<sr:Body>" + include);
  check_refused("<sr:Header>", include + "<sr:Header>");
  // An element like any other where anything may stand.
  CHECK(answer_by_built_in_schema(signed_by_alice(free_document(include))) == Answer::accepted);
}

TEST_CASE("Structure: schemaLocation that points elsewhere") {
  // Never opened: a schema of the sender's own would let anything pass.
  check_covered(" schemaVersion",
                kXsi +
                    " xsi:schemaLocation=\"http://www.dccinterface.co.uk/ServiceUserGateway"
                    " http://127.0.0.1:9/evil.xsd\" schemaVersion");
  check_refused("<sr:Body>",
                "<sr:Body" + kXsi +
                    " xsi:schemaLocation=\"urn:x file:///etc/hostname\"><evil xmlns=\"urn:x\"/>");
}

TEST_CASE("Structure: noNamespaceSchemaLocation that points elsewhere") {
  check_covered(" schemaVersion",
                kXsi + " xsi:noNamespaceSchemaLocation=\"file:///etc/hostname\" schemaVersion");
  check_refused("<sr:Body>", "<sr:Body" + kXsi +
                                 " xsi:noNamespaceSchemaLocation=\"file:///etc/hostname\"><evil/>");
}

TEST_CASE("Structure: schemaLocation without end") {
  const std::string document = edited(
      good(), " schemaVersion",
      kXsi + " xsi:schemaLocation=\"" + repeated("urn:a b ", kMegabyte / 8) + "\" schemaVersion");
  CHECK(answer(document) == Answer::forbidden);
  CHECK(cost(document) < kAffordable);
}

TEST_CASE("Structure: xsi:type that takes the rules away") {
  // Of every element of the message: a type that allows more than its own.
  for (const char* element :
       {"sr:Request", "sr:Header", "sr:RequestID", "sr:CommandVariant", "sr:ServiceReference",
        "sr:ServiceReferenceVariant", "sr:Body", "sr:CHFFaultReturn", "sr:DeviceID",
        "sr:CHFFaultReturnType", "sr:UserRefID", "sr:CHFFaultReason"})
    for (const char* type : {"xs:anyType", "xs:anySimpleType", "xs:string"}) {
      CAPTURE(element, type);
      const std::string tag = "<" + std::string(element);
      check_refused(tag, tag + kXsi + " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xsi:type=\"" +
                             type + "\"");
    }
}

TEST_CASE("Structure: xsi:type that substitutes another type of the schema") {
  for (const char* type : {"sr:EUI", "sr:Request", "sr:Response", "sr:Nothing", "nothing"})
    for (const char* element : {"<sr:Request", "<sr:UserRefID", "<sr:CHFFaultReturn"}) {
      CAPTURE(element, type);
      check_refused(element, element + kXsi + " xsi:type=\"" + type + "\"");
    }
}

TEST_CASE("Structure: xsi:nil that empties a value") {
  for (const char* value :
       {"<sr:DeviceID>00-DB-12-34-56-78-90-A2", "<sr:UserRefID>Van 7", "<sr:CommandVariant>8"}) {
    const std::string element = std::string(value).substr(0, std::string(value).find('>'));
    check_refused(value, element + kXsi + " xsi:nil=\"true\">");
    check_refused(element, element + kXsi + " xsi:nil=\"true\"");
  }
  check_refused("<sr:Request", "<sr:Request" + kXsi + " xsi:nil=\"true\"");
}

TEST_CASE("Structure: processing instructions") {
  // Part of what is signed, never obeyed.
  for (const char* instruction : {"<?php system('id') ?>", "<?p?>", "<?sr:Body?>"}) {
    if (std::string_view(instruction).find(':') != std::string_view::npos) {
      check_refused("<sr:Body>", instruction + std::string("<sr:Body>"));
      continue;
    }
    check_covered("<sr:Body>", instruction + std::string("<sr:Body>"));
    check_covered("dropped", "drop" + std::string(instruction) + "ped");
    CHECK(answer(instruction + good()) == Answer::forbidden);
    CHECK(answer(good() + instruction) == Answer::forbidden);
    CHECK(answer(signed_by_alice(instruction + unsigned_document())) == Answer::accepted);
  }
}

TEST_CASE("Structure: xml-stylesheet") {
  const std::string instruction =
      "<?xml-stylesheet type=\"text/xsl\" href=\"http://127.0.0.1:9/evil.xsl\"?>";
  CHECK(answer(instruction + good()) == Answer::forbidden);
  CHECK(answer(signed_by_alice(instruction + unsigned_document())) == Answer::accepted);
}

TEST_CASE("Structure: instruction within the Signature") {
  CHECK(answer(edited(good(), "<ds:SignedInfo>", "<ds:SignedInfo><?p?>")) == Answer::forbidden);
  CHECK(answer(edited(good(), "<ds:DigestValue>", "<ds:DigestValue><?p?>")) == Answer::forbidden);
}

TEST_CASE("Structure: namespace prefix redefined below") {
  // The prefix means something else there, so the element is another one.
  check_refused("<sr:Body>", "<sr:Body xmlns:sr=\"urn:evil\">");
  check_refused("<sr:DeviceID>", "<sr:DeviceID xmlns:sr=\"urn:evil\">");
  // Redefined to what it was: superfluous, and canonical XML leaves it out.
  CHECK(answer(edited(good(), "<sr:Body>",
                      "<sr:Body xmlns:sr=\"http://www.dccinterface.co.uk/ServiceUserGateway\">")) ==
        Answer::accepted);
}

TEST_CASE("Structure: another prefix for the same namespace") {
  // The same names, but not the same canonical octets: whoever signed them wrote them so.
  std::string document = unsigned_document();
  document = edited(document, "<sr:DeviceID>",
                    "<x:DeviceID xmlns:x=\"http://www.dccinterface.co.uk/ServiceUserGateway\">");
  document = edited(document, "</sr:DeviceID>", "</x:DeviceID>");
  CHECK(answer(signed_by_alice(document)) == Answer::accepted);
  document = edited(good(), "<sr:DeviceID>",
                    "<x:DeviceID xmlns:x=\"http://www.dccinterface.co.uk/ServiceUserGateway\">");
  CHECK(answer(edited(document, "</sr:DeviceID>", "</x:DeviceID>")) == Answer::forbidden);
}

TEST_CASE("Structure: default namespace tricks") {
  // Elements of no namespace, and of another by default.
  check_refused("<sr:UserRefID>Van 7</sr:UserRefID>", "<UserRefID>Van 7</UserRefID>");
  check_refused("<sr:UserRefID>Van 7</sr:UserRefID>",
                "<UserRefID xmlns=\"urn:evil\">Van 7</UserRefID>");
  // A default namespace that nobody uses.
  check_covered("<sr:Body>", "<sr:Body xmlns=\"urn:evil\">");
  // Undeclaring a prefix is for XML 1.1.
  check_refused("<sr:Body>", "<sr:Body xmlns:sr=\"\">");
}

TEST_CASE("Structure: namespace name that only looks the same") {
  for (const char* name : {"http://www.dccinterface.co.uk/ServiceUserGateway/",
                           "HTTP://www.dccinterface.co.uk/ServiceUserGateway",
                           "http://www.dccinterface.co.uk/ServiceUserGatewa%79",
                           "http://www.dccinterface.co.uk/serviceusergateway"})
    check_refused("http://www.dccinterface.co.uk/ServiceUserGateway", name);
  // By reference it is the same.
  CHECK(answer(edited(good(), "ServiceUserGateway", "ServiceUserGatewa&#x79;")) ==
        Answer::accepted);
}

TEST_CASE("Structure: reserved prefixes") {
  check_refused("<sr:Body>", "<sr:Body xmlns:xml=\"urn:evil\">");
  check_refused("<sr:Body>", "<sr:Body xmlns:xmlns=\"urn:evil\">");
  check_refused("<sr:Body>", "<sr:Body xmlns:a=\"http://www.w3.org/XML/1998/namespace\">");
  check_refused("<sr:Body>", "<sr:Body xmlns=\"http://www.w3.org/2000/xmlns/\">");
}

TEST_CASE("Structure: relative namespace name") {
  // Canonical XML is not defined for documents that have one.
  CHECK(answer(edited(good(), "<sr:Body>", "<sr:Body xmlns:a=\"evil\">")) == Answer::malformed);
}

TEST_CASE("Structure: second document element") {
  CHECK(answer(good() + good()) == Answer::malformed);
  CHECK(answer(good() + "<evil/>") == Answer::malformed);
  CHECK(answer("<evil/>" + good()) == Answer::malformed);
}

TEST_CASE("Structure: text outside the document element") {
  CHECK(answer(good() + "x") == Answer::malformed);
  CHECK(answer("x" + good()) == Answer::malformed);
  CHECK(answer(good() + "<![CDATA[x]]>") == Answer::malformed);
  CHECK(answer(good() + "&#32;") == Answer::malformed);
}

TEST_CASE("Structure: message within a message") {
  const std::string inner =
      edited(without(good(), "<ds:Signature", "</ds:Signature>"), ":1000", ":2000");
  check_refused("<sr:Body>", "<sr:Body>" + inner);
  // A body of which the built-in schema knows nothing: it is no return, and the RequestID is the
  // outer one (answer() has compared).
  CHECK(answer_by_built_in_schema(
            signed_by_alice(messages::request(inner, messages::kSignature))) == Answer::accepted);
}

TEST_CASE("Structure: second Header and second Body") {
  const std::string header = part(good(), "<sr:Header>", "</sr:Header>");
  const std::string body = part(good(), "<sr:Body>", "</sr:Body>");
  check_refused(header, header + header);
  check_refused(body, body + body);
  check_refused(header, header + body + header);
  check_refused(body + "<ds:", body + "<ds:Extra xmlns:ds=\"urn:x\"/>" + "<ds:");
}

TEST_CASE("Structure: second RequestID") {
  const std::string id = part(good(), "<sr:RequestID>", "</sr:RequestID>");
  check_refused(id, id + id);
}

TEST_CASE("Structure: Response in the place of a Request") {
  std::string document = edited(good(), "<sr:Request ", "<sr:Response ");
  CHECK(answer(edited(document, "</sr:Request>", "</sr:Response>")) == Answer::malformed);
}
