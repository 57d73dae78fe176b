// SPDX-License-Identifier: Apache-2.0
//
// Characters that are not what they seem. A filter in front of the host and the host itself must
// not read two different texts, so there is one encoding, and octets that break its rules are not
// repaired.
#include <cstdint>

#include "stage.hpp"

using namespace attacks;

namespace {

std::string declared(const std::string& encoding) {
  return "<?xml version=\"1.0\" encoding=\"" + encoding + "\"?>";
}

// ASCII text in another encoding form: each character in `width` octets, the first of them first
// or last.
std::string widened(std::string_view text, std::size_t width, bool big_endian) {
  std::string out;
  for (const char c : text) {
    std::string unit(width, '\0');
    unit[big_endian ? width - 1 : 0] = c;
    out += unit;
  }
  return out;
}

// IBM037, as far as XML needs it.
std::string ebcdic(std::string_view text) {
  static const std::pair<std::string_view, int> kRuns[] = {
      {"abcdefghi", 0x81}, {"jklmnopqr", 0x91}, {"stuvwxyz", 0xA2},   {"ABCDEFGHI", 0xC1},
      {"JKLMNOPQR", 0xD1}, {"STUVWXYZ", 0xE2},  {"0123456789", 0xF0}, {" ", 0x40},
      {".<(+|", 0x4B},     {"-/", 0x60},        {",%_>?", 0x6B},      {":#@'=\"", 0x7A}};
  std::string out;
  for (const char c : text) {
    char octet = 0x6F;
    for (const auto& [run, first] : kRuns)
      if (const auto at = run.find(c); at != std::string_view::npos)
        octet = static_cast<char>(first + static_cast<int>(at));
    out += octet;
  }
  return out;
}

// Within a value, an attribute, a comment, an instruction and a name: refused everywhere.
void check_refused_everywhere(const std::string& octets) {
  CAPTURE(octets);
  for (const std::string& document :
       {edited(good(), "dropped", octets), edited(good(), "\"5.4\"", "\"5.4" + octets + "\""),
        edited(good(), "<sr:Body>", "<!--" + octets + "--><sr:Body>"),
        edited(good(), "<sr:Body>", "<?p " + octets + "?><sr:Body>"),
        edited(good(), "<sr:Body>", "<sr:Body" + octets + ">"), octets + good(), good() + octets})
    CHECK(answer(document) == Answer::malformed);
}

void check_refused(const std::string& document) {
  CHECK(answer(document) == Answer::malformed);
}

const std::string kUtf8Mark = "\xEF\xBB\xBF";

}  // namespace

TEST_CASE("Encodings: UTF-7") {
  check_refused(declared("UTF-7") + good());
  check_refused("+/v8-" + good());
  // Not declared, it is nothing but text.
  const std::string tag = "+ADw-sr:Body+AD4-";
  const std::string document =
      signed_by(Player::alice, edited(unsigned_document(), "dropped", tag));
  CHECK(answer(document) == Answer::accepted);
}

TEST_CASE("Encodings: UTF-16 little-endian with a mark") {
  check_refused("\xFF\xFE" + widened(good(), 2, false));
}

TEST_CASE("Encodings: UTF-16 little-endian without a mark") {
  check_refused(widened(good(), 2, false));
}

TEST_CASE("Encodings: UTF-16 big-endian with a mark") {
  check_refused("\xFE\xFF" + widened(good(), 2, true));
}

TEST_CASE("Encodings: UTF-16 big-endian without a mark") {
  check_refused(widened(good(), 2, true));
}

TEST_CASE("Encodings: UTF-16 that declares itself") {
  check_refused("\xFF\xFE" + widened(declared("UTF-16") + good(), 2, false));
}

TEST_CASE("Encodings: UTF-32 in both orders with and without a mark") {
  for (const bool big_endian : {false, true}) {
    const std::string mark =
        big_endian ? std::string("\0\0\xFE\xFF", 4) : std::string("\xFF\xFE\0\0", 4);
    check_refused(widened(good(), 4, big_endian));
    check_refused(mark + widened(good(), 4, big_endian));
  }
}

TEST_CASE("Encodings: EBCDIC") {
  check_refused(ebcdic(good()));
  check_refused(ebcdic(declared("IBM037") + good()));
  check_refused(declared("EBCDIC-CP-US") + good());
}

TEST_CASE("Encodings: ISO-8859-1 declared and used") {
  check_refused(declared("ISO-8859-1") + edited(good(), "dropped", "caf\xE9"));
}

TEST_CASE("Encodings: ISO-8859-1 declared over UTF-8") {
  check_refused(declared("ISO-8859-1") + good());
}

TEST_CASE("Encodings: UTF-16 declared over UTF-8") {
  for (const char* encoding : {"UTF-16", "UTF-16LE", "UTF-16BE", "ISO-10646-UCS-2", "UTF-32"})
    check_refused(declared(encoding) + good());
}

TEST_CASE("Encodings: UTF-16 behind a declaration of UTF-8") {
  check_refused(widened(declared("UTF-8") + good(), 2, false));
  check_refused(kUtf8Mark + widened(good(), 2, false));
}

TEST_CASE("Encodings: encoding that nobody knows") {
  for (const char* encoding : {"x-evil", "UTF8", "utf_8", "../../etc/passwd", "UTF-8 ", "1"})
    check_refused(declared(encoding) + good());
  check_refused(declared("") + good());
}

TEST_CASE("Encodings: UTF-8 declared in any case") {
  for (const char* encoding : {"UTF-8", "utf-8", "Utf-8"})
    CHECK(answer(declared(encoding) + good()) == Answer::accepted);
}

TEST_CASE("Encodings: UTF-8 with a byte order mark") {
  CHECK(answer(kUtf8Mark + good()) == Answer::accepted);
  CHECK(answer(kUtf8Mark + declared("UTF-8") + good()) == Answer::accepted);
}

TEST_CASE("Encodings: second byte order mark") {
  check_refused(kUtf8Mark + kUtf8Mark + good());
  check_refused(good() + kUtf8Mark);
}

TEST_CASE("Encodings: overlong UTF-8") {
  for (const char* octets :
       {"\xC0\xBC", "\xE0\x80\xBC", "\xF0\x80\x80\xBC", "\xC0\x80", "\xC1\x81", "\xE0\x9F\xBF",
        "\xF0\x8F\xBF\xBD", "\xF8\x80\x80\x80\xBC", "\xFC\x80\x80\x80\x80\xBC"})
    check_refused_everywhere(octets);
}

TEST_CASE("Encodings: surrogates in UTF-8") {
  for (const char* octets : {"\xED\xA0\x80", "\xED\xBF\xBF", "\xED\xA0\xBD\xED\xB8\x80"})
    check_refused_everywhere(octets);
}

TEST_CASE("Encodings: surrogates by character reference") {
  for (const char* reference : {"&#xD800;", "&#xDFFF;", "&#xD83D;&#xDE00;", "&#55357;&#56832;"})
    check_refused(edited(good(), "dropped", reference));
}

TEST_CASE("Encodings: truncated UTF-8 that swallows the next tag") {
  for (const char* octets : {"\xC3", "\xE2\x82", "\xF0\x9F\x98"}) check_refused_everywhere(octets);
}

TEST_CASE("Encodings: stray continuation octets") {
  for (const char* octets : {"\x80", "\xBF", "\xC3\xA9\xA9"}) check_refused_everywhere(octets);
}

TEST_CASE("Encodings: code points beyond Unicode") {
  for (const char* octets : {"\xF4\x90\x80\x80", "\xF7\xBF\xBF\xBF", "\xFE", "\xFF"})
    check_refused_everywhere(octets);
  for (const char* reference : {"&#x110000;", "&#xFFFFFFFF;", "&#4294967361;"})
    check_refused(edited(good(), "dropped", reference));
}

TEST_CASE("Encodings: characters that XML does not have") {
  for (const char* octets : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) check_refused_everywhere(octets);
}

TEST_CASE("Encodings: NUL") {
  check_refused_everywhere(std::string(1, '\0'));
  check_refused(edited(good(), "dropped", "&#0;"));
  // Where a C string would end.
  check_refused(good() + std::string(1, '\0') + "<evil/>");
}

TEST_CASE("Encodings: control characters") {
  for (char c = 1; c < 0x20; ++c) {
    if (c == '\t' || c == '\n' || c == '\r') continue;
    check_refused(edited(good(), "dropped", std::string(1, c)));
    check_refused(edited(good(), "dropped", "&#" + std::to_string(c) + ";"));
  }
}

TEST_CASE("Encodings: look-alike characters in a signed value") {
  // A Cyrillic letter is a letter: signed, it is what was signed; slipped in, it breaks the digest.
  const std::string dropped = "dr\xD0\xBEpped";
  CHECK(answer(signed_by(Player::alice, edited(unsigned_document(), "dropped", dropped))) ==
        Answer::accepted);
  CHECK(answer(edited(good(), "dropped", dropped)) == Answer::forbidden);
  // An EUI-64 has ASCII digits only: full-width and Arabic ones are none.
  for (const char* digit : {"\xEF\xBC\x90", "\xD9\xA0"})
    check_refused(edited(good(), "00-DB", std::string(digit) + "0-DB"));
}

TEST_CASE("Encodings: characters that Unicode takes for the same") {
  const std::string composed = "caf\xC3\xA9", decomposed = "cafe\xCC\x81";
  const std::string document =
      signed_by(Player::alice, edited(unsigned_document(), "dropped", composed));
  CHECK(answer(document) == Answer::accepted);
  CHECK(answer(edited(document, composed, decomposed)) == Answer::forbidden);
}

TEST_CASE("Encodings: XML 1.1") {
  check_refused("<?xml version=\"1.1\"?>" + good());
  check_refused("<?xml version=\"1.1\" encoding=\"UTF-8\"?>" + edited(good(), "dropped", "&#1;"));
}

TEST_CASE("Encodings: line ends of XML 1.1") {
  // Text in XML 1.0, but a line end for who reads it as 1.1.
  for (const char* character : {"\xC2\x85", "\xE2\x80\xA8"}) {
    const std::string document =
        signed_by(Player::alice, edited(unsigned_document(), "dropped", character));
    CHECK(answer(document) == Answer::accepted);
    CHECK(why() == "");
    CHECK(answer(edited(document, character, "\n")) == Answer::forbidden);
  }
}

TEST_CASE("Encodings: versions of XML that do not exist") {
  for (const char* version : {"1.2", "2.0", "1", "", "1.0 ", "01.0"})
    check_refused("<?xml version=\"" + std::string(version) + "\"?>" + good());
}

TEST_CASE("Encodings: standalone") {
  CHECK(answer("<?xml version=\"1.0\" standalone=\"yes\"?>" + good()) == Answer::accepted);
  CHECK(answer("<?xml version=\"1.0\" standalone=\"no\"?>" + good()) == Answer::accepted);
  check_refused("<?xml version=\"1.0\" standalone=\"maybe\"?>" + good());
}

TEST_CASE("Encodings: second XML declaration") {
  check_refused(declared("UTF-8") + declared("UTF-8") + good());
  check_refused(edited(good(), "<sr:Body>", declared("UTF-8") + "<sr:Body>"));
  check_refused("\n" + declared("UTF-8") + good());
}
