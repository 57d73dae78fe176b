// SPDX-License-Identifier: Apache-2.0
//
// What the reader makes of messages that it accepts: fields, canonical octets, warm buffers.
#include "duis/reader.hpp"

#include <malloc.h>

#include <catch2/catch.hpp>
#include <utility>

#include "duis/request_view.hpp"
#include "messages.hpp"

using dcc::duis::Eui64;
using dcc::duis::Item;
using dcc::duis::Message;
using dcc::duis::Reader;
using dcc::duis::RequestId;
using dcc::duis::RequestView;
using dcc::duis::Schema;
using messages::edited;

namespace {

const Message& accepted(Reader& reader, std::string_view octets) {
  const Message* message = reader.read(octets);
  INFO(reader.refusal().text << "\n" << octets.substr(0, 4000));
  REQUIRE(message != nullptr);
  return *message;
}

using Items = std::vector<std::pair<std::string, std::string>>;

Items items_of(const Message& message) {
  Items items;
  for (const Item& item : message.items) items.emplace_back(item.path, item.value);
  return items;
}

// The value of the one leaf of a body that the built-in schema does not know: white space counts.
std::string free_value(Reader& reader, const std::string& content) {
  const Message& message =
      accepted(reader, messages::request("<sr:Anything><V>" + content + "</V></sr:Anything>"));
  REQUIRE(message.items.size() == 1);
  return std::string(message.items[0].value);
}

}  // namespace

TEST_CASE("another reader of the same schema reads beside it, and what each has read stays") {
  for (const auto& schema : messages::schemas()) {
    Reader first(*schema);
    const auto octets = messages::request(messages::kFaultReturn);
    const auto later = edited(octets, "5.4", "5.3");
    Reader second = first.another();
    const Message& one = accepted(first, octets);
    const Message& other = accepted(second, later);
    CHECK(one.schema_version == "5.4");
    CHECK(other.schema_version == "5.3");
    CHECK(items_of(one) == items_of(other));
    CHECK(second.read("<x/>") == nullptr);
    CHECK(one.schema_version == "5.4");
    Reader third = second.another();
    CHECK(accepted(third, octets).schema_version == "5.4");
  }
}

TEST_CASE("the fields of a fault return") {
  for (const auto& schema : messages::schemas()) {
    Reader reader(*schema);
    const Message& message = accepted(reader, messages::request(messages::kFaultReturn));
    CHECK(message.kind == Message::Kind::request);
    CHECK(message.schema_version == "5.4");
    REQUIRE(message.request_id);
    CHECK(message.request_id->originator == Eui64{0x90B3D51F30010000});
    CHECK(message.request_id->target == Eui64{0x90B3D51F30000002});
    CHECK(message.request_id->counter == 1000);
    CHECK(message.request_id_text == "90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1000");
    CHECK(message.command_variant == 8);
    CHECK(message.service_reference == "8.14");
    CHECK(message.service_reference_variant == "8.14.3");
    CHECK(message.response_code.empty());
    CHECK(message.response_time.empty());
    CHECK(message.body_element == "CHFFaultReturn");
    CHECK(message.device_id == Eui64{0x00DB1234567890A2});
    CHECK(items_of(message) ==
          Items{{"DeviceID", "00-DB-12-34-56-78-90-A2"},
                {"CHFFaultReturnType", "Fault identified prior to installation"},
                {"UserRefID", "Van 7"},
                {"OtherDeviceID", "00-DB-12-34-56-78-90-A0"},
                {"CHFConnectionMethod", "Hot-shoe"},
                {"CHFFaultReason", "Damaged case"},
                {"AdditionalInformation", "dropped"}});
    CHECK_FALSE(message.signature);
  }
}

TEST_CASE("the fields of a no-fault return") {
  for (const auto& schema : messages::schemas()) {
    Reader reader(*schema);
    const Message& message =
        accepted(reader, messages::request(messages::kNoFaultReturn, {}, "8.14.4"));
    CHECK(message.service_reference_variant == "8.14.4");
    CHECK(message.body_element == "CHFNoFaultReturn");
    CHECK(message.device_id == Eui64{0x00DB1234567890A2});
    CHECK(items_of(message) == Items{{"DeviceID", "00-DB-12-34-56-78-90-A2"},
                                     {"CHFNoFaultReturnType", "Lost or Stolen Hub"}});
  }
}

TEST_CASE("the fields of a response") {
  for (const auto& schema : messages::schemas()) {
    Reader reader(*schema);
    const Message& message = accepted(reader, messages::response());
    CHECK(message.kind == Message::Kind::response);
    CHECK(message.schema_version == "5.4");
    REQUIRE(message.request_id);
    CHECK(message.request_id->counter == 1000);
    CHECK(message.command_variant == 0);
    CHECK(message.response_code == "I99");
    CHECK(message.response_time == "2026-11-24T03:05:42.123Z");
    CHECK(message.service_reference == "8.14");
    CHECK(message.service_reference_variant == "8.14.3");
    CHECK(message.body_element == "ResponseMessage");
    CHECK_FALSE(message.device_id);
  }
}

TEST_CASE("a response may be to no request") {
  for (const auto& schema : messages::schemas()) {
    Reader reader(*schema);
    const Message& message =
        accepted(reader, edited(messages::response(),
                                "<sr:RequestID>90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1000"
                                "</sr:RequestID>",
                                ""));
    CHECK_FALSE(message.request_id);
    CHECK(message.request_id_text.empty());
  }
}

TEST_CASE("header values are typed without regard to their spelling") {
  for (const auto& schema : messages::schemas()) {
    Reader reader(*schema);
    auto octets = messages::request(messages::kFaultReturn);
    octets =
        edited(octets, "90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1000",
               "\n\t 90-b3-d5-1f-30-01-00-00:90-B3-d5-1F-30-00-00-02:18446744073709551615\r\n");
    octets = edited(octets, ">8</sr:CommandVariant>", "> +08 </sr:CommandVariant>");
    octets = edited(octets, "schemaVersion=\"5.4\"", "schemaVersion=' \t5.4\n '");
    octets = edited(octets, "00-DB-12-34-56-78-90-A2", " 00-db-12-34-56-78-90-a2\n");
    const Message& message = accepted(reader, octets);
    CHECK(message.request_id->originator == Eui64{0x90B3D51F30010000});
    CHECK(message.request_id->counter == 18446744073709551615u);
    CHECK(message.request_id_text ==
          "90-b3-d5-1f-30-01-00-00:90-B3-d5-1F-30-00-00-02:18446744073709551615");
    CHECK(message.command_variant == 8);
    CHECK(message.schema_version == "5.4");
    CHECK(message.device_id == Eui64{0x00DB1234567890A2});
    CHECK(message.items[0].value == "00-db-12-34-56-78-90-a2");
    // The digest covers what was written.
    CHECK(message.canonical.find("schemaVersion=\"  5.4  \"") != std::string_view::npos);
    CHECK(message.canonical.find(">\n\t 90-b3") != std::string_view::npos);
    CHECK(message.canonical.find(":18446744073709551615\n<") != std::string_view::npos);
  }
}

TEST_CASE("a value has the white space treatment of its schema type") {
  for (const auto& schema : messages::schemas()) {
    Reader reader(*schema);
    auto octets = messages::request(messages::kFaultReturn);
    // Derived from xs:string: preserved. From xs:token and xs:dateTime: collapsed.
    octets = edited(octets, ">Van 7<", ">  Van \t 7\r\n<");
    octets = edited(octets, ">dropped<", ">\n&#13;&#9; <");
    octets = edited(octets, "<sr:UserRefID>",
                    "<sr:UserRefDateTime>\n 2026-11-24T03:05:42Z </sr:UserRefDateTime>"
                    "<sr:UserRefID>");
    octets = edited(octets, "00-DB-12-34-56-78-90-A0", "\t00-DB-12-34-56-78-90-A0&#x20;");
    const Items items = items_of(accepted(reader, octets));
    REQUIRE(items.size() == 8);
    CHECK(items[2] == Items::value_type{"UserRefDateTime", "2026-11-24T03:05:42Z"});
    CHECK(items[3] == Items::value_type{"UserRefID", "  Van \t 7\n"});
    CHECK(items[4] == Items::value_type{"OtherDeviceID", "00-DB-12-34-56-78-90-A0"});
    CHECK(items[7] == Items::value_type{"AdditionalInformation", "\n\r\t "});
  }
}

TEST_CASE("a value may come in pieces") {
  Reader reader(*Schema::built_in());
  CHECK(free_value(reader, "ab<!-- not this -->cd") == "abcd");
  CHECK(free_value(reader, "ab<![CDATA[<&]]>cd") == "ab<&cd");
  CHECK(free_value(reader, "ab<?not this ?>cd") == "abcd");
  CHECK(free_value(reader, "<?a b?><!--c--><![CDATA[]]>") == "");
  CHECK(free_value(reader, "<![CDATA[ ]]>]]<![CDATA[]>]]>") == " ]]]>");
  CHECK(free_value(reader, "&lt;&gt;&amp;&quot;&apos;&#65;&#x42;") == "<>&\"'AB");
  CHECK(free_value(reader, "&amp;lt;&#38;gt;") == "&lt;&gt;");
  CHECK(free_value(reader, "\r\n\r\n\r &#13;&#10;") == "\n\n\n \r\n");
  CHECK(free_value(reader, "") == "");
  CHECK(free_value(reader, "\xC2\xA0\xE2\x82\xAC\xF0\x9F\x98\x80&#x10FFFF;") ==
        "\xC2\xA0\xE2\x82\xAC\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF");
}

TEST_CASE("a value in pieces is treated as one") {
  for (const auto& schema : messages::schemas()) {
    Reader reader(*schema);
    const Message& message = accepted(
        reader, edited(messages::request(messages::kFaultReturn), "00-DB-12-34-56-78-90-A2",
                       "<!--a--> 00-DB-<![CDATA[12-34]]>-5<?p q?>6-78-90-&#65;2 "));
    CHECK(message.device_id == Eui64{0x00DB1234567890A2});
    CHECK(message.items[0].value == "00-DB-12-34-56-78-90-A2");
  }
}

TEST_CASE("items are the leaves, with the path to each") {
  Reader reader(*Schema::built_in());
  const Message& message =
      accepted(reader, messages::request("<sr:Anything>\n <sr:A>1<!--c--></sr:A>"
                                         "<sr:B><sr:C/><x:D xmlns:x='urn:x'><E>2</E></x:D></sr:B>"
                                         "mixed<sr:A>3</sr:A></sr:Anything>"));
  CHECK(message.body_element == "Anything");
  CHECK(items_of(message) == Items{{"A", "1"}, {"B/C", ""}, {"B/D/E", "2"}, {"A", "3"}});
}

TEST_CASE("elements of other places are not taken for the header's or the body's") {
  Reader reader(*Schema::built_in());
  const Message& message = accepted(
      reader,
      messages::request("<sr:Anything><sr:Header><sr:RequestID>no</sr:RequestID></sr:Header>"
                        "<sr:CommandVariant>1</sr:CommandVariant>"
                        "<sr:A><sr:DeviceID>00-DB-12-34-56-78-90-A2</sr:DeviceID></sr:A>"
                        "</sr:Anything>"));
  CHECK(message.request_id->counter == 1000);
  CHECK(message.command_variant == 8);
  CHECK_FALSE(message.device_id);
  CHECK(items_of(message) == Items{{"Header/RequestID", "no"},
                                   {"CommandVariant", "1"},
                                   {"A/DeviceID", "00-DB-12-34-56-78-90-A2"}});
}

TEST_CASE("a body may be empty, or nothing but text: then it has no items") {
  Reader reader(*Schema::built_in());
  for (const auto* body :
       {"<sr:Anything/>", "<sr:Anything></sr:Anything>", "<sr:Anything>text</sr:Anything>"}) {
    const Message& message = accepted(reader, messages::request(body));
    CHECK(message.body_element == "Anything");
    CHECK(message.items.empty());
  }
}

TEST_CASE("the parts of a signature") {
  for (const auto& schema : messages::schemas()) {
    Reader reader(*schema);
    std::string signature(messages::kSignature);
    signature = edited(signature, "AAAA", "AA<!-- -->A&#65;");
    signature = edited(signature, "BBBB", "BB&#13;\r\nB<![CDATA[B]]>\n");
    const std::string octets = messages::request(messages::kFaultReturn, signature);
    const Message& message = accepted(reader, octets);
    REQUIRE(message.signature);
    CHECK(message.signature->digest == "AAAA");
    CHECK(message.signature->value == "BB\r\nBB\n");
    CHECK(message.signature->issuer_name == "CN=Test CA, OU=07");
    CHECK(message.signature->serial_number == "4660");
    CHECK(message.signature->signed_info ==
          "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">"
          "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">"
          "</ds:CanonicalizationMethod>"
          "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\">"
          "</ds:SignatureMethod>"
          "<ds:Reference URI=\"\">"
          "<ds:Transforms>"
          "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\">"
          "</ds:Transform>"
          "</ds:Transforms>"
          "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\">"
          "</ds:DigestMethod>"
          "<ds:DigestValue>AAAA</ds:DigestValue>"
          "</ds:Reference>"
          "</ds:SignedInfo>");
    CHECK(message.canonical == messages::request(messages::kFaultReturn));
  }
}

TEST_CASE("the canonical form is the document without its Signature") {
  for (const auto& schema : messages::schemas()) {
    Reader reader(*schema);
    const std::string octets =
        "\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8' standalone=\"yes\" ?>\r\n"
        "<!-- before --><?before  it ?>\n"
        "<q:Request schemaVersion='5.4' xmlns:z='urn:unused' xmlns:q="
        "'http://www.dccinterface.co.uk/ServiceUserGateway'>\r\n"
        "\t<Header xmlns='http://www.dccinterface.co.uk/ServiceUserGateway' xmlns:z='urn:unused'>"
        "<RequestID>90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1</RequestID>"
        "<CommandVariant><![CDATA[8]]></CommandVariant><?in?>"
        "<ServiceReference>8.14</ServiceReference>"
        "<ServiceReferenceVariant>8.14.4</ServiceReferenceVariant></Header >\n"
        "<q:Body><!-- in -->" +
        edited(edited(std::string(messages::kNoFaultReturn), "<sr:CHFNoFaultReturn>",
                      "<sr:CHFNoFaultReturn xmlns:sr="
                      "\"http://www.dccinterface.co.uk/ServiceUserGateway\">"),
               "Lost or Stolen Hub", "Lost&#x20;or Stolen Hub") +
        "</q:Body>\n  " + std::string(messages::kSignature) +
        "\n</q:Request>\n<!-- after --><?after it?>\n";
    const Message& message = accepted(reader, octets);
    const std::string expected =
        "<?before it ?>\n"
        "<q:Request xmlns:q=\"http://www.dccinterface.co.uk/ServiceUserGateway\""
        " xmlns:z=\"urn:unused\" schemaVersion=\"5.4\">\n"
        "\t<Header xmlns=\"http://www.dccinterface.co.uk/ServiceUserGateway\">"
        "<RequestID>90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1</RequestID>"
        "<CommandVariant>8</CommandVariant><?in?>"
        "<ServiceReference>8.14</ServiceReference>"
        "<ServiceReferenceVariant>8.14.4</ServiceReferenceVariant></Header>\n"
        "<q:Body>"
        "<sr:CHFNoFaultReturn xmlns:sr=\"http://www.dccinterface.co.uk/ServiceUserGateway\">"
        "<sr:DeviceID>00-DB-12-34-56-78-90-A2</sr:DeviceID>"
        "<sr:CHFNoFaultReturnType>Lost or Stolen Hub</sr:CHFNoFaultReturnType>"
        "</sr:CHFNoFaultReturn></q:Body>\n  \n</q:Request>\n<?after it?>";
    CHECK(message.canonical == expected);
    CHECK(message.root_begin == expected.find("<q:Request"));
    CHECK(message.root_end_tag == expected.find("</q:Request>"));
  }
}

TEST_CASE("a document may name schemas: they are not looked at") {
  Reader reader(*Schema::built_in());
  const auto octets = edited(
      messages::request(messages::kFaultReturn), " schemaVersion",
      " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
      " xsi:schemaLocation=\"http://www.dccinterface.co.uk/ServiceUserGateway file:///nowhere.xsd"
      " urn:x http://127.0.0.1:9/x.xsd\" xsi:noNamespaceSchemaLocation=\"file:///nowhere.xsd\""
      " schemaVersion");
  CHECK(accepted(reader, octets).body_element == "CHFFaultReturn");
}

TEST_CASE("values of any size arrive whole, wherever the parser's buffers end") {
  Reader reader(*Schema::built_in());
  // Xerces-C++ reads 48 KiB of octets and 16 Ki characters at a time.
  for (const std::size_t boundary : {16u << 10, 32u << 10, 48u << 10, 96u << 10}) {
    for (std::size_t before = boundary - 330; before < boundary + 12; before += 3) {
      for (const std::string_view wide : {"\xF0\x9F\x98\x80", "\xE2\x82\xAC", "\xC3\xA9"}) {
        std::string value(before, 'x');
        for (int i = 0; i < 4; ++i) value += wide;
        value += "end";
        REQUIRE(free_value(reader, value) == value);
      }
    }
  }
}

TEST_CASE("references and line ends arrive whole, wherever the parser's buffers end") {
  Reader reader(*Schema::built_in());
  for (const std::size_t boundary : {16u << 10, 48u << 10}) {
    for (std::size_t before = boundary - 330; before < boundary + 12; ++before) {
      const std::string x(before, 'x');
      REQUIRE(free_value(reader, x + "\r\n&#x1F600;<![CDATA[]]]]><!---->&#13;\n\r") ==
              x + "\n\xF0\x9F\x98\x80]]\r\n\n");
    }
  }
}

TEST_CASE("a value of a megabyte is read") {
  Reader reader(*Schema::built_in());
  std::string value;
  while (value.size() < 1u << 20) value += "0123456789 \xF0\x9F\x98\x80\xE2\x82\xAC\xC3\xA9\n";
  CHECK(free_value(reader, value) == value);
}

TEST_CASE("nesting up to the limit is read") {
  Reader reader(*Schema::built_in());
  // Request and Body are two levels.
  std::string open, close;
  for (std::size_t i = 2; i < Reader::kMaxDepth; ++i) {
    open += "<sr:A>";
    close += "</sr:A>";
  }
  CHECK(accepted(reader, messages::request(open + "x" + close)).items.size() == 1);
}

TEST_CASE("a reader can be moved, and reads on") {
  Reader first(*Schema::built_in());
  accepted(first, messages::response());
  Reader second(std::move(first));
  accepted(second, messages::request(messages::kFaultReturn));
  Reader third(*Schema::built_in());
  third = std::move(second);
  CHECK(accepted(third, messages::response()).response_code == "I99");
}

TEST_CASE("nothing of one message is left in the next") {
  for (const auto& schema : messages::schemas()) {
    Reader reader(*schema);
    const std::string full = messages::request(messages::kFaultReturn, messages::kSignature);
    REQUIRE(accepted(reader, full).signature);
    const Message& message = accepted(reader, messages::response());
    CHECK_FALSE(message.signature);
    CHECK_FALSE(message.device_id);
    CHECK(message.command_variant == 0);
    CHECK(message.canonical == messages::response());
    CHECK(accepted(reader, full).response_code.empty());
  }
}

TEST_CASE("a reader reads on after refusals") {
  for (const auto& schema : messages::schemas()) {
    Reader reader(*schema);
    const std::string good = messages::request(messages::kFaultReturn, messages::kSignature);
    const std::string canonical(accepted(reader, good).canonical);
    // Cut everywhere: within every markup, element, attribute and text.
    for (std::size_t size = 0; size + 1 < good.size(); size += 7) {
      REQUIRE(reader.read(std::string_view(good).substr(0, size)) == nullptr);
      REQUIRE_FALSE(reader.refusal().text.empty());
      const Message& message = accepted(reader, good);
      REQUIRE(message.canonical == canonical);
      REQUIRE(message.items.size() == 7);
      REQUIRE(message.signature->digest == "AAAA");
      REQUIRE(reader.refusal().text.empty());
    }
  }
}

TEST_CASE("made-up names do not pile up in a reader") {
  Reader reader(*Schema::built_in());
  const std::string filler(100, 'x');
  const auto read = [&](int from, int to) {
    for (int i = from; i < to; ++i) {
      const std::string n = std::to_string(i);
      accepted(reader, messages::request("<sr:A" + n + " b" + n + "='1'><p" + n + ":c xmlns:p" + n +
                                         "='urn:" + n + filler + "'/></sr:A" + n + ">"));
    }
  };
  read(0, 2000);
  const std::size_t before = mallinfo2().uordblks;
  read(2000, 20000);
  const std::size_t after = mallinfo2().uordblks;
  CHECK(after < before + (4u << 20));
}

TEST_CASE("A handler is given a list that is there even if the body has no leaf") {
  Message message;
  message.request_id = RequestId{};
  RequestView view;
  const dcc_request& request = view.of(message, "EIS", 1, 2);
  CHECK(request.item_count == 0);
  CHECK(request.items != nullptr);
}
