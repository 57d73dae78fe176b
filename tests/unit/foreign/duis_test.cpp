// SPDX-License-Identifier: Apache-2.0
// dcc/duis.h as a foreign language meets it: what is read of whom, what is written, room, bad
// input, handles; and the way from a request's octets to a response's, against the real plugin.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <future>
#include <set>
#include <thread>
#include <vector>

#include "api.hpp"
#include "dcc/duis.h"
#include "duis/writer.hpp"
#include "golden.hpp"
#include "support/credentials.hpp"
#include "support/process.hpp"
#include "support/published_schema.hpp"

using namespace foreign_test;
namespace json = boost::json;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr std::int64_t kNow = 1'767'225'601'000;  // 2026-01-01
constexpr std::int64_t kDeadline = kNow + 2000;
constexpr std::int64_t k2025 = 1'735'689'600'000, k2030 = 1'893'456'000'000;
const std::string kBroker = "90-B3-D5-1F-30-00-00-02";
const std::string kAgent = "90-B3-D5-1F-30-01-00-00";
const std::string kHub = "00-DB-12-34-56-78-90-01";

struct DuisApi : foreign_test::SharedObject {
  DuisApi() : SharedObject(DUIS_LIBRARY) {
    find(abi, "dccd_abi");
    find(make, "dccd_new");
    find(reload, "dccd_reload");
    find(read, "dccd_read");
    find(write, "dccd_write");
    find(free, "dccd_free");
  }
  static const DuisApi& get() {
    static const DuisApi api;
    return api;
  }

  decltype(&dccd_abi) abi = nullptr;
  decltype(&dccd_new) make = nullptr;
  decltype(&dccd_reload) reload = nullptr;
  decltype(&dccd_read) read = nullptr;
  decltype(&dccd_write) write = nullptr;
  decltype(&dccd_free) free = nullptr;
};

sample::pki::CertificateOptions certificate_of(const std::string& eui) {
  sample::pki::CertificateOptions options;
  options.eui = *dcc::duis::Eui64::parse(eui);
  options.not_before = k2025;
  options.not_after = k2030;
  return options;
}

// Users with certificates, one of them unknown; and the broker, who signs.
struct People {
  People() {
    credentials.issue("dcc", certificate_of(kBroker));
    credentials.issue("agent", certificate_of(kAgent));
    credentials.issue("other", certificate_of("90-B3-D5-1F-30-03-00-00"));
    credentials.issue("stranger", certificate_of(kAgent), support::Credentials::Known::no);
  }
  // `more`: further members, or another value of one of these.
  std::string options(const json::object& more = {}) const {
    json::object all{{"certificates", credentials.known().string()},
                     {"trust_anchor", credentials.anchor().string()},
                     {"control_broker", kBroker},
                     {"certificate", credentials.certificate("dcc").string()},
                     {"key", credentials.key("dcc").string()}};
    for (const auto& member : more) all[member.key()] = member.value();
    return json::serialize(all);
  }

  support::TempDirectory root;
  support::Credentials credentials{root.path()};
};

dcc::duis::RequestFields request(const std::string& srv = "8.14.3") {
  dcc::duis::RequestFields fields;
  fields.request_id = kAgent + ":" + kBroker + ":17";
  fields.service_reference = "8.14";
  fields.srv = srv;
  fields.body_element = srv == "8.14.3" ? "CHFFaultReturn" : "CHFNoFaultReturn";
  if (srv == "8.14.3") {
    fields.items = {{"DeviceID", kHub},
                    {"CHFFaultReturnType", "Fault identified prior to installation"},
                    {"OtherDeviceID", "00-DB-12-34-56-78-90-A0"},
                    {"CHFConnectionMethod", "Hot-shoe"},
                    {"CHFFaultReason", "Damaged case"},
                    {"AdditionalInformation", "\"dropped\" <twice> & wet \xe2\x82\xac"}};
  } else {
    fields.items = {{"DeviceID", kHub}, {"CHFNoFaultReturnType", "Lost or Stolen Hub"}};
  }
  return fields;
}

class Duis {
 public:
  explicit Duis(const std::string& options) {
    std::string error(2000, 'x');
    handle = api.make(options.data(), options.size(), error.data(), error.size());
    if (handle == nullptr) throw std::runtime_error(error.c_str());
  }
  ~Duis() { api.free(handle); }
  Duis(const Duis&) = delete;
  Duis& operator=(const Duis&) = delete;

  Result reload() const {
    return call([&](char* out, std::size_t cap) { return api.reload(handle, out, cap); });
  }
  Result read(std::string_view octets, std::int64_t at = kNow) const {
    return call([&](char* out, std::size_t cap) {
      return api.read(handle, octets.data(), octets.size(), at, at + 2000, out, cap);
    });
  }
  Result write(std::string_view fields) const {
    return call([&](char* out, std::size_t cap) {
      return api.write(handle, fields.data(), fields.size(), out, cap);
    });
  }

  const DuisApi& api = DuisApi::get();
  dccd* handle = nullptr;

 private:
  static Result call(const std::function<std::int64_t(char*, std::size_t)>& one) {
    std::string out(1 << 21, 'x');
    const std::int64_t size = one(out.data(), out.size());
    return {size, out.c_str()};
  }
};

struct Reading {
  explicit Reading(const json::object& more = {}) : duis(people.options(more)) {
    const Result loaded = duis.reload();
    INFO(loaded.text);
    REQUIRE(loaded.status > 0);
  }
  std::string sign(const dcc::duis::RequestFields& fields, const char* who = "agent") const {
    return sign_document(request_root(fields), people.credentials.signer(who));
  }

  People people;
  Duis duis;
};

std::string kind_of(const Result& result) {
  if (result.status < 0) return result.text;
  const json::value answer = json::parse(result.text);
  const auto* const reason = answer.as_object().if_contains("reason");
  return text_of(answer.at("kind")) + (reason == nullptr ? "" : ": " + text_of(*reason));
}

std::string fields_of(const std::string& code = "E5", std::int64_t time = kNow) {
  return json::serialize(json::object{{"schema_version", "5.4"},
                                      {"request_id", kAgent + ":" + kBroker + ":17"},
                                      {"service_reference", "8.14"},
                                      {"srv", "8.14.3"},
                                      {"code", code},
                                      {"time", time}});
}

const json::object kFacts{
    {"user", json::object{{"role", "SNA"}, {"status", "Active"}, {"revision", 2}}},
    {"devices",
     json::object{{kHub, json::object{{"type", "CHF"}, {"status", "Pending"}, {"revision", 7}}}}},
    {"acts",
     json::array{json::object{
         {"agent", kAgent}, {"device", kHub}, {"at", kNow}, {"holds", true}, {"revision", 3}}}}};

}  // namespace

TEST_CASE("the library of DUIS messages says its version") {
  CHECK(DuisApi::get().abi() == 0x10000);
}

TEST_CASE("a request is read as it was sent, and every member is told") {
  const Reading reading;
  const std::string octets = reading.sign(request());
  const Result result = reading.duis.read(octets);
  REQUIRE(result.status > 0);
  const json::value answer = json::parse(result.text);
  CHECK(text_of(answer.at("kind")) == "request");
  json::object expected{{"srv", "8.14.3"},
                        {"service_reference", "8.14"},
                        {"command_variant", 8},
                        {"originator", kAgent},
                        {"target", kBroker},
                        {"counter", "17"},
                        {"body_element", "CHFFaultReturn"},
                        {"canonical", request_root(request())},
                        {"received_at", kNow},
                        {"deadline", kDeadline}};
  json::array items;
  for (const auto& [path, value] : request().items) items.push_back(json::array{path, value});
  expected["items"] = items;
  CHECK(answer.at("request") == json::value(expected));
  CHECK(answer.at("response") ==
        json::value(json::object{{"schema_version", "5.4"},
                                 {"request_id", kAgent + ":" + kBroker + ":17"},
                                 {"service_reference", "8.14"},
                                 {"srv", "8.14.3"}}));
  CHECK(text_of(answer.at("device_id")) == kHub);
  const auto& signer = reading.people.credentials.signer("agent").certificate();
  CHECK(answer.at("signer") ==
        json::value(json::object{
            {"eui", kAgent}, {"issuer", signer.issuer()}, {"serial", signer.serial()}}));
  const support::Finished sha = [&] {
    support::write_file(reading.people.root.path() / "canonical", request_root(request()));
    return support::run("sha256sum", {(reading.people.root.path() / "canonical").string()});
  }();
  CHECK(text_of(answer.at("digest")) == sha.out.substr(0, 64));
}

TEST_CASE("who is not accepted is told why, and by which kind") {
  const Reading reading;
  const auto refused = [&](const std::string& octets, std::int64_t at = kNow) {
    return kind_of(reading.duis.read(octets, at));
  };
  const std::string good = reading.sign(request());
  REQUIRE(refused(good) == "request");
  const auto edited = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  CHECK_THAT(refused(""), StartsWith("not_valid: "));
  CHECK_THAT(refused("no XML"), StartsWith("not_valid: line 1, column 1: "));
  CHECK_THAT(refused(edited("Damaged case", "Broken case")), StartsWith("not_valid: line 1, "));
  CHECK_THAT(refused(std::string(DCCD_MAX_OCTETS + 1, ' ')),
             StartsWith("not_valid: the message has 1048577 octets"));
  CHECK(refused(edited("dropped", "stolen")) ==
        "signature: DigestValue is not the digest of the message");
  CHECK(refused(dcc::duis::unsigned_document(request_root(request()))) ==
        "signature: the message has no Signature");
  CHECK_THAT(refused(reading.sign(request(), "stranger")), StartsWith("signature: "));
  CHECK(refused(reading.sign(request(), "other")) ==
        "signature: the certificate is 90-B3-D5-1F-30-03-00-00's, not the originator's");
  CHECK(refused(good, k2030 + 86'400'000) == "signature: the certificate is expired");
  CHECK_THAT(refused(edited("ecdsa-sha256", "ecdsa-sha512")),
             StartsWith("signature: the Signature is not of the DUIS profile"));

  auto fields = request();
  fields.schema_version = "1.0";
  CHECK(refused(reading.sign(fields)) == "not_valid: schemaVersion 1.0 is not accepted");
  fields = request();
  fields.request_id = kAgent + ":" + kAgent + ":17";
  CHECK_THAT(refused(reading.sign(fields)), StartsWith("not_valid: the RequestID's target is "));
  fields.request_id = kAgent + ":" + kBroker + ":0";
  CHECK(refused(reading.sign(fields)) == "not_valid: the RequestID's counter is 0");
  CHECK(text_of(json::parse(reading.duis.read(reading.sign(fields)).text).at("request_id")) ==
        fields.request_id);
}

TEST_CASE("what the schema lets pass and a decision would not take is not valid") {
  const Reading reading;
  auto fields = request();
  fields.srv = "8.14.9";
  fields.items = {{"Anything", "x"}};
  fields.body_element = "B" + std::string(63, 'o');
  CHECK(kind_of(reading.duis.read(reading.sign(fields))) == "request");
  fields.body_element += 'o';
  CHECK_THAT(kind_of(reading.duis.read(reading.sign(fields))),
             StartsWith("not_valid: Body: ") && Contains("expected 1 to 64 octets"));
  fields.body_element = "Big";
  fields.items = {{"Anything", std::string(500'000, 'x')}};
  CHECK_THAT(kind_of(reading.duis.read(reading.sign(fields))),
             StartsWith("not_valid: the request has "));
}

TEST_CASE("what is read is decided, what is decided is written, and what is written is read") {
  const Reading reading;
  const Running host;
  json::object message =
      json::parse(reading.duis.read(reading.sign(request("8.14.4"))).text).as_object();
  json::object question = message.at("request").as_object();
  for (const auto& fact : kFacts) question[fact.key()] = fact.value();
  const json::value answer = json::parse(host.library->decide(json::serialize(question)).text);
  REQUIRE(text_of(answer.at("code")) == "I99");

  json::object fields = message.at("response").as_object();
  fields["code"] = answer.at("code");
  fields["time"] = kNow + 500;
  const Result written = reading.duis.write(json::serialize(fields));
  INFO(written.text);
  REQUIRE(written.status == static_cast<std::int64_t>(written.text.size()));
  const json::value read = json::parse(reading.duis.read(written.text).text);
  CHECK(text_of(read.at("kind")) == "response");
  CHECK(read.at("response") == message.at("response"));
  CHECK(text_of(read.at("code")) == "I99");
  CHECK(text_of(read.at("date_time")) == "2026-01-01T00:00:01.500Z");
  CHECK(text_of(read.at("signer").at("eui")) == kBroker);
  CHECK(text_of(read.at("items")) ==
        R"([["ServiceReference","8.14"],["ServiceReferenceVariant","8.14.4"]])");
}

TEST_CASE("a program in C gets from a request's octets to a signed response by three calls") {
  struct Case {
    const char *code, *status;
    bool acts;
  };
  const auto [code, status, acts] = GENERATE(values<Case>(
      {{"E5", "Commissioned", true}, {"I99", "Pending", true}, {"E4", "Pending", false}}));
  CAPTURE(code);
  const Reading reading;
  World world;
  world.install_all();
  json::object facts = kFacts;
  facts["devices"].as_object()[kHub].as_object()["status"] = status;
  facts["acts"].as_array()[0].as_object()["holds"] = acts;
  const auto file = reading.people.root.path() / "request.xml";
  support::write_file(file, reading.sign(request()));
  const support::Finished run =
      support::run(DUIS_C_PROGRAM, {world.options(), reading.people.options(),
                                    json::serialize(facts), std::to_string(kNow), file.string()});
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  CHECK_THAT(run.out, Contains("<sr:ResponseCode>" + std::string(code) + "</sr:ResponseCode>"));

  const auto& credentials = reading.people.credentials;
  const auto response = reading.people.root.path() / "response.xml";
  support::write_file(response, run.out);
  const support::Finished xmlsec =
      support::run("xmlsec1", {"--verify", "--enabled-reference-uris", "empty", "--pubkey-cert-pem",
                               credentials.certificate("dcc").string(), response.string()});
  CAPTURE(xmlsec.err);
  CHECK(xmlsec.exit_code == 0);
  const support::Finished client = support::run(
      DUIS_CLIENT, {"verify", "--credentials", credentials.known().string(), "--trust-anchor",
                    credentials.anchor().string(), response.string()});
  CHECK_THAT(client.out, StartsWith("signed by " + kBroker));
  CHECK(client.exit_code == 0);
  if (std::filesystem::exists(support::kPublishedSchema)) {
    const support::Finished valid = support::validate({response});
    INFO(valid.err);
    CHECK(valid.exit_code == 0);
  }
}

TEST_CASE("the program in C answers nothing to a request that is not accepted") {
  const Reading reading;
  World world;
  world.install_all();
  const auto file = reading.people.root.path() / "request.xml";
  support::write_file(file, reading.sign(request(), "stranger"));
  const support::Finished run =
      support::run(DUIS_C_PROGRAM, {world.options(), reading.people.options(),
                                    json::serialize(kFacts), std::to_string(kNow), file.string()});
  CHECK(run.exit_code == 1);
  CHECK(run.out.empty());
  CHECK_THAT(run.err, StartsWith(R"({"kind":"signature","reason":)"));
}

TEST_CASE("only a response that is valid is written, and only while its certificate is") {
  const Reading reading;
  CHECK_THAT(reading.duis.write(fields_of("perhaps")).text,
             StartsWith("it would not be a valid response: line 1, "));
  CHECK(reading.duis.write(fields_of("perhaps")).status == -DCC_INVALID);
  for (const std::int64_t time : {k2025 - 1000, k2030 + 1000}) {
    const Result late = reading.duis.write(fields_of("I99", time));
    CHECK(late.status == -DCC_NOT_NOW);
    CHECK_THAT(late.text, Contains("dcc.pem: is ") && Contains(" at 20"));
  }
  // Markup in a field is text, and then not of its type.
  CHECK(reading.duis.write(fields_of("E5</sr:ResponseCode>")).status == -DCC_INVALID);
}

TEST_CASE("without a certificate of the adaptor's own, responses are not signed") {
  const People people;
  json::object options = json::parse(people.options()).as_object();
  options.erase("certificate");
  CHECK_THROWS_WITH(Duis(json::serialize(options)), "certificate: expected to be there");
  options.erase("key");
  const Duis duis(json::serialize(options));
  CHECK(duis.write(fields_of()).status == -DCC_NOT_NOW);
  const Result loaded = duis.reload();
  CHECK(loaded.text == R"({"certificates":3,"problems":[]})");
  const Result written = duis.write(fields_of());
  CHECK(written.status > 0);
  CHECK(written.text.find("Signature") == std::string::npos);
  CHECK(kind_of(duis.read(written.text)) == "signature: the message has no Signature");
}

TEST_CASE("before a reload that went well nothing is read or written") {
  People people;
  const Duis duis(people.options());
  const std::string octets =
      sign_document(request_root(request()), people.credentials.signer("agent"));
  CHECK(duis.read(octets).status == -DCC_NOT_NOW);
  CHECK(duis.write(fields_of()).text == "no dccd_reload() has gone well yet");
  support::write_file(people.credentials.known() / "broken.crl", "no revocation list");
  const Result refused = duis.reload();
  CHECK(refused.status == -DCC_INVALID);
  CHECK_THAT(refused.text, Contains("broken.crl: "));
  CHECK(duis.read(octets).status == -DCC_NOT_NOW);
  fs::remove(people.credentials.known() / "broken.crl");
  CHECK(duis.reload().status > 0);
  CHECK(kind_of(duis.read(octets)) == "request");
}

TEST_CASE("a reload takes what changed, says what it left out, and keeps what works") {
  Reading reading;
  auto& credentials = reading.people.credentials;
  const std::string octets = reading.sign(request());
  support::write_file(credentials.known() / "broken.pem", "no certificate");
  credentials.revoke({"agent"});
  const json::value loaded = json::parse(reading.duis.reload().text);
  CHECK(text_of(loaded.at("certificates")) == "3");
  REQUIRE(loaded.at("problems").as_array().size() == 1);
  CHECK_THAT(text_of(loaded.at("problems").at(0)), Contains("broken.pem: "));
  const auto& signer = credentials.signer("dcc").certificate();
  CHECK(loaded.at("signer") == json::value(json::object{{"eui", kBroker},
                                                        {"issuer", signer.issuer()},
                                                        {"serial", signer.serial()},
                                                        {"not_after", signer.not_after()}}));
  CHECK(kind_of(reading.duis.read(octets)) == "signature: the certificate is revoked");

  fs::permissions(credentials.key("dcc"), fs::perms::others_read, fs::perm_options::add);
  const Result refused = reading.duis.reload();
  CHECK(refused.status == -DCC_INVALID);
  CHECK_THAT(refused.text, Contains("dcc.key: mode 0604 lets others in"));
  CHECK(reading.duis.write(fields_of()).status > 0);
}

TEST_CASE("an answer in JSON and a response in XML need their size and one octet more") {
  const Reading reading;
  const DuisApi& api = reading.duis.api;
  const std::string octets = reading.sign(request());
  const std::string fields = fields_of();
  const std::string whole = reading.duis.read(octets).text;
  for (const std::size_t cap : {std::size_t{0}, std::size_t{1}, whole.size() - 1, whole.size(),
                                whole.size() + 1, whole.size() + 2}) {
    CAPTURE(cap);
    std::string out(cap + 1, 'x');
    const bool fits = cap > whole.size();
    CHECK(api.read(reading.duis.handle, octets.data(), octets.size(), kNow, kDeadline,
                   cap == 0 ? nullptr : out.data(),
                   cap) == static_cast<std::int64_t>(whole.size()));
    if (cap > 0) CHECK(std::string(out.c_str()) == (fits ? whole : ""));
    CHECK(out.find_first_not_of('x', cap == 0 ? 0 : fits ? whole.size() + 1 : 1) == out.npos);
  }
  std::string out(100, 'x');
  CHECK(api.write(reading.duis.handle, fields.data(), fields.size(), out.data(), 50) > 1000);
  CHECK(out == std::string(1, '\0') + std::string(99, 'x'));
  for (std::size_t cap = 0; cap < 60; ++cap) {  // why not is cut
    std::string why(cap + 1, 'x');
    CHECK(api.write(reading.duis.handle, "[", 1, why.data(), cap) == -DCC_INVALID);
    CHECK(why.back() == 'x');
    if (cap > 0)
      CHECK(std::string("ends too early: is not JSON: incomplete JSON").find(why.c_str()) == 0);
  }
}

TEST_CASE("null and freed handles of DUIS messages are told, and null pointers and wrong times") {
  const DuisApi& api = DuisApi::get();
  const People people;
  const std::string options = people.options();
  dccd* const freed = api.make(options.data(), options.size(), nullptr, 0);
  REQUIRE(freed != nullptr);
  api.free(freed);
  api.free(freed);
  api.free(nullptr);
  char out[200];
  for (dccd* const handle : {static_cast<dccd*>(nullptr), freed}) {
    CHECK(api.read(handle, "<x/>", 4, kNow, kNow, out, sizeof out) == -DCC_INVALID);
    CHECK(std::string(out) == (handle == nullptr ? "the handle is null" : "the handle was freed"));
    CHECK(api.write(handle, "{}", 2, out, sizeof out) == -DCC_INVALID);
    CHECK(api.reload(handle, out, sizeof out) == -DCC_INVALID);
  }
  CHECK(api.make(nullptr, 5, nullptr, 0) == nullptr);

  const Reading reading;
  dccd* const handle = reading.duis.handle;
  CHECK(api.read(handle, nullptr, 5, kNow, kNow, out, sizeof out) == -DCC_INVALID);
  CHECK(std::string(out) == "octets is a null pointer");
  CHECK(api.read(handle, nullptr, 0, kNow, kNow, out, sizeof out) > 0);
  CHECK(api.write(handle, nullptr, 5, out, sizeof out) == -DCC_INVALID);
  CHECK(api.read(handle, "<x/>", 4, -1, kNow, out, sizeof out) == -DCC_INVALID);
  CHECK_THAT(std::string(out), StartsWith("received_at: -1: expected "));
  CHECK(api.read(handle, "<x/>", 4, kNow, 253'402'300'800'000, out, sizeof out) == -DCC_INVALID);
  CHECK_THAT(std::string(out), StartsWith("deadline: 253402300800000: expected "));
}

TEST_CASE("fields are understood as a whole or not at all") {
  const Reading reading;
  const json::object good = json::parse(fields_of()).as_object();
  const auto refusal = [&](const std::string& text) {
    const Result result = reading.duis.write(text);
    return result.status == -DCC_INVALID ? result.text : "written";
  };
  CHECK(refusal(json::serialize(good)) == "written");
  for (const auto& member : good) {
    const std::string name(member.key());
    for (const json::value& other : {json::value(nullptr), json::value(true), json::value(-7),
                                     json::value(""), json::value(json::array{})}) {
      json::object bad = good;
      bad[name] = other;
      CAPTURE(json::serialize(bad));
      CHECK_THAT(refusal(json::serialize(bad)), StartsWith(name + ": "));
    }
    json::object bad = good;
    bad.erase(name);
    CHECK(refusal(json::serialize(bad)) == name + ": expected to be there");
    const std::string twice =
        "{\"" + name + "\":" + json::serialize(member.value()) + "," + fields_of().substr(1);
    CHECK_THAT(refusal(twice), StartsWith(name + ": ") && Contains("to stand there once"));
  }
  json::object more = good;
  more["device_id"] = kHub;
  CHECK_THAT(refusal(json::serialize(more)), StartsWith("device_id: "));
}

TEST_CASE("options of DUIS messages are read as strictly") {
  const People people;
  const auto refusal = [&](const json::object& more) -> std::string {
    try {
      const Duis duis(people.options(more));
      return "made";
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  };
  CHECK(refusal({}) == "made");
  CHECK(refusal({{"schema_versions", "2.0-3.1, 5.4"}}) == "made");
  CHECK_THAT(refusal({{"schema_versions", "5.4-2.0"}}),
             StartsWith("schema_versions: \"5.4-2.0\": expected decimals and ranges"));
  CHECK_THAT(refusal({{"control_broker", "90-B3"}}), StartsWith("control_broker: \"90-B3\": "));
  CHECK_THAT(refusal({{"certificates", "here"}}), Contains("expected an absolute path"));
  CHECK_THAT(refusal({{"schema", "/nowhere.xsd"}}),
             StartsWith("schema: /nowhere.xsd: no such schema file"));
  CHECK_THAT(refusal({{"anchor", "/x"}}), StartsWith("anchor: \"/x\": expected no such member"));
  CHECK_THROWS_WITH(Duis("{}"), "certificates: expected to be there");
  CHECK_THROWS_WITH(Duis(""), StartsWith("ends too early"));
}

TEST_CASE("a request is read by the published schema, too") {
  if (!std::filesystem::exists(support::kPublishedSchema)) return;
  const Reading reading(
      {{"schema", std::filesystem::canonical(support::kPublishedSchema).string()}});
  CHECK(kind_of(reading.duis.read(reading.sign(request()))) == "request");
  CHECK(reading.duis.write(fields_of()).status > 0);
}

TEST_CASE("eight threads read and write over reloads, until the handle is freed") {
  Reading reading;
  const std::string octets = reading.sign(request());
  std::atomic<int> begun = 0;
  std::vector<std::future<std::set<std::string>>> threads;
  for (int i = 0; i < 8; ++i) {
    threads.push_back(std::async(std::launch::async, [&, i] {
      std::set<std::string> seen;
      for (bool first = true;; first = false) {
        const Result result =
            i % 2 == 0 ? reading.duis.read(octets) : reading.duis.write(fields_of());
        seen.insert(result.status < 0 ? result.text : i % 2 == 0 ? kind_of(result) : "written");
        if (first) ++begun;
        if (result.status < 0) return seen;
      }
    }));
  }
  for (int round = 0; round < 10; ++round) CHECK(reading.duis.reload().status > 0);
  while (begun < 8) std::this_thread::yield();
  reading.duis.api.free(reading.duis.handle);
  std::set<std::string> seen;
  for (auto& thread : threads) seen.merge(thread.get());
  CHECK(seen == std::set<std::string>{"request", "the handle was freed", "written"});
}

TEST_CASE("a forked child makes a handle of DUIS messages of its own") {
  const Reading reading;
  const pid_t child = ::fork();
  if (child == 0) {
    char out[100];
    const DuisApi& api = reading.duis.api;
    const bool told =
        api.read(reading.duis.handle, "<x/>", 4, kNow, kNow, out, sizeof out) == -DCC_NOT_NOW;
    api.free(reading.duis.handle);
    const std::string options = reading.people.options();
    dccd* const own = api.make(options.data(), options.size(), nullptr, 0);
    const bool works = own != nullptr && api.reload(own, nullptr, 0) > 0;
    ::_exit(told && works ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(reading.duis.write(fields_of()).status > 0);
}
