// SPDX-License-Identifier: Apache-2.0
#include "duis/canonical.hpp"

#include <catch2/catch.hpp>
#include <random>

using dcc::duis::append_canonical_text;
using dcc::duis::append_decoded_text;
using dcc::duis::CanonicalForm;
using dcc::duis::NamespaceScope;
using dcc::duis::StartTag;

namespace {

// An element under construction: opens the scope, declares, and closes it with the element.
class Writer {
 public:
  explicit Writer(CanonicalForm::Kind kind) : form(kind) {}

  using Declarations = std::vector<std::pair<std::string, std::string>>;

  // Declarations and attributes in the order of the start tag.
  void open(const std::string& qualified_name, const Declarations& declarations = {},
            const std::vector<StartTag::Attribute>& attributes = {}) {
    const std::size_t colon = qualified_name.find(':');
    StartTag tag;
    tag.qualified_name = qualified_name;
    tag.prefix = colon == std::string::npos ? "" : qualified_name.substr(0, colon);
    tag.local_name = qualified_name.substr(colon + 1);
    for (const auto& attribute : attributes) tag.attributes.add() = attribute;
    scope.open();
    for (const auto& [prefix, name] : declarations) {
      tag.declared.add() = {prefix, name};
      scope.declare(prefix, name);
    }
    form.start_element(tag, scope);
  }
  void close(const std::string& qualified_name) {
    form.end_element(qualified_name);
    scope.close();
  }

  NamespaceScope scope;
  CanonicalForm form;
};

std::string decoded(std::string_view canonical) {
  std::string out;
  append_decoded_text(out, canonical);
  return out;
}

}  // namespace

TEST_CASE("a prefix stands for what the innermost open element declared") {
  NamespaceScope scope;
  CHECK(scope.name_of("a").empty());
  scope.open();
  scope.declare("a", "urn:1");
  scope.declare("", "urn:default");
  CHECK(scope.name_of("a") == "urn:1");
  CHECK(scope.name_of("") == "urn:default");
  CHECK(scope.name_of("b").empty());
  scope.open();
  scope.declare("a", "urn:2");
  scope.declare("", "");
  CHECK(scope.name_of("a") == "urn:2");
  CHECK(scope.name_of("").empty());
  scope.open();
  CHECK(scope.name_of("a") == "urn:2");
  scope.close();
  scope.close();
  CHECK(scope.name_of("a") == "urn:1");
  CHECK(scope.name_of("") == "urn:default");
  scope.close();
  CHECK(scope.name_of("a").empty());
}

TEST_CASE("a cleared scope knows nothing of the document before") {
  NamespaceScope scope;
  scope.open();
  scope.declare("a", "urn:1");
  scope.clear();
  CHECK(scope.name_of("a").empty());
  scope.open();
  CHECK(scope.name_of("a").empty());
  scope.declare("b", "urn:2");
  CHECK(scope.name_of("a").empty());
  CHECK(scope.name_of("b") == "urn:2");
}

TEST_CASE("inclusive: every new declaration, sorted, and none twice") {
  Writer w(CanonicalForm::Kind::inclusive);
  w.open("b:r", {{"c", "urn:c"}, {"b", "urn:b"}, {"", "urn:d"}});
  w.open("e", {{"b", "urn:b"}, {"c", "urn:other"}});
  w.close("e");
  w.open("e", {{"", ""}});
  w.open("f", {{"", ""}});
  w.close("f");
  w.open("f", {{"", "urn:d"}});
  w.close("f");
  w.close("e");
  w.close("b:r");
  CHECK(w.form.octets() ==
        R"(<b:r xmlns="urn:d" xmlns:b="urn:b" xmlns:c="urn:c"><e xmlns:c="urn:other"></e>)"
        R"(<e xmlns=""><f></f><f xmlns="urn:d"></f></e></b:r>)");
}

TEST_CASE("inclusive: an empty default namespace is not declared where none stands") {
  Writer w(CanonicalForm::Kind::inclusive);
  w.open("r", {{"", ""}});
  w.close("r");
  CHECK(w.form.octets() == "<r></r>");
}

TEST_CASE("exclusive: declarations appear where the prefix is used, and only there") {
  Writer w(CanonicalForm::Kind::exclusive);
  w.open("b:r", {{"c", "urn:c"}, {"b", "urn:b"}, {"", "urn:d"}});
  w.open("e");
  w.open("b:f", {}, {{"urn:c", "x", "c:x", "1"}});
  w.close("b:f");
  w.close("e");
  w.open("c:g");
  w.open("c:h", {{"c", "urn:c2"}});
  w.close("c:h");
  w.close("c:g");
  w.close("b:r");
  CHECK(w.form.octets() ==
        R"(<b:r xmlns:b="urn:b"><e xmlns="urn:d"><b:f xmlns:c="urn:c" c:x="1"></b:f></e>)"
        R"(<c:g xmlns:c="urn:c"><c:h xmlns:c="urn:c2"></c:h></c:g></b:r>)");
}

TEST_CASE("exclusive: an unprefixed name within a default namespace undeclares it") {
  Writer w(CanonicalForm::Kind::exclusive);
  w.open("r", {{"", "urn:d"}});
  w.open("e", {{"", ""}}, {{"", "a", "a", "1"}});
  w.close("e");
  w.close("r");
  CHECK(w.form.octets() == R"(<r xmlns="urn:d"><e xmlns="" a="1"></e></r>)");
}

TEST_CASE("exclusive: the form begins with what its element's ancestors declared") {
  Writer w(CanonicalForm::Kind::exclusive);
  w.scope.open();
  w.scope.declare("p", "urn:outer");
  w.scope.declare("q", "urn:unused");
  w.open("p:r");
  w.close("p:r");
  CHECK(w.form.octets() == R"(<p:r xmlns:p="urn:outer"></p:r>)");
}

TEST_CASE("the xml prefix is never declared") {
  for (const auto kind : {CanonicalForm::Kind::inclusive, CanonicalForm::Kind::exclusive}) {
    Writer w(kind);
    const std::string xml = "http://www.w3.org/XML/1998/namespace";
    w.open("r", {{"xml", xml}}, {{xml, "lang", "xml:lang", "cy"}});
    w.close("r");
    CHECK(w.form.octets() == R"(<r xml:lang="cy"></r>)");
  }
}

TEST_CASE("attributes are sorted by namespace name, then local name, in octet order") {
  Writer w(CanonicalForm::Kind::inclusive);
  w.open("r", {{"a", "urn:z"}, {"b", "urn:a"}},
         {{"urn:z", "a", "a:a", "1"},
          {"", "z", "z", "2"},
          {"urn:a", "y", "b:y", "3"},
          {"", "\xC3\xA9", "\xC3\xA9", "4"},
          {"urn:a", "x", "b:x", "5"},
          {"", "Z", "Z", "6"}});
  w.close("r");
  CHECK(w.form.octets() ==
        "<r xmlns:a=\"urn:z\" xmlns:b=\"urn:a\" Z=\"6\" z=\"2\" \xC3\xA9=\"4\" b:x=\"5\" b:y=\"3\""
        " a:a=\"1\"></r>");
}

TEST_CASE("text and attribute values are escaped, each in its own way") {
  Writer w(CanonicalForm::Kind::inclusive);
  w.open("r", {{"n", "urn:&<>\"'"}}, {{"", "a", "a", "&<>\"'\t\n\r \xF0\x9F\x98\x80"}});
  w.form.text("&<>\"'\t\n\r \xF0\x9F\x98\x80");
  w.close("r");
  CHECK(w.form.octets() ==
        "<r xmlns:n=\"urn:&amp;&lt;>&quot;'\" a=\"&amp;&lt;>&quot;'&#x9;&#xA;&#xD; "
        "\xF0\x9F\x98\x80\">&amp;&lt;&gt;\"'\t\n&#xD; \xF0\x9F\x98\x80</r>");
}

TEST_CASE("instructions outside the document element stand on lines of their own") {
  Writer w(CanonicalForm::Kind::inclusive);
  using Place = CanonicalForm::Place;
  w.form.instruction("one", "", Place::before);
  w.form.instruction("two", "a=\"b\" ", Place::before);
  w.open("r");
  w.form.instruction("three", "<&", Place::inside);
  w.close("r");
  w.form.instruction("four", "d", Place::after);
  w.form.instruction("five", "", Place::after);
  CHECK(w.form.octets() == "<?one?>\n<?two a=\"b\" ?>\n<r><?three <&?></r>\n<?four d?>\n<?five?>");
}

TEST_CASE("a cleared form begins anew") {
  Writer w(CanonicalForm::Kind::inclusive);
  w.open("r", {{"a", "urn:a"}});  // left open, as by a document that ends early
  w.form.clear();
  w.scope.clear();
  w.open("r", {{"a", "urn:a"}});
  w.close("r");
  CHECK(w.form.octets() == "<r xmlns:a=\"urn:a\"></r>");
}

TEST_CASE("canonical text is decoded to what it stands for") {
  CHECK(decoded("").empty());
  CHECK(decoded("plain") == "plain");
  CHECK(decoded("&amp;&lt;&gt;&#xD;") == "&<>\r");
  CHECK(decoded("&amp;lt; &amp;amp;") == "&lt; &amp;");
  CHECK(decoded("a<?pi?>b<?pi x > y ? z?>c<?q ? ?>d") == "abcd");
  CHECK(decoded("<?pi &amp;?>&amp;<?pi?>") == "&");
}

TEST_CASE("decoding is the inverse of encoding, for any octets") {
  std::mt19937 random(20260101);
  static constexpr std::string_view kOften = "&<>\"'\r\n\t;#xDampltg ?";
  for (int i = 0; i < 20000; ++i) {
    std::string text(std::uniform_int_distribution<std::size_t>(0, 40)(random), '\0');
    for (char& c : text) {
      const unsigned r = static_cast<unsigned>(random());
      c = r % 4 == 0 ? static_cast<char>(r >> 8 & 0xFF) : kOften[(r >> 8) % kOften.size()];
    }
    std::string canonical;
    append_canonical_text(canonical, text);
    CAPTURE(text, canonical);
    REQUIRE(canonical.find_first_of("<>\r") == std::string::npos);
    REQUIRE(decoded(canonical) == text);
  }
}

TEST_CASE("encoding and decoding append") {
  std::string out = "x&";
  append_canonical_text(out, "&");
  CHECK(out == "x&&amp;");
  append_decoded_text(out, "&lt;");
  CHECK(out == "x&&amp;<");
}
