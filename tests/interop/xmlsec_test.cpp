// SPDX-License-Identifier: Apache-2.0
//
// Signatures: ours before xmlsec1, xmlsec1's and one made by hand before us, and what happens when
// somebody changes a signed message. Programs other than ours are found in PATH.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <sstream>

#include "client/pki.hpp"
#include "duis/credentials.hpp"
#include "duis/reader.hpp"
#include "duis/verify.hpp"
#include "duis/writer.hpp"
#include "unit/duis/messages.hpp"
#include "unit/duis/temporary_directory.hpp"

using namespace dcc::duis;
using messages::edited;
namespace fs = std::filesystem;
namespace pki = sample::pki;

namespace {

const fs::path kPublished = DCC_SOURCE_DIR "/../shared/duis";

std::int64_t now() {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  INFO(file);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// A shell command; what it says goes to the test's output.
bool succeeds(const std::string& command) {
  return std::system(("( " + command + " ) >&2").c_str()) == 0;
}

std::string quoted(const fs::path& path) {
  return "'" + path.string() + "'";
}

// A User whose certificate we know, and the tools that know it, too.
class User {
 public:
  static constexpr std::string_view kRequestId =
      "90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1000";

  explicit User(std::string_view issuer = "CN=Z1,OU=07",
                const std::string& serial = "170141183460469231731687303715884105727") {
    const pki::Identity ca = pki::make_ca(issuer);
    pki::CertificateOptions options;
    options.eui = {0x90B3D51F30010000};
    options.serial = serial;
    const pki::Identity identity = pki::make_certificate(ca, options);
    fs::create_directory(directory_.path() / "credentials");
    certificate_ = directory_.write("credentials/user.pem", identity.certificate_pem());
    key_ = directory_.write("user.key", identity.key_pem());
    signer_.emplace(Signer::load(certificate_, key_));
    std::vector<std::string> problems;
    credentials_.emplace(
        Credentials::load(directory_.path() / "credentials", std::nullopt, problems));
    REQUIRE(problems.empty());
  }

  const Signer& signer() const { return *signer_; }
  const Credentials& credentials() const { return *credentials_; }
  const fs::path& key() const { return key_; }

  // Empty: the message is the User's.
  std::string why_refused(Reader& reader, std::string_view octets) const {
    const Message* message = reader.read(octets);
    if (message == nullptr) return reader.refusal().text;
    const Verdict verdict = verify(*message, *credentials_, now());
    if (verdict.signer == nullptr) return verdict.why;
    CHECK(verdict.signer == &credentials_->certificates()[0]);
    return {};
  }
  std::string why_refused(std::string_view octets) const {
    Reader reader(*Schema::built_in());
    return why_refused(reader, octets);
  }

  // With the key pinned: KeyInfo only names it.
  bool xmlsec_accepts(std::string_view octets) const {
    const fs::path file = directory_.write("signed.xml", octets);
    return succeeds("xmlsec1 --verify --enabled-reference-uris empty --pubkey-cert-pem " +
                    quoted(certificate_) + ' ' + quoted(file));
  }

  std::string signed_by_xmlsec(std::string_view octets) const {
    const fs::path file = directory_.write("template.xml", octets);
    const fs::path to = directory_.path() / "by-xmlsec.xml";
    REQUIRE(succeeds("xmlsec1 --sign --output " + quoted(to) + " --privkey-pem " + quoted(key_) +
                     ',' + quoted(certificate_) + ' ' + quoted(file)));
    return content_of(to);
  }

  std::string signed_by_client(std::string_view octets) const {
    const fs::path file = directory_.write("to-sign.xml", octets);
    const fs::path to = directory_.path() / "by-client.xml";
    REQUIRE(succeeds(quoted(DCC_BINARY_DIR "/bin/duis-client") + " sign --key " + quoted(key_) +
                     " --cert " + quoted(certificate_) + ' ' + quoted(file) + " > " + quoted(to)));
    return content_of(to);
  }

  std::string signed_by_hand(const std::string& issuer, const std::string& serial) const {
    const fs::path to = directory_.path() / "by-hand.xml";
    REQUIRE(succeeds(quoted(DCC_SOURCE_DIR "/tests/interop/sign_by_hand.sh") + ' ' + quoted(key_) +
                     " '" + issuer + "' '" + serial + "' > " + quoted(to)));
    return content_of(to);
  }

  // By libxml2, which does not find an imported schema whose file name has spaces in it.
  bool valid_by_published_schema(std::string_view octets) const {
    for (const char* name : {"xmldsig-core-schema.xsd", "XMLSchema.dtd", "datatypes.dtd"})
      directory_.write(name, content_of(kPublished / name));
    directory_.write("mmc.xsd", content_of(kPublished / "MMC Schema V5.4.xsd"));
    const fs::path schema = directory_.write(
        "duis.xsd",
        edited(content_of(messages::official_schema_file()), "MMC Schema V5.4.xsd", "mmc.xsd"));
    const fs::path file = directory_.write("validated.xml", octets);
    return succeeds("xmllint --nonet --noout --schema " + quoted(schema) + ' ' + quoted(file));
  }

 private:
  TemporaryDirectory directory_;
  fs::path certificate_, key_;
  std::optional<Signer> signer_;
  std::optional<Credentials> credentials_;
};

std::string fault_return(std::string_view information = "R&D <caf\xC3\xA9> \"\xF0\x9F\x98\x80\"") {
  RequestFields fields;
  fields.request_id = User::kRequestId;
  fields.service_reference = "8.14";
  fields.srv = "8.14.3";
  fields.body_element = "CHFFaultReturn";
  fields.items = {{"DeviceID", "00-DB-12-34-56-78-90-A2"},
                  {"CHFFaultReturnType", "Fault identified prior to installation"},
                  {"UserRefDateTime", "2026-11-24T03:05:42Z"},
                  {"UserRefID", " ]]> \t\r\n"},
                  {"OtherDeviceID", "00-DB-12-34-56-78-90-A0"},
                  {"IncidentReference", ""},
                  {"CHFConnectionMethod", "Hot-shoe"},
                  {"CHFFaultReason", "Damaged case"},
                  {"AdditionalInformation", std::string(information)}};
  return request_root(fields);
}

std::string no_fault_return() {
  RequestFields fields;
  fields.request_id = User::kRequestId;
  fields.service_reference = "8.14";
  fields.srv = "8.14.4";
  fields.body_element = "CHFNoFaultReturn";
  fields.items = {{"DeviceID", "00-DB-12-34-56-78-90-A2"},
                  {"CHFNoFaultReturnType", "Lost or Stolen Hub"}};
  return request_root(fields);
}

std::string response(std::string_view code, const Signer* signer) {
  ResponseFields fields;
  fields.schema_version = "5.4";
  fields.request_id = User::kRequestId;
  fields.code = code;
  fields.response_time = now();
  fields.service_reference = "8.14";
  fields.srv = "8.14.3";
  return response_document(fields, signer);
}

// The text of the first element of this name.
std::string text_of(const std::string& document, const std::string& element) {
  const std::size_t begin = document.find('<' + element + '>') + element.size() + 2;
  return document.substr(begin, document.find("</" + element, begin) - begin);
}

}  // namespace

TEST_CASE("xmlsec1 accepts what is signed here") {
  const User user;
  // Each signature has a random part; some of many have an r or s that begins with zeros.
  for (int i = 0; i < 10; ++i)
    CHECK(user.xmlsec_accepts(sign_document(fault_return(), user.signer())));
  CHECK(user.xmlsec_accepts(sign_document(no_fault_return(), user.signer())));
  CHECK(user.xmlsec_accepts(response("I99", &user.signer())));
  CHECK(user.xmlsec_accepts(response("E5", &user.signer())));
  // It would not accept anything.
  CHECK_FALSE(user.xmlsec_accepts(
      edited(sign_document(fault_return(), user.signer()), "Hot-shoe", "Cradle")));
  CHECK_FALSE(user.xmlsec_accepts(edited(response("E5", &user.signer()), "E5", "E4")));
}

TEST_CASE("what is signed here is accepted here") {
  const User user;
  CHECK(user.why_refused(sign_document(fault_return(), user.signer())) == "");
  CHECK(user.why_refused(sign_document(no_fault_return(), user.signer())) == "");
  CHECK(user.why_refused(response("I99", &user.signer())) == "");
  CHECK_THAT(user.why_refused(response("I99", nullptr)), Catch::Contains("no Signature"));
}

TEST_CASE("what xmlsec1 signs is accepted") {
  const User user("CN=U1, O=Some \\\"Issuer\\\"\\, Ltd, OU=07");
  const std::string octets =
      user.signed_by_xmlsec(content_of(DCC_SOURCE_DIR "/tests/interop/template.xml"));
  CAPTURE(octets);
  REQUIRE(user.xmlsec_accepts(octets));
  CHECK(user.why_refused(octets) == "");
  Reader reader(*Schema::built_in());
  const Message* message = reader.read(octets);
  REQUIRE(message != nullptr);
  CHECK(message->request_id->counter == 77);
  CHECK(message->items.back().value == "\"R&D\"\t<caf\xC3\xA9> \xF0\x9F\x98\x80\r\n");
}

TEST_CASE("published reference requests are accepted when xmlsec1 has signed them") {
  if (!fs::exists(kPublished)) {
    WARN("the published reference requests are not here");
    return;
  }
  const User user("CN=U1,OU=07", "1234567890");
  int count = 0;
  for (const auto& entry : fs::directory_iterator(kPublished)) {
    if (entry.path().extension() != ".XML") continue;
    CAPTURE(entry.path());
    const std::string octets = user.signed_by_xmlsec(content_of(entry.path()));
    CAPTURE(octets);
    CHECK(user.why_refused(octets) == "");
    for (const auto& schema : messages::schemas()) {
      Reader reader(*schema);
      CHECK(user.why_refused(reader, octets) == "");
    }
    CHECK(user.valid_by_published_schema(octets));
    ++count;
  }
  CHECK(count == 5);
}

TEST_CASE("xmlsec1 accepts what duis-client signs") {
  const User user;
  std::vector<std::string> originals{
      user.signed_by_xmlsec(content_of(DCC_SOURCE_DIR "/tests/interop/template.xml"))};
  if (fs::exists(kPublished))
    for (const auto& entry : fs::directory_iterator(kPublished))
      if (entry.path().extension() == ".XML") originals.push_back(content_of(entry.path()));
  for (const std::string& original : originals) {
    const std::string octets = user.signed_by_client(original);
    CAPTURE(octets);
    CHECK(user.xmlsec_accepts(octets));
    CHECK(user.why_refused(octets) == "");
  }
}

TEST_CASE("what is signed by hand is accepted") {
  const User user("CN=Z1,OU=07", "4660");
  for (int i = 0; i < 5; ++i) {
    const std::string octets = user.signed_by_hand("CN=Z1, OU=07", "4660");
    CAPTURE(octets);
    CHECK(user.why_refused(octets) == "");
    CHECK(user.xmlsec_accepts(octets));
    // So our canonical form is the one that was written by hand.
    Reader reader(*Schema::built_in());
    const Message* message = reader.read(octets);
    REQUIRE(message != nullptr);
    const std::string_view canonical = message->canonical;
    CHECK(octets.find(canonical.substr(0, message->root_end_tag)) != std::string::npos);
  }
}

TEST_CASE("a message that is valid here is valid by the published schema") {
  if (!fs::exists(messages::official_schema_file())) {
    WARN("the published schema is not here");
    return;
  }
  // libxml2 takes no xs:integer of more than 24 digits, so no real serial.
  const User user("CN=Z1,OU=07", "4660");
  CHECK(user.valid_by_published_schema(sign_document(fault_return(), user.signer())));
  CHECK(user.valid_by_published_schema(sign_document(no_fault_return(), user.signer())));
  CHECK(user.valid_by_published_schema(response("I99", &user.signer())));
  CHECK(user.valid_by_published_schema(response("E5", &user.signer())));
  CHECK(user.valid_by_published_schema(response("E2", nullptr)));
  CHECK_FALSE(user.valid_by_published_schema(edited(response("E2", nullptr), ">E2<", ">no<")));
}

TEST_CASE("a SignatureValue may be wrapped, as other software does") {
  const User user;
  const std::string octets = sign_document(fault_return(), user.signer());
  const std::string value = text_of(octets, "ds:SignatureValue");
  REQUIRE(value.size() == 88);
  for (const char* line_end : {"\n", "\r\n", "&#13;\n", "&#xD;&#xA;", "\t", " <!-- --> "}) {
    std::string wrapped = line_end;
    for (std::size_t at = 0; at < value.size(); at += 19)
      wrapped += value.substr(at, 19) + line_end;
    CAPTURE(wrapped);
    for (const auto& schema : messages::schemas()) {
      Reader reader(*schema);
      CHECK(user.why_refused(reader, edited(octets, value, wrapped)) == "");
    }
  }
}

TEST_CASE("what is covered cannot be changed: every single bit") {
  const User user;
  Reader reader(*Schema::built_in());
  const std::string octets = sign_document(fault_return(), user.signer());
  const Message* message = reader.read(octets);
  REQUIRE(message != nullptr);
  const std::string canonical(message->canonical), signed_info(message->signature->signed_info);
  std::size_t refused = 0, not_covered = 0;
  std::string changed = octets;
  for (std::size_t at = 0; at < octets.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      changed[at] = static_cast<char>(octets[at] ^ (1 << bit));
      if (!user.why_refused(reader, changed).empty()) {
        ++refused;
        continue;
      }
      // The spelling of the encoding or of the issuer, but nothing that was signed.
      ++not_covered;
      CAPTURE(at, changed);
      message = reader.read(changed);
      REQUIRE(message->canonical == canonical);
      REQUIRE(message->signature->signed_info == signed_info);
    }
    changed[at] = octets[at];
  }
  std::cout << octets.size() << " octets, one bit changed: " << refused << " refused, "
            << not_covered << " not covered and accepted\n";
  CHECK(not_covered < 32);
}

TEST_CASE("a signature does not fit another message, nor another User") {
  const User user, other;
  const std::string first = sign_document(fault_return("first"), user.signer());
  const std::string second = sign_document(fault_return("second"), user.signer());
  const auto signature_of = [](const std::string& octets) {
    const std::size_t begin = octets.find("<ds:Signature ");
    return octets.substr(begin, octets.find("</sr:Request>") - begin);
  };
  CHECK_THAT(user.why_refused(edited(first, signature_of(first), signature_of(second))),
             Catch::Contains("DigestValue"));
  CHECK_THAT(user.why_refused(edited(first, text_of(first, "ds:SignatureValue"),
                                     text_of(second, "ds:SignatureValue"))),
             Catch::Contains("does not verify"));
  CHECK_THAT(user.why_refused(edited(first, text_of(first, "ds:DigestValue"),
                                     text_of(second, "ds:DigestValue"))),
             Catch::Contains("DigestValue"));
  // With the digest put right, the signature is of another SignedInfo.
  const std::string repaired =
      edited(edited(first, "first", "second"), text_of(first, "ds:DigestValue"),
             text_of(second, "ds:DigestValue"));
  CHECK_THAT(user.why_refused(repaired), Catch::Contains("does not verify"));
  // The other User's certificate has the same issuer and serial, and another key.
  CHECK_THAT(other.why_refused(first), Catch::Contains("does not verify"));
}

TEST_CASE("elements and attributes cannot be slipped in") {
  const User user;
  const std::string octets = sign_document(fault_return(), user.signer());
  REQUIRE(user.why_refused(octets) == "");
  for (const char* addition :
       {" ", "\n", "&#32;", "<?pi?>", "<sr:UserRefID>x</sr:UserRefID>", "<sr:Body/>", "x"}) {
    for (const char* before : {"<sr:Header>", "<sr:RequestID>", "</sr:RequestID>", "<sr:Body>",
                               "</sr:CHFFaultReturn>", "</sr:Body>", "<ds:Signature ",
                               "<ds:SignatureMethod", "</ds:SignedInfo>", "</sr:Request>"}) {
      CAPTURE(addition, before);
      CHECK(user.why_refused(edited(octets, before, addition + std::string(before))) != "");
    }
  }
  for (const char* addition : {" a=\"b\"", " xmlns:x=\"urn:x\"", " xml:lang=\"en\""})
    for (const char* element : {"<sr:Request", "<sr:Header", "<sr:UserRefID"})
      CHECK(user.why_refused(edited(octets, element, element + std::string(addition))) != "");
  // Of no consequence to the canonical form, so to the signature.
  for (const char* before : {"<sr:Header>", "</sr:RequestID>", "<ds:SignatureMethod"})
    CHECK(user.why_refused(edited(octets, before, "<!-- -->" + std::string(before))) == "");
}
