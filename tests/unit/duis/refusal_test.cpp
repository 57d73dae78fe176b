// SPDX-License-Identifier: Apache-2.0
//
// Messages that the reader refuses, and what it says. (Signatures: signature_profile_test.cpp.)
#include <catch2/catch.hpp>

#include "duis/reader.hpp"
#include "messages.hpp"

using dcc::duis::Reader;
using dcc::duis::Refusal;
using dcc::duis::Schema;
using messages::edited;

namespace {

// What the reader says; checks that it is one line, and that the same reader reads on.
std::string refusal(Reader& reader, std::string_view octets) {
  INFO(octets.substr(0, 4000));
  REQUIRE(reader.read(octets) == nullptr);
  const Refusal refusal = reader.refusal();
  CHECK(refusal.kind == Refusal::Kind::malformed);
  CHECK_FALSE(refusal.text.empty());
  CHECK(refusal.text.find('\n') == std::string::npos);
  REQUIRE(reader.read(messages::request(messages::kFaultReturn)) != nullptr);
  return refusal.text;
}

std::string refusal(std::string_view octets) {
  std::string text;
  for (Reader& reader : messages::readers()) {
    const std::string said = refusal(reader, octets);
    if (text.empty()) text = said;  // the built-in schema's
  }
  return text;
}

std::string free_body(std::string_view content) {
  return messages::request("<sr:Anything>" + std::string(content) + "</sr:Anything>");
}

const std::string kGood = messages::request(messages::kFaultReturn);

using Catch::Contains;

}  // namespace

TEST_CASE("what is not XML is refused") {
  CHECK_FALSE(refusal("").empty());
  CHECK_FALSE(refusal(" ").empty());
  CHECK_FALSE(refusal("{}").empty());
  CHECK_FALSE(refusal("<").empty());
  CHECK_FALSE(refusal("\xEF\xBB\xBF").empty());
  CHECK_FALSE(refusal("<?xml version=\"1.0\"?>").empty());
  CHECK_FALSE(refusal("<!-- -->").empty());
}

TEST_CASE("a value that is not of its type is refused with the place where it stands") {
  CHECK_THAT(refusal(edited(kGood, "schemaVersion=\"5.4\"", "schemaVersion=\"5.3a\"")),
             Contains("attribute schemaVersion: "));
  // Every leaf: with a text that is longer than any may have.
  for (std::size_t end = 0; (end = kGood.find("</", end)) != std::string::npos; ++end) {
    const std::size_t begin = kGood.rfind('>', end) + 1;
    if (begin == end || kGood[begin - 2] == '/') continue;
    const std::string name = kGood.substr(end + 2, kGood.find('>', end) - end - 2);
    CAPTURE(name);
    const std::string text(201, 'x');
    CHECK_THAT(refusal(std::string(kGood).replace(begin, end - begin, text)),
               Contains("in " + name + ": "));
    end = kGood.find('>', end);
  }
}

TEST_CASE("what is not well-formed is refused") {
  CHECK_FALSE(refusal(kGood + "x").empty());
  CHECK_FALSE(refusal(kGood + kGood).empty());
  CHECK_FALSE(refusal(kGood + "<?xml version=\"1.0\"?>").empty());
  CHECK_FALSE(refusal("x" + kGood).empty());
  CHECK_FALSE(refusal(" <?xml version=\"1.0\"?>" + kGood).empty());
  CHECK_FALSE(refusal("<?xml?>" + kGood).empty());
  CHECK_FALSE(refusal("<?xml version=\"1.0\" standalone=\"perhaps\"?>" + kGood).empty());
  CHECK_FALSE(refusal(kGood.substr(0, kGood.size() - 1)).empty());
  CHECK_FALSE(refusal(edited(kGood, "</sr:Body>", "</sr:Bodi>")).empty());
  CHECK_FALSE(refusal(edited(kGood, "</sr:Body>", "")).empty());
  CHECK_FALSE(refusal(edited(kGood, "<sr:Body>", "<sr:Body a=\"<\">")).empty());
  CHECK_FALSE(refusal(edited(kGood, "<sr:Body>", "<sr:Body a=b>")).empty());
  CHECK_FALSE(refusal(edited(kGood, "<sr:Body>", "<sr:Body <")).empty());
  CHECK_FALSE(refusal(edited(kGood, "<sr:Body>", "<sr:Body><!-- -- -->")).empty());
  CHECK_FALSE(refusal(edited(kGood, "<sr:Body>", "<sr:Body><?xml a?>")).empty());
  CHECK_FALSE(refusal(edited(kGood, "<sr:Body>", "<sr:Body><?XmL a?>")).empty());
  CHECK_FALSE(refusal(edited(kGood, "<sr:Body>", "<sr:Body><? a?>")).empty());
  CHECK_FALSE(refusal(edited(kGood, ">dropped<", ">]]><")).empty());
  CHECK_FALSE(refusal(edited(kGood, ">dropped<", ">a & b<")).empty());
  CHECK_FALSE(refusal(edited(kGood, ">dropped<", "><![CDATA[<")).empty());
}

TEST_CASE("names that do not fit their namespaces are refused") {
  CHECK_FALSE(refusal(free_body("<x:a/>")).empty());
  CHECK_FALSE(refusal(free_body("<a x:b='1'/>")).empty());
  CHECK_FALSE(refusal(free_body("<sr:a:b/>")).empty());
  CHECK_FALSE(refusal(free_body("<:a/>")).empty());
  CHECK_FALSE(refusal(free_body("<sr:/>")).empty());
  CHECK_FALSE(refusal(free_body("<a xmlns:x=''/>")).empty());
  CHECK_FALSE(refusal(free_body("<a xmlns:xmlns='urn:x'/>")).empty());
  CHECK_FALSE(refusal(free_body("<a xmlns:xml='urn:x'/>")).empty());
  CHECK_FALSE(refusal(free_body("<a xmlns='http://www.w3.org/2000/xmlns/'/>")).empty());
  CHECK_FALSE(refusal(free_body("<a xmlns='http://www.w3.org/XML/1998/namespace'/>")).empty());
  CHECK_FALSE(refusal(free_body("<a xmlns:x='http://www.w3.org/XML/1998/namespace' x:lang='en'/>"))
                  .empty());
  CHECK_FALSE(refusal(free_body("<?a:b c?>")).empty());
}

TEST_CASE("an attribute that stands twice is refused") {
  CHECK_FALSE(
      refusal(edited(kGood, " schemaVersion", " schemaVersion=\"5.4\" schemaVersion")).empty());
  CHECK_FALSE(refusal(free_body("<a b='1' b='1'/>")).empty());
  CHECK_FALSE(refusal(free_body("<a xmlns:x='urn:x' xmlns:y='urn:x' x:b='1' y:b='2'/>")).empty());
  CHECK_FALSE(refusal(free_body("<a xmlns:x='urn:x' xmlns:x='urn:x'/>")).empty());
}

TEST_CASE("a document type is refused, whatever it says") {
  const std::string doctype = GENERATE(values<std::string>({
      "<!DOCTYPE Request>",
      "<!DOCTYPE sr:Request SYSTEM \"file:///etc/hostname\">",
      "<!DOCTYPE sr:Request PUBLIC \"x\" \"http://127.0.0.1:9/x.dtd\">",
      "<!DOCTYPE sr:Request [<!ENTITY e \"x\">]>",
      "<!DOCTYPE sr:Request [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>",
      "<!DOCTYPE sr:Request [<!ENTITY % e SYSTEM \"file:///etc/hostname\"> %e;]>",
      "<!DOCTYPE sr:Request [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]>",
      "<!DOCTYPE sr:Request [<!ATTLIST sr:Body a CDATA \"added\">]>",
  }));
  CAPTURE(doctype);
  CHECK_THAT(refusal(doctype + kGood), Contains("line 1") || Contains("external"));
  CHECK_FALSE(refusal(doctype + edited(kGood, "dropped", "&e;")).empty());
}

TEST_CASE("a reference to an entity that XML does not define is refused") {
  for (const char* reference : {"&e;", "&nbsp;", "&LT;", "&amp", "&;", "& ;"}) {
    CAPTURE(reference);
    CHECK_FALSE(refusal(edited(kGood, "dropped", reference)).empty());
    CHECK_FALSE(refusal(free_body("<sr:a b='" + std::string(reference) + "'/>")).empty());
  }
}

TEST_CASE("a reference to what is not a character is refused") {
  for (const char* reference : {"&#0;",
                                "&#x0;",
                                "&#1;",
                                "&#xB;",
                                "&#x1F;",
                                "&#xD800;",
                                "&#xDBFF;",
                                "&#xDC00;",
                                "&#xDFFF;",
                                "&#xD83D;&#xDE00;",
                                "&#xFFFE;",
                                "&#xFFFF;",
                                "&#x110000;",
                                "&#xFFFFFFFF;",
                                "&#x100000041;",
                                "&#4294967361;",
                                "&#18446744073709551681;",
                                "&#x;",
                                "&#;",
                                "&#xG;",
                                "&#A;",
                                "&#-1;",
                                "&#x41"}) {
    CAPTURE(reference);
    CHECK_FALSE(refusal(edited(kGood, "dropped", reference)).empty());
    CHECK_FALSE(refusal(free_body("<sr:a b='" + std::string(reference) + "'/>")).empty());
  }
}

TEST_CASE("octets that are not UTF-8 are refused") {
  const std::string octets = GENERATE(values<std::string>({
      "\x80",                      // a continuation alone
      "\xC3",                      // cut short
      "\xC3 ",                     //
      "\xE2\x82",                  //
      "\xE2\x82 ",                 //
      "\xF0\x9F\x98",              //
      "\xC0\x80",                  // overlong NUL
      "\xC1\x81",                  // overlong A
      "\xC0\xBC",                  // overlong <
      "\xE0\x80\xBC",              // overlong <
      "\xE0\x9F\xBF",              // overlong U+07FF
      "\xF0\x80\x80\xBC",          // overlong <
      "\xF0\x8F\xBF\xBD",          // overlong U+FFFD
      "\xED\xA0\x80",              // surrogate U+D800
      "\xED\xBF\xBF",              // surrogate U+DFFF
      "\xED\xA0\xBD\xED\xB8\x80",  // a pair of surrogates
      "\xF4\x90\x80\x80",          // beyond U+10FFFF
      "\xF5\x80\x80\x80",          //
      "\xF8\x88\x80\x80\x80",      // five octets
      "\xFC\x84\x80\x80\x80\x80",
      "\xFE",
      "\xFF",
      "\xEF\xBF\xBE",  // U+FFFE, not a character
      "\xEF\xBF\xBF",  // U+FFFF
      "\xE9",          // Latin 1
      "\x01",
      "\x1B",
      "\x0B",
  }));
  CAPTURE(octets);
  CHECK_FALSE(refusal(edited(kGood, "dropped", octets)).empty());
  CHECK_FALSE(refusal(free_body("<sr:a b='" + octets + "'/>")).empty());
  CHECK_FALSE(refusal(free_body("<sr:a" + octets + "/>")).empty());
  CHECK_FALSE(refusal(free_body("<!--" + octets + "-->")).empty());
  CHECK_FALSE(refusal(free_body("<?a " + octets + "?>")).empty());
  CHECK_FALSE(refusal(free_body("<![CDATA[" + octets + "]]>")).empty());
}

TEST_CASE("a NUL is refused wherever it stands") {
  const std::string nul(1, '\0');
  const auto said = Contains("NUL");
  CHECK_THAT(refusal(nul), said);
  CHECK_THAT(refusal(nul + kGood), said);
  CHECK_THAT(refusal(kGood + nul), said);
  CHECK_THAT(refusal(edited(kGood, "dropped", nul)), said);
}

TEST_CASE("encodings other than UTF-8 are refused, declared or not") {
  for (const char* encoding : {"ISO-8859-1", "US-ASCII", "UTF-16", "UTF-16LE", "UTF-32", "UCS-4",
                               "EBCDIC-CP-US", "IBM1047", "windows-1252", "UTF8", "x", "UTF-7"}) {
    CAPTURE(encoding);
    CHECK_THAT(
        refusal("<?xml version=\"1.0\" encoding=\"" + std::string(encoding) + "\"?>" + kGood),
        Contains("ncoding"));
  }
  // UTF-16 and UTF-32, both orders, with and without a mark.
  for (const std::size_t width : {2u, 4u}) {
    for (const std::size_t place : {std::size_t{0}, width - 1}) {
      std::string mark(width, '\0'), octets;
      mark[place] = '\xFF';
      mark[place == 0 ? 1 : width - 2] = '\xFE';
      for (const char c : kGood) {
        std::string unit(width, '\0');
        unit[place] = c;
        octets += unit;
      }
      CHECK_FALSE(refusal(octets).empty());
      CHECK_FALSE(refusal(mark + octets).empty());
    }
  }
  // UTF-16 that holds no NUL.
  CHECK_FALSE(refusal("\xFF\xFE<\x01<\x01>\x01").empty());
  // EBCDIC: <?xml
  CHECK_FALSE(refusal("\x4C\x6F\xA7\x94\x93\x40").empty());
}

TEST_CASE("a second byte order mark is text, and refused outside the document element") {
  CHECK_FALSE(refusal("\xEF\xBB\xBF\xEF\xBB\xBF" + kGood).empty());
  CHECK_FALSE(refusal(kGood + "\xEF\xBB\xBF").empty());
}

TEST_CASE("other versions of XML are refused") {
  for (const char* version : {"1.1", "1.2", "2.0", "", "1", "1.00", "0.9"}) {
    CAPTURE(version);
    CHECK_THAT(refusal("<?xml version=\"" + std::string(version) + "\"?>" + kGood),
               Contains("ersion"));
  }
}

TEST_CASE("elements nested beyond the limit are refused") {
  for (const std::size_t levels : {Reader::kMaxDepth - 1, Reader::kMaxDepth, std::size_t{100000}}) {
    std::string body;
    for (std::size_t i = 0; i < levels; ++i) body += "<sr:A>";
    for (std::size_t i = 0; i < levels; ++i) body += "</sr:A>";
    Reader reader(*Schema::built_in());
    CHECK_THAT(refusal(reader, messages::request(body)), Contains("nested deeper than 64"));
  }
}

TEST_CASE("names that the schema does not know are limited in number") {
  Reader reader(*Schema::built_in());
  const auto names = [](std::size_t from, std::size_t count) {
    std::string content;
    for (std::size_t i = from; i < from + count; ++i) content += "<n" + std::to_string(i) + "/>";
    return free_body(content);
  };
  // The body element is one of them. What other messages had does not count.
  for (std::size_t from = 0; from < 3000; from += 1000)
    CHECK(reader.read(names(from, Reader::kMaxUnknownNames - 1)) != nullptr);
  CHECK_THAT(refusal(reader, names(10000, Reader::kMaxUnknownNames + 1)),
             Contains("more than 1000 n"));
  CHECK(reader.read(names(20000, Reader::kMaxUnknownNames - 1)) != nullptr);
  // Nor what is repeated.
  std::string repeated;
  for (int i = 0; i < 5000; ++i) repeated += "<a><b/></a>";
  CHECK(reader.read(free_body(repeated)) != nullptr);
}

TEST_CASE("namespace declarations are limited in number") {
  Reader reader(*Schema::built_in());
  const auto declarations = [](std::size_t count) {
    std::string start = "<a";
    for (std::size_t i = 0; i < count; ++i) start += " xmlns:p" + std::to_string(i) + "='urn:x'";
    return free_body("<b>" + start + "/></b>" + start + "/>");
  };
  // The prefix sr is one of them.
  CHECK(reader.read(declarations(Reader::kMaxNamespaces - 1)) != nullptr);
  CHECK_THAT(refusal(reader, declarations(Reader::kMaxNamespaces)),
             Contains("more than 100 namespace declarations"));
}

TEST_CASE("a namespace name that is not an absolute URI is refused") {
  for (const char* name : {"relative", "a/b", "../x", "#x", "?x", "x/y:z", "#a:b", "?a:b", ":x",
                           "1a:b", " urn:x", "%75rn:x", "//host/x"}) {
    CAPTURE(name);
    Reader reader(*Schema::built_in());
    CHECK_THAT(refusal(reader, free_body("<a xmlns='" + std::string(name) + "'/>")),
               Contains("absolute URI") && Contains(name));
    CHECK_THAT(refusal(reader, free_body("<a xmlns:p='" + std::string(name) + "'/>")),
               Contains("absolute URI"));
  }
}

TEST_CASE("a document element other than a DUIS Request or Response is refused") {
  Reader reader(*Schema::built_in());
  CHECK_FALSE(refusal("<a/>").empty());
  CHECK_FALSE(refusal("<Request/>").empty());
  CHECK_FALSE(
      refusal("<Request xmlns='urn:x' schemaVersion='5.4'><Header/><Body/></Request>").empty());
  CHECK_FALSE(refusal(std::string(messages::kSignature)).empty());
  // Declared by the schema, but not a message.
  const std::string body = edited(std::string(messages::kNoFaultReturn), "<sr:CHFNoFaultReturn",
                                  "<sr:CHFNoFaultReturn xmlns:sr="
                                  "\"http://www.dccinterface.co.uk/ServiceUserGateway\"");
  CHECK_THAT(refusal(reader, body), Contains("CHFNoFaultReturn") && Contains("Request"));
}

TEST_CASE("what the schema forbids is refused, with line and column") {
  struct Case {
    const char* what;
    std::string octets;
    const char* named;
  };
  const Case cases[] = {
      {"no schemaVersion", edited(kGood, " schemaVersion=\"5.4\"", ""), "schemaVersion"},
      {"schemaVersion not a number", edited(kGood, "\"5.4\"", "\"new\""), ""},
      {"schemaVersion empty", edited(kGood, "\"5.4\"", "\"\""), ""},
      {"an attribute too many", edited(kGood, "<sr:Body>", "<sr:Body a=\"1\">"), "a"},
      {"a namespaced attribute too many", edited(kGood, "<sr:Body>", "<sr:Body xml:lang=\"en\">"),
       "lang"},
      {"no Header", edited(edited(kGood, "<sr:Header>", "<!--"), "</sr:Header>", "-->"), "Body"},
      {"no Body", kGood.substr(0, kGood.find("<sr:Body>")) + "</sr:Request>", ""},
      {"an empty Body", messages::request(""), ""},
      {"two bodies",
       messages::request(std::string(messages::kNoFaultReturn) +
                         std::string(messages::kNoFaultReturn)),
       "CHFNoFaultReturn"},
      {"a body of no namespace", messages::request("<CHFFaultReturn/>"), "CHFFaultReturn"},
      {"text between elements", edited(kGood, "<sr:Body>", "<sr:Body>x"), ""},
      {"a reference to a space between elements", edited(kGood, "<sr:Body>", "<sr:Body>&#120;"),
       ""},
      {"an element within a value", edited(kGood, ">dropped<", "><sr:A/><"), ""},
      {"no RequestID", edited(edited(kGood, "<sr:RequestID>", "<!--"), "</sr:RequestID>", "-->"),
       "CommandVariant"},
      {"RequestID spaced within", edited(kGood, ":1000", ": 1000"), ": 1000"},
      {"RequestID without counter", edited(kGood, ":1000", ":"), ""},
      {"RequestID with a leading zero", edited(kGood, ":1000", ":01000"), ":01000"},
      {"two RequestIDs",
       edited(kGood, "<sr:RequestID>",
              "<sr:RequestID>90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1</sr:RequestID>"
              "<sr:RequestID>"),
       "RequestID"},
      {"CommandVariant 0", edited(kGood, ">8<", ">0<"), "0"},
      {"CommandVariant 10", edited(kGood, ">8<", ">10<"), "10"},
      {"CommandVariant not a number", edited(kGood, ">8<", ">eight<"), "eight"},
      {"CommandVariant -8", edited(kGood, ">8<", ">-8<"), "-8"},
      {"no DeviceID", edited(kGood, "<sr:DeviceID>00-DB-12-34-56-78-90-A2</sr:DeviceID>", ""),
       "OtherDeviceID"},
      {"DeviceID not an EUI", edited(kGood, "00-DB-12-34-56-78-90-A2", "00-DB"), "00-DB"},
      {"a value not of the list", edited(kGood, "Hot-shoe", "Warm-shoe"), "Warm-shoe"},
      {"a list value with a space before it", edited(kGood, ">Hot-shoe", "> Hot-shoe"),
       " Hot-shoe"},
      {"UserRefID too long", edited(kGood, "Van 7", "01234567890123456789012345"),
       "01234567890123456789012345"},
      {"AdditionalInformation too long", edited(kGood, "dropped", std::string(201, 'x')), "xxx"},
      {"order",
       edited(edited(kGood, "<sr:UserRefID>Van 7</sr:UserRefID>", ""), "<sr:CHFConnectionMethod>",
              "<sr:UserRefID>Van 7</sr:UserRefID><sr:CHFConnectionMethod>"),
       "UserRefID"},
      {"a date that is none",
       edited(kGood, "<sr:UserRefID>",
              "<sr:UserRefDateTime>yesterday</sr:UserRefDateTime><sr:UserRefID>"),
       "yesterday"},
      {"an unknown element", edited(kGood, "<sr:UserRefID>Van 7</sr:UserRefID>", "<sr:X/>"), "X"},
      {"an element of another namespace",
       edited(kGood, "<sr:UserRefID>Van 7</sr:UserRefID>", "<UserRefID>Van 7</UserRefID>"),
       "UserRefID"},
      {"xsi:nil",
       edited(kGood, "<sr:UserRefID>Van 7",
              "<sr:UserRefID xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
              " xsi:nil=\"true\">"),
       ""},
      {"an unrelated xsi:type",
       edited(kGood, "<sr:UserRefID>",
              "<sr:UserRefID xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
              " xsi:type=\"sr:EUI\">"),
       "EUI"},
      {"an unknown xsi:type",
       edited(kGood, "<sr:UserRefID>",
              "<sr:UserRefID xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
              " xsi:type=\"sr:Nothing\">"),
       "Nothing"},
      {"a response code that is none", edited(messages::response(), ">I99<", ">99<"), "99"},
      {"a response without a time",
       edited(messages::response(),
              "<sr:ResponseDateTime>2026-11-24T03:05:42.123Z</sr:ResponseDateTime>", ""),
       ""},
      {"something after the body that is not a Signature",
       messages::request(messages::kFaultReturn, "<sr:Extra/>"), "Extra"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    CHECK_THAT(refusal(c.octets), Contains(c.named) && Contains("line 1, column "));
  }
}

TEST_CASE("xsi:type and xsi:nil are refused where the schema says nothing, too") {
  Reader reader(*Schema::built_in());
  const auto with = [](std::string_view attribute) {
    return free_body("<A xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" " +
                     std::string(attribute) + "/>");
  };
  CHECK_THAT(refusal(reader, with("i:type=\"sr:EUI\"")), Contains("i:type"));
  CHECK_THAT(refusal(reader, with("i:nil=\"false\"")), Contains("i:nil"));
  CHECK(reader.read(free_body("<A type=\"sr:EUI\" nil=\"true\"/>")) != nullptr);
}

TEST_CASE("nothing of a refused message changes how the next is read") {
  // Line ends in XML 1.1, text in XML 1.0; and a reference that only XML 1.1 knows.
  const std::string text = "\xC2\x85\xE2\x80\xA8";
  for (const char* declaration :
       {"<?xml version=\"1.1\"?>", "<?xml version=\"1.1\" encoding=\"UTF-8\"?>",
        "<?xml version=\"1.1\" encoding=\"UTF-16\"?>", "<?xml version=\"1.1\" standalone=\"yes\"?>",
        "<?xml version=\"1.1\" x", "<?xml version=\"1.2\"?>"}) {
    CAPTURE(declaration);
    Reader reader(*Schema::built_in());
    REQUIRE(reader.read(declaration + kGood) == nullptr);
    const auto* message = reader.read(edited(kGood, "dropped", text));
    REQUIRE(message != nullptr);
    CHECK(message->items.back().value == text);
    REQUIRE(reader.read(declaration + kGood) == nullptr);
    CHECK(reader.read(edited(kGood, "dropped", "&#1;")) == nullptr);
  }
}

TEST_CASE("line and column are those of the message") {
  Reader reader(*Schema::built_in());
  CHECK_THAT(refusal(reader, edited(kGood, "<sr:Body>", "\n\n<sr:Body>x")),
             Catch::StartsWith("line 3, column "));
  CHECK_THAT(refusal(reader, "<?xml version=\"1.0\"?>\n<a>\n</b>\n</a>"),
             Catch::StartsWith("line "));
}

TEST_CASE("a RequestID whose counter exceeds 64 bits is refused") {
  const std::string text = "90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:";
  for (const char* counter : {"18446744073709551616", "99999999999999999999"}) {
    const std::string octets = edited(kGood, ":1000", ":" + std::string(counter));
    CHECK_THAT(refusal(octets), Contains(text + counter) && Contains("64 bits"));
  }
  CHECK_FALSE(refusal(edited(kGood, ":1000", ":184467440737095516150")).empty());
  // In the other elements of the type, too.
  CHECK_FALSE(refusal(edited(messages::response(), ":1000", ":18446744073709551616")).empty());
}

TEST_CASE("a body whose DeviceID stands twice is refused, in whatever namespace") {
  constexpr auto* kDevice = "<sr:DeviceID>00-DB-12-34-56-78-90-A2</sr:DeviceID>";
  const std::string second = GENERATE(values<std::string>({
      "<sr:DeviceID>00-DB-12-34-56-78-90-A2</sr:DeviceID>",
      "<sr:DeviceID>00-DB-12-34-56-78-90-A3</sr:DeviceID>",
      "<sr:DeviceID>not an EUI-64</sr:DeviceID>",
      "<sr:DeviceID/>",
      "<DeviceID>00-DB-12-34-56-78-90-A3</DeviceID>",
      "<x:DeviceID xmlns:x='urn:x'>00-DB-12-34-56-78-90-A3</x:DeviceID>",
      "<DeviceID xmlns='urn:x'>00-DB-12-34-56-78-90-A3</DeviceID>",
  }));
  CAPTURE(second);
  Reader reader(*Schema::built_in());
  CHECK(refusal(reader, free_body(kDevice + second)) == "DeviceID is given twice");
  CHECK(refusal(reader, free_body(second + kDevice)) == "DeviceID is given twice");
  CHECK(refusal(reader, free_body(kDevice + ("<sr:Other>1</sr:Other>" + second))) ==
        "DeviceID is given twice");
  // Another place is another path.
  CHECK(reader.read(free_body(kDevice + ("<sr:Other>" + second + "</sr:Other>"))) != nullptr);
}

TEST_CASE("a value may have as many characters as its type allows") {
  struct Field {
    std::string_view value;
    std::size_t longest;
  };
  const Field field = GENERATE(values<Field>({{"Van 7", 25}, {"INC-1", 15}, {"dropped", 200}}));
  const std::string good = edited(kGood, "<sr:CHFConnectionMethod>",
                                  "<sr:IncidentReference>INC-1</sr:IncidentReference>"
                                  "<sr:CHFConnectionMethod>");
  for (const std::string_view character :
       {"x", "\xC3\xA9", "\xEF\xBF\xBD", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "&#x1F600;"}) {
    CAPTURE(field.value, character);
    std::string value;
    for (std::size_t i = 0; i < field.longest; ++i) value += character;
    for (Reader& reader : messages::readers()) {
      const bool is_read = reader.read(edited(good, field.value, value)) != nullptr;
      INFO(reader.refusal().text);
      CHECK(is_read);
    }
    CHECK_FALSE(refusal(edited(good, field.value, value + std::string(character))).empty());
  }
}

TEST_CASE("a refusal of a long message is short") {
  Reader reader(*Schema::built_in());
  const std::string name(1u << 20, 'x');
  CHECK(refusal(reader, free_body("<sr:a></" + name + ">")).size() < 600);
  CHECK(refusal(reader, edited(kGood, "dropped", name)).size() < 600);
  CHECK(refusal(reader, edited(kGood, "\"5.4\"", "\"" + name + "\"")).size() < 600);
  CHECK(refusal(reader, free_body("<a xmlns='" + name + "'/>")).size() < 600);
  CHECK(refusal(reader, "<" + name + "/>").size() < 600);
  CHECK(refusal(reader, "<?xml version='1.0' encoding='" + name + "'?>" + kGood).size() < 600);
}

TEST_CASE("a refusal is one line, whatever the message holds") {
  Reader reader(*Schema::built_in());
  CHECK_FALSE(refusal(reader, edited(kGood, "Hot-shoe", "Hot\n\r\xE2\x80\xA8shoe")).empty());
  CHECK_FALSE(refusal(reader, edited(kGood, "Hot-shoe", "Hot&#13;&#10;shoe")).empty());
  CHECK_FALSE(refusal(reader, free_body("<a xmlns='x&#10;y'/>")).empty());
  CHECK_FALSE(refusal(reader, edited(kGood, "\"5.4\"", "\"a&#10;b\"")).empty());
}
