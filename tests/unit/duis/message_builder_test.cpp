// SPDX-License-Identifier: Apache-2.0
//
// The builder of messages alone: events as some parser would give them, which no schema has
// checked.
#include "duis/message_builder.hpp"

#include <catch2/catch.hpp>

#include "duis/reader.hpp"

using dcc::duis::EndOfReading;
using dcc::duis::Eui64;
using dcc::duis::Message;
using dcc::duis::MessageBuilder;
using dcc::duis::Reader;
using dcc::duis::Refusal;
using dcc::duis::StartTag;
using dcc::duis::WhiteSpace;

namespace {

constexpr std::string_view kId = "90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:7";

// Events in a row. Names are of the DUIS namespace unless another is open.
class Document {
 public:
  Document& start(const std::string& name, WhiteSpace treatment = WhiteSpace::preserve,
                  std::vector<StartTag::Declaration> declared = {},
                  std::vector<StartTag::Attribute> attributes = {}) {
    StartTag tag;
    tag.namespace_name = namespace_name;
    tag.local_name = tag.qualified_name = name;
    for (auto& declaration : declared) tag.declared.add() = std::move(declaration);
    for (auto& attribute : attributes) tag.attributes.add() = std::move(attribute);
    builder.start_element(tag, treatment);
    return *this;
  }
  Document& end() {
    builder.end_element();
    return *this;
  }
  Document& leaf(const std::string& name, std::string_view text,
                 WhiteSpace treatment = WhiteSpace::preserve) {
    start(name, treatment);
    builder.text(text);
    return end();
  }
  Document& root(const std::string& name = "Request") {
    builder.start_document();
    return start(name, WhiteSpace::preserve, {{"", std::string(dcc::duis::kDuisNamespace)}},
                 {{"", "schemaVersion", "schemaVersion", " 5.4 "}});
  }
  Document& header() {
    return root().start("Header").leaf("RequestID", kId).leaf("CommandVariant", "8").end();
  }
  Document& body(const std::string& name = "Anything") { return start("Body").start(name); }
  const Message& finish() {
    while (builder.is_open()) end();
    return builder.finish();
  }

  std::string namespace_name{dcc::duis::kDuisNamespace};
  MessageBuilder builder;
};

template <typename Events>
std::string refusal(Events events) {
  try {
    events();
  } catch (const EndOfReading& refused) {
    CHECK(refused.refusal.kind == Refusal::Kind::malformed);
    return refused.refusal.text;
  }
  return "none";
}

}  // namespace

TEST_CASE("a message is built from events") {
  Document document;
  const Message& message =
      document.header().body().leaf("DeviceID", "00-DB-12-34-56-78-90-A2").finish();
  CHECK(document.builder.is_complete());
  CHECK(message.kind == Message::Kind::request);
  CHECK(message.schema_version == "5.4");
  CHECK(message.request_id_text == kId);
  CHECK(message.request_id->counter == 7);
  CHECK(message.command_variant == 8);
  CHECK(message.body_element == "Anything");
  CHECK(message.device_id == Eui64{0x00DB1234567890A2});
  CHECK_FALSE(message.signature);
  CHECK(message.canonical.substr(message.root_begin).starts_with("<Request xmlns="));
  CHECK(message.canonical.substr(message.root_end_tag) == "</Request>");
}

TEST_CASE("neighbouring texts are one value, instructions are none of it") {
  Document document;
  document.header().body().start("A");
  document.builder.text("x &");
  document.builder.instruction("not", "this");
  document.builder.text("\xC3\xA9<\r");
  const Message& message = document.finish();
  REQUIRE(message.items.size() == 1);
  CHECK(message.items[0].value == "x &\xC3\xA9<\r");
  CHECK(message.canonical.find("<A>x &amp;<?not this?>\xC3\xA9&lt;&#xD;</A>") !=
        std::string_view::npos);
}

TEST_CASE("white space in a value is treated as its type says") {
  Document document;
  document.header().body();
  for (const auto treatment : {WhiteSpace::preserve, WhiteSpace::replace, WhiteSpace::collapse})
    document.leaf("A", "\n a\t\tb ", treatment);
  const Message& message = document.finish();
  REQUIRE(message.items.size() == 3);
  CHECK(message.items[0].value == "\n a\t\tb ");
  CHECK(message.items[1].value == "  a  b ");
  CHECK(message.items[2].value == "a b");
}

TEST_CASE("no field is taken from two elements") {
  struct Field {
    const char* name;
    const char* value;
  };
  const Field field = GENERATE(values<Field>({{"RequestID", kId.data()},
                                              {"CommandVariant", "8"},
                                              {"ServiceReference", "8.14"},
                                              {"ServiceReferenceVariant", "8.14.3"},
                                              {"ResponseCode", "I99"},
                                              {"ResponseDateTime", "2026-11-24T03:05:42Z"}}));
  const std::string twice = std::string(field.name) + " is given twice";
  Document document;
  for (const char* second : {field.value, ""}) {
    for (const char* kind : {"Request", "Response"}) {
      CHECK(refusal([&] {
              document.root(kind).start("Header").leaf(field.name, field.value);
              document.leaf(field.name, second).end().body().finish();
            }) == twice);
    }
  }
}

TEST_CASE("no field of a body is taken from two elements, in whatever namespaces") {
  Document document;
  CHECK(refusal([&] {
          document.header().body().leaf("DeviceID", "00-DB-12-34-56-78-90-A2");
          document.namespace_name = GENERATE("urn:x", "", std::string(dcc::duis::kDuisNamespace));
          document.leaf("DeviceID", "").finish();
        }) == "DeviceID is given twice");
  document.namespace_name = dcc::duis::kDuisNamespace;
  for (const char* name : {"ServiceReference", "ServiceReferenceVariant"})
    CHECK(refusal([&] {
            document.root("Response").body("ResponseMessage").leaf(name, "8").leaf(name, "8");
            document.finish();
          }) == std::string(name) + " is given twice");
}

TEST_CASE("a second element in Body is refused") {
  Document document;
  CHECK(refusal([&] { document.header().body("A").end().start("B").finish(); }) ==
        "more than one element in Body");
}

TEST_CASE("a request without its header is refused, whatever a schema may say") {
  Document document;
  CHECK(refusal([&] { document.root().finish(); }) == "there is no RequestID");
  CHECK(refusal([&] { document.root().body().finish(); }) == "there is no RequestID");
  for (const char* variant : {"", "0", "10", "-1", "eight", "99999999999999999999"}) {
    CHECK(refusal([&] {
            document.root().start("Header").leaf("RequestID", kId);
            document.leaf("CommandVariant", variant).finish();
          }) == "CommandVariant \"" + std::string(variant) + "\"; 1 to 9 expected");
  }
  CHECK(document.root("Response").finish().kind == Message::Kind::response);
}

TEST_CASE("the builder holds the limits of depth and of namespaces") {
  Document document;
  document.root();
  for (std::size_t i = 1; i < Reader::kMaxDepth; ++i) document.start("A");
  CHECK(refusal([&] { document.start("A"); }) == "elements nested deeper than 64 levels");

  std::vector<StartTag::Declaration> declared;
  for (std::size_t i = 1; i < Reader::kMaxNamespaces; ++i)
    declared.push_back({"p" + std::to_string(i), "urn:x"});
  document.root().start("A", WhiteSpace::preserve, declared).end();
  declared.push_back({"p", "urn:x"});
  CHECK(refusal([&] { document.start("A", WhiteSpace::preserve, declared); }) ==
        "more than 100 namespace declarations at one place");
  CHECK(refusal([&] {
          document.root().start("A", WhiteSpace::preserve, {{"p", "x"}});
        }) == "namespace name \"x\" is not an absolute URI");
}

TEST_CASE("nothing of a document that was broken off is left in the next") {
  Document document;
  document.header().body().leaf("DeviceID", "00-DB-12-34-56-78-90-A2").start("A");
  const Message& message = document.header().body("B").finish();
  CHECK(message.body_element == "B");
  CHECK_FALSE(message.device_id);
  CHECK(message.items.empty());
}

TEST_CASE("a builder's refusal is one line, and short") {
  Document document;
  const std::string text = refusal([&] {
    dcc::duis::refuse(Refusal::Kind::malformed,
                      "a\nb\x7F\xC3\xA9" + std::string(494, 'x') + "\xC3\xA9 and more");
  });
  CHECK(text == "a b \xC3\xA9" + std::string(494, 'x') + "...");
}
