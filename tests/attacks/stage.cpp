// SPDX-License-Identifier: Apache-2.0
#include "stage.hpp"

#include <chrono>
#include <ctime>
#include <optional>

#include "client/pki.hpp"
#include "duis/crypto.hpp"
#include "duis/verify.hpp"
#include "fields.hpp"
#include "interop/libxml2_oracle.hpp"
#include "support/process.hpp"
#include "unit/duis/temporary_directory.hpp"

namespace attacks {
namespace {

using namespace dcc::duis;
namespace fs = std::filesystem;
namespace pki = sample::pki;

constexpr const char* kSerial = "170141183460469231731687303715884105727";

std::int64_t now() {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

// Keys, certificates and readers, made once for the process.
class Stage {
 public:
  Stage() {
    fs::create_directory(directory_.path() / "known");
    const pki::Identity z1 = pki::make_ca("CN=Z1,OU=07");
    const pki::Identity z2 = pki::make_ca("CN=Z2,OU=07");
    issue(Player::alice, z1, 0x90B3D51F30010000, kSerial);
    issue(Player::bob, z1, 0x90B3D51F30010001, "4711");
    issue(Player::mallory, z2, 0x90B3D51F30010002, kSerial);
    std::vector<std::string> problems;
    credentials_ = Credentials::load(directory_.path() / "known", std::nullopt, problems);
    if (!problems.empty()) throw std::logic_error(problems.front());
    for (const auto& schema : messages::schemas()) readers_.emplace_back(*schema);
  }

  const Credentials& credentials() const { return credentials_; }
  const Signer& signer(Player player) const { return signers_.at(index(player)); }
  std::vector<Reader>& readers() { return readers_; }
  fs::path certificate(Player player) const {
    return directory_.path() / "known" / (std::to_string(index(player)) + ".pem");
  }
  fs::path key(Player player) const {
    return directory_.path() / (std::to_string(index(player)) + ".key");
  }
  const TemporaryDirectory& directory() const { return directory_; }

  std::string why;

 private:
  static std::size_t index(Player player) { return static_cast<std::size_t>(player); }

  void issue(Player player, const pki::Identity& ca, std::uint64_t eui, const std::string& serial) {
    pki::CertificateOptions options;
    options.eui = {eui};
    options.serial = serial;
    const pki::Identity identity = pki::make_certificate(ca, options);
    pki::write_new_file(certificate(player), identity.certificate_pem(), 0644);
    pki::write_new_file(key(player), identity.key_pem(), 0600);
    signers_.push_back(Signer::load(certificate(player), key(player)));
  }

  TemporaryDirectory directory_;
  std::vector<Signer> signers_;
  Credentials credentials_;
  std::vector<Reader> readers_;
};

Stage& stage() {
  static Stage instance;
  return instance;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

interop::Canonical canonical(const std::string& document) {
  interop::NoAnswer why = interop::NoAnswer::none;
  const auto forms = interop::canonicalise(document, why);
  INFO(document.substr(0, 600));
  REQUIRE(forms);
  return *forms;
}

// Whose certificate it is.
Player player_of(const Certificate& certificate) {
  for (const Player player : {Player::alice, Player::bob, Player::mallory})
    if (signer(player).certificate().eui() == certificate.eui()) return player;
  throw std::logic_error("nobody's certificate");
}

Answer judge(Reader& reader, std::string_view document, std::string& why, Player* by = nullptr) {
  const Message* message = reader.read(document);
  if (message == nullptr) {
    why = reader.refusal().text;
    return reader.refusal().kind == Refusal::Kind::signature ? Answer::forbidden
                                                             : Answer::malformed;
  }
  const Verdict verdict = verify(*message, credentials(), now());
  why = verdict.why;
  if (verdict.signer == nullptr) return Answer::forbidden;
  CHECK(verdict.signer->eui() == message->request_id->originator);
  CHECK(fields_of(*message) == fields_by_libxml2(message->canonical));
  if (by != nullptr) *by = player_of(*verdict.signer);
  return Answer::accepted;
}

// Well signed, with characters that are read otherwise if anything of the message before it is
// left: line ends of XML 1.1, a reference to CR, what looks like the end of a CDATA section.
const std::string& sensitive_document() {
  static const std::string document =
      signed_by(Player::alice, edited(unsigned_document(), "dropped",
                                      "\xC2\x85\xE2\x80\xA8&#13;]]&gt; <!-- -->caf\xC3\xA9"));
  return document;
}

Answer answer_by(Reader& reader, std::string_view document, std::string& why,
                 Player* by = nullptr) {
  const Answer result = judge(reader, document, why, by);
  INFO(why);
  if (result == Answer::accepted) return result;
  CHECK_FALSE(why.empty());
  std::string nothing;
  REQUIRE(judge(reader, sensitive_document(), nothing) == Answer::accepted);
  return result;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, Answer answer) {
  return out << static_cast<int>(answer);
}

const Signer& signer(Player player) {
  return stage().signer(player);
}

const Credentials& credentials() {
  return stage().credentials();
}

std::string unsigned_document() {
  return messages::request(messages::kFaultReturn, messages::kSignature);
}

std::string signed_by(Player player, std::string document) {
  const Signer& by = signer(player);
  document = replaced(document, "CN=Test CA, OU=07", by.certificate().issuer());
  document = replaced(document, ">4660<", ">" + by.certificate().serial() + "<");
  document =
      replaced(document, ">AAAA<", ">" + base64_encode(sha256(canonical(document).document)) + "<");
  const std::string value = base64_encode(by.sign(canonical(document).signed_info));
  return replaced(document, ">BBBB<", ">" + value + "<");
}

std::string good() {
  static const std::string document = signed_by(Player::alice, unsigned_document());
  return document;
}

Answer answer(std::string_view document) {
  INFO(document.substr(0, 600));
  const Answer result = answer_by_built_in_schema(document);
  for (std::size_t i = 1; i < stage().readers().size(); ++i) {
    std::string also;
    const Answer other = answer_by(stage().readers()[i], document, also);
    INFO("the built-in schema: " << why() << "\nthe published schema: " << also);
    CHECK(other == result);
  }
  return result;
}

Answer answer_by_built_in_schema(std::string_view document) {
  INFO(document.substr(0, 600));
  Player by = Player::alice;
  const Answer result = answer_by(stage().readers().front(), document, stage().why, &by);
  if (result == Answer::accepted) CHECK(xmlsec_accepts(document, by));
  return result;
}

const std::string& why() {
  return stage().why;
}

double cost(std::string_view document) {
  const auto processor_time = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  };
  std::string nothing;
  const double begin = processor_time();
  judge(stage().readers().front(), document, nothing);
  return processor_time() - begin;
}

bool xmlsec_accepts(std::string_view document, Player player,
                    const std::vector<std::string>& options) {
  const fs::path file = stage().directory().write("judged.xml", document);
  std::vector<std::string> arguments{"--verify", "--pubkey-cert-pem", stage().certificate(player)};
  if (options.empty())
    arguments.insert(arguments.end(), {"--enabled-reference-uris", "empty"});
  else
    arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.push_back(file);
  return support::run("xmlsec1", arguments).exit_code == 0;
}

std::string signed_by_xmlsec(std::string_view document, Player player,
                             const std::vector<std::string>& options) {
  const fs::path file = stage().directory().write("template.xml", document);
  const fs::path to = stage().directory().path() / "signed.xml";
  std::vector<std::string> arguments{"--sign", "--output", to, "--privkey-pem",
                                     stage().key(player)};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.push_back(file);
  const support::Finished finished = support::run("xmlsec1", arguments);
  INFO(finished.err);
  REQUIRE(finished.exit_code == 0);
  std::ifstream in(to, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string part(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t begin = text.find(from);
  const std::size_t end = text.find(to, begin);
  if (begin == std::string_view::npos || end == std::string_view::npos)
    throw std::logic_error("no " + std::string(from) + " ... " + std::string(to));
  return std::string(text.substr(begin, end + to.size() - begin));
}

std::string without(std::string_view text, std::string_view from, std::string_view to) {
  return edited(std::string(text), part(text, from, to), "");
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (; count > 0; --count) out += text;
  return out;
}

}  // namespace attacks
