// SPDX-License-Identifier: Apache-2.0
//
// Values that are written so that two readers might take them for two things: in pieces, by
// reference, with other letters, numbers at the edge. Each is signed as it stands.
#include "duis/reader.hpp"
#include "stage.hpp"

using namespace attacks;

namespace {

const std::string kDevice = "00-DB-12-34-56-78-90-A2";
const std::string kOtherDevice = "00-DB-12-34-56-78-90-FF";

std::string signed_with(std::string_view from, std::string_view to) {
  return signed_by(Player::alice, edited(unsigned_document(), from, to));
}

void check_refused(std::string_view from, std::string_view to) {
  CHECK(answer(signed_with(from, to)) == Answer::malformed);
  CHECK(answer(edited(good(), from, to)) == Answer::malformed);
}

// The DeviceID as the reader has it; the document must be accepted.
std::string device_in(const std::string& document) {
  REQUIRE(answer(document) == Answer::accepted);
  dcc::duis::Reader reader(*dcc::duis::Schema::built_in());
  const auto* message = reader.read(document);
  REQUIRE(message->device_id);
  CHECK(dcc::duis::Eui64::parse(message->items.front().value) == message->device_id);
  return message->device_id->text();
}

}  // namespace

TEST_CASE("Values: comment within an EUI-64") {
  // The known attack makes a reader stop at the comment. Here comments are no part of the canonical
  // form, so no part of the value either.
  std::string split = kDevice;
  split.insert(12, "<!--" + kOtherDevice + "-->");
  CHECK(device_in(edited(good(), kDevice, split)) == kDevice);
  CHECK(answer(edited(good(), kDevice, kDevice + "<!-- -->0")) == Answer::malformed);
  CHECK(answer(edited(good(), kDevice, kDevice.substr(0, 20) + "<!---->FF")) == Answer::malformed);
}

TEST_CASE("Values: comment within the RequestID") {
  std::string split(kAliceId);
  split.insert(5, "<!-- -->");
  CHECK(answer(edited(good(), kAliceId, split)) == Answer::accepted);
  // Cut off at the comment this would be Alice's; whole, it is no RequestID.
  CHECK(answer(edited(good(), ":1000", ":1000<!-- -->:1")) == Answer::malformed);
  CHECK(answer(edited(good(), ":1000", ":1000<!-- -->1")) == Answer::forbidden);
}

TEST_CASE("Values: CDATA section within an EUI-64") {
  CHECK(device_in(edited(good(), kDevice, "<![CDATA[" + kDevice + "]]>")) == kDevice);
  CHECK(device_in(edited(good(), kDevice, "00-DB-<![CDATA[12-34-]]>56-<![CDATA[]]>78-90-A2")) ==
        kDevice);
  CHECK(answer(edited(good(), kDevice, kDevice + "<![CDATA[0]]>")) == Answer::malformed);
  CHECK(answer(edited(good(), kDevice, "<![CDATA[" + kDevice + "</sr:DeviceID>]]>")) ==
        Answer::malformed);
}

TEST_CASE("Values: instruction within an EUI-64") {
  std::string split = kDevice;
  split.insert(12, "<?x?>");
  CHECK(device_in(signed_with(kDevice, split)) == kDevice);
  CHECK(answer(edited(good(), kDevice, split)) == Answer::forbidden);
}

TEST_CASE("Values: CDATA section that looks like markup") {
  // Text, also where the value is handed on.
  const std::string document =
      signed_with("dropped", "<![CDATA[</sr:AdditionalInformation><sr:DeviceID>]]>");
  CHECK(answer(document) == Answer::accepted);
  CHECK(device_in(document) == kDevice);
}

TEST_CASE("Values: end of a CDATA section in text") {
  CHECK(answer(signed_with("dropped", "]]&gt;")) == Answer::accepted);
  CHECK(answer(edited(good(), "dropped", "]]>")) == Answer::malformed);
}

TEST_CASE("Values: character references in an EUI-64") {
  CHECK(device_in(edited(good(), kDevice, "&#48;0-D&#x42;-12-34-56-78-90-&#0065;2")) == kDevice);
  CHECK(answer(edited(good(), kDevice, "&#x130;0-DB-12-34-56-78-90-A2")) == Answer::malformed);
  // Referred to once, not twice.
  CHECK(answer(edited(good(), kDevice, "&#38;#48;0-DB-12-34-56-78-90-A2")) == Answer::malformed);
}

TEST_CASE("Values: character references in markup") {
  CHECK(answer(edited(good(), "<sr:Body>", "&#60;sr:Body>")) == Answer::malformed);
  CHECK(answer(edited(good(), "\"5.4\"", "&#34;5.4&#34;")) == Answer::malformed);
  CHECK(answer(edited(good(), "schemaVersion", "schema&#86;ersion")) == Answer::malformed);
}

TEST_CASE("Values: characters referred to that XML does not have") {
  for (const char* reference : {"&#0;", "&#1;", "&#x1F;", "&#xFFFE;", "&#xFFFF;", "&#-1;", "&#x;"})
    CHECK(answer(edited(good(), "dropped", reference)) == Answer::malformed);
}

TEST_CASE("Values: reference to CR") {
  // A CR by reference is a CR, one in the text a line end: two values, two digests.
  const std::string document = signed_with("dropped", "a&#13;b");
  CHECK(answer(document) == Answer::accepted);
  CHECK(answer(edited(document, "a&#13;b", "a\rb")) == Answer::forbidden);
  CHECK(answer(edited(document, "a&#13;b", "a\nb")) == Answer::forbidden);
  CHECK(answer(signed_with("dropped", "a\r\nb")) == Answer::accepted);
}

TEST_CASE("Values: case of an EUI-64") {
  // The same number; but another text than the one signed.
  CHECK(device_in(signed_with(kDevice, "00-db-12-34-56-78-90-a2")) == kDevice);
  CHECK(answer(edited(good(), kDevice, "00-db-12-34-56-78-90-a2")) == Answer::forbidden);
}

TEST_CASE("Values: white space around an EUI-64") {
  for (const char* space : {" ", "\n\t", "&#13;", "&#32;"})
    CHECK(device_in(signed_with(kDevice, space + kDevice + space)) == kDevice);
  CHECK(answer(edited(good(), kDevice, " " + kDevice)) == Answer::forbidden);
}

TEST_CASE("Values: white space within an EUI-64") {
  check_refused(kDevice, "00-DB-12-34 -56-78-90-A2");
  check_refused(kDevice, "00-DB-12-34-\n56-78-90-A2");
  check_refused(kDevice, "\xC2\xA0" + kDevice);
}

TEST_CASE("Values: EUI-64 in other forms") {
  for (const char* text :
       {"00DB1234567890A2", "00:DB:12:34:56:78:90:A2", "00-DB-12-34-56-78-90", "0x00DB1234567890A2",
        "00-DB-12-34-56-78-90-A2-00", "00-DB-12-34-56-78-90-G2", "0-DB-12-34-56-78-90-A2",
        "00-DB-12-34-56-78-90-A2\xE2\x80\x8B", "", "-", "00--DB-12-34-56-78-90-A2"})
    check_refused(kDevice, text);
}

TEST_CASE("Values: case of the RequestID") {
  CHECK(answer(signed_with(kAliceId, "90-b3-d5-1f-30-01-00-00")) == Answer::accepted);
}

TEST_CASE("Values: white space around the RequestID") {
  CHECK(answer(signed_with("<sr:RequestID>", "<sr:RequestID>\n  ")) == Answer::accepted);
  CHECK(answer(signed_with(":1000", ":1000 ")) == Answer::accepted);
}

TEST_CASE("Values: white space within the RequestID") {
  check_refused(":1000", ": 1000");
  check_refused(":1000", " :1000");
  check_refused(":1000", ":10 00");
}

TEST_CASE("Values: RequestID with a part too many or too few") {
  check_refused(":1000", "");
  check_refused(":1000", ":");
  check_refused(":1000", ":1000:1000");
  check_refused("90-B3-D5-1F-30-01-00-00:", "");
}

TEST_CASE("Values: counter 2 to the 64 minus 1") {
  CHECK(answer(signed_with(":1000", ":18446744073709551615")) == Answer::accepted);
}

TEST_CASE("Values: counter 2 to the 64 and beyond") {
  for (const char* counter :
       {":18446744073709551616", ":18446744073709552616", ":99999999999999999999",
        ":184467440737095516150", ":340282366920938463463374607431768211456"})
    check_refused(":1000", counter);
}

TEST_CASE("Values: counter with leading zeros") {
  // Would be many spellings of one RequestID.
  check_refused(":1000", ":01000");
  check_refused(":1000", ":00000000000000001000");
  check_refused(":1000", ":00");
}

TEST_CASE("Values: counter with a sign") {
  check_refused(":1000", ":+1000");
  check_refused(":1000", ":-1000");
  check_refused(":1000", ":-0");
}

TEST_CASE("Values: counter in other notations") {
  for (const char* counter : {":1e3", ":0x3E8", ":1000.0", ":1,000", ":\xD9\xA1\xD9\xA0", ":"})
    check_refused(":1000", counter);
}

TEST_CASE("Values: command variant in other notations") {
  // An xs:positiveInteger may have a sign and zeros; the number is what counts.
  for (const char* variant : {">+8<", ">08<", "> 8 <", ">+0008<"})
    CHECK(answer(signed_with(">8<", variant)) == Answer::accepted);
  for (const char* variant :
       {">-8<", ">8.0<", ">0<", ">10<", ">4294967304<", ">18446744073709551624<", "><", ">8 8<"})
    check_refused(">8<", variant);
}

TEST_CASE("Values: service reference with white space or zeros") {
  check_refused(">8.14.3<", "> 8.14.3<");
  check_refused(">8.14.3<", ">8.14.3\n<");
  check_refused(">8.14.3<", ">8.14.3.1<");
}

TEST_CASE("Values: listed value in another case or with white space") {
  check_refused("Hot-shoe", "hot-shoe");
  check_refused("Hot-shoe", "Hot-shoe ");
  check_refused("Damaged case", "Damaged  case");
  check_refused("Damaged case", "Damaged\ncase");
}

TEST_CASE("Values: schemaVersion in other notations") {
  for (const char* version : {"\"05.40\"", "\"+5.4\"", "\" 5.4 \"", "\"5.4000000000000000000\""})
    CHECK(answer(signed_with("\"5.4\"", version)) == Answer::accepted);
  for (const char* version : {"\"5,4\"", "\"5.4.0\"", "\"5.4e0\"", "\"INF\"", "\"\"", "\"5 .4\""})
    check_refused("\"5.4\"", version);
}

TEST_CASE("Values: limits of length counted in characters") {
  // Twenty-five characters of four octets each are not longer than twenty-five of one.
  check_refused("Van 7", std::string(26, 'x'));
  CHECK(answer(signed_with("Van 7", std::string(25, 'x'))) == Answer::accepted);
  CHECK(answer(signed_with("Van 7", repeated("\xC3\xA9", 25))) == Answer::accepted);
  check_refused("Van 7", repeated("\xC3\xA9", 26));
}

TEST_CASE("Values: text that is code somewhere else") {
  for (const char* text : {"'; DROP TABLE outcomes;--", "${jndi:ldap://127.0.0.1:9/x}", "%s%s%n",
                           "&lt;script&gt;alert(1)&lt;/script&gt;", "=1+1", "../../etc/passwd"})
    CHECK(answer(signed_with("dropped", text)) == Answer::accepted);
}
