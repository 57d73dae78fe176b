// SPDX-License-Identifier: Apache-2.0
//
// The way of a request, bytes in to bytes out, against the least that any implementation must pay:
// the cryptography alone. Both run in turn over the same documents, on one thread, so that the
// ratio holds whatever else the machine is doing.
//
//     pipeline-bench [--rounds N]       default 20 rounds over 256 documents
//
//   floor     SHA-256 of the request's and the response's canonical octets and SignedInfo, one
//             ECDSA P-256 verification, one signature; OpenSSL EVP, contexts prepared
//   pipeline  read + validate + canonicalise, verify, decide in the loaded plugin (inventory in
//             memory), write and sign the response; no HTTP and no store
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "client/pki.hpp"
#include "duis/credentials.hpp"
#include "duis/reader.hpp"
#include "duis/verify.hpp"
#include "duis/writer.hpp"
#include "host/plugin_directory.hpp"

namespace {

namespace fs = std::filesystem;
using namespace dcc;

constexpr std::size_t kDocuments = 256;
constexpr std::size_t kUsers = 8;
constexpr std::int64_t kNow = 1'800'000'000'000;  // within the certificates' time
const duis::Eui64 kBroker{0x90B3D51F30000002};

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "pipeline-bench: %s\n", why.c_str());
  std::exit(1);
}

// Every hub is there and Pending, every agent confirmed.
class EasyInventory : public host::Lookups {
 public:
  std::optional<Device> device(std::uint64_t) override { return Device{"CHF", "Pending", 1}; }
  Relation acts_for_orderer(std::uint64_t, std::uint64_t, std::int64_t) override {
    return {true, 1};
  }
  Relation acts_for_any(std::uint64_t, std::int64_t) override { return {true, 1}; }
};

// Keys, certificates and signed requests, made anew in a directory of their own.
class World {
 public:
  World()
      : directory_(fs::temp_directory_path() /
                   ("pipeline-bench." +
                    std::to_string(std::chrono::steady_clock::now().time_since_epoch().count()))) {
    fs::create_directories(directory_ / "credentials");
    const auto ca = sample::pki::make_ca("CN=Z1,OU=07");
    for (std::size_t i = 0; i <= kUsers; ++i) {
      sample::pki::CertificateOptions options;
      options.eui = i == kUsers ? kBroker : duis::Eui64{0x90B3D51F30010000 + i};
      identities_.push_back(sample::pki::make_certificate(ca, options));
      sample::pki::write_new_file(certificate_file(i), identities_.back().certificate_pem(), 0644);
      sample::pki::write_new_file(key_file(i), identities_.back().key_pem(), 0600);
    }
    std::vector<std::string> problems;
    credentials_ = std::make_unique<duis::Credentials>(
        duis::Credentials::load(directory_ / "credentials", std::nullopt, problems));
    if (!problems.empty()) fail(problems.front());
    signer_ = std::make_unique<duis::Signer>(
        duis::Signer::load(certificate_file(kUsers), key_file(kUsers)));
    for (std::size_t i = 0; i < kDocuments; ++i) requests_.push_back(request(i));
  }
  ~World() { fs::remove_all(directory_); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const fs::path& directory() const { return directory_; }
  const duis::Credentials& credentials() const { return *credentials_; }
  const duis::Signer& signer() const { return *signer_; }
  EVP_PKEY* key(std::size_t user) const { return identities_[user].key.get(); }
  const std::vector<std::string>& requests() const { return requests_; }

 private:
  fs::path certificate_file(std::size_t i) const {
    return directory_ / "credentials" / (std::to_string(i) + ".pem");
  }
  fs::path key_file(std::size_t i) const { return directory_ / (std::to_string(i) + ".key"); }

  std::string request(std::size_t i) const {
    const std::size_t user = i % kUsers;
    const std::string hub = duis::Eui64{0x00DB123456780000 + i}.text();
    duis::RequestFields fields;
    fields.request_id =
        duis::RequestId{duis::Eui64{0x90B3D51F30010000 + user}, kBroker, 1000 + i}.text();
    fields.service_reference = "8.14";
    if (i % 2 == 0) {
      fields.srv = "8.14.3";
      fields.body_element = "CHFFaultReturn";
      fields.items = {{"DeviceID", hub},
                      {"CHFFaultReturnType", "Fault identified prior to installation"},
                      {"OtherDeviceID", hub},
                      {"CHFConnectionMethod", "Hot-shoe"},
                      {"CHFFaultReason", "Damaged case"}};
    } else {
      fields.srv = "8.14.4";
      fields.body_element = "CHFNoFaultReturn";
      fields.items = {{"DeviceID", hub}, {"CHFNoFaultReturnType", "No Fault Return (general)"}};
    }
    return duis::sign_document(duis::request_root(fields),
                               duis::Signer::load(certificate_file(user), key_file(user)));
  }

  fs::path directory_;
  std::vector<sample::pki::Identity> identities_;
  std::unique_ptr<duis::Credentials> credentials_;
  std::unique_ptr<duis::Signer> signer_;
  std::vector<std::string> requests_;
};

class Pipeline {
 public:
  Pipeline(const World& world, const host::Registry& registry, const duis::Schema& schema)
      : world_(world), registry_(registry), reader_(schema) {}

  std::string answer(const std::string& request) {
    const duis::Message* message = reader_.read(request);
    if (message == nullptr) fail(reader_.refusal().text);
    const auto verdict = duis::verify(*message, world_.credentials(), kNow);
    if (verdict.signer == nullptr) fail(verdict.why);
    const auto table = registry_.current();
    const host::Handler* handler = table->find(message->service_reference_variant);
    if (handler == nullptr) fail("no handler");
    const host::Decision decision = handler->decide(view_of(*message), inventory_);
    if (decision.code != "I99") fail("code " + decision.code + ": " + decision.reason);
    duis::ResponseFields fields;
    fields.schema_version = message->schema_version;
    fields.request_id = message->request_id_text;
    fields.code = decision.code;
    fields.response_time = kNow;
    fields.service_reference = message->service_reference;
    fields.srv = message->service_reference_variant;
    return duis::response_document(fields, &world_.signer());
  }

 private:
  dcc_request view_of(const duis::Message& message) {
    const auto str = [](std::string_view text) { return dcc_str{text.data(), text.size()}; };
    items_.clear();
    for (const auto& item : message.items) items_.push_back({str(item.path), str(item.value)});
    dcc_request request{};
    request.size = sizeof request;
    request.command_variant = message.command_variant;
    request.originator = message.request_id->originator.value;
    request.target = message.request_id->target.value;
    request.counter = message.request_id->counter;
    request.srv = str(message.service_reference_variant);
    request.service_reference = str(message.service_reference);
    request.user_role = str("SNA");
    request.body_element = str(message.body_element);
    request.items = items_.data();
    request.item_count = items_.size();
    request.received_at = kNow;
    request.deadline = kNow + 2000;
    return request;
  }

  const World& world_;
  const host::Registry& registry_;
  duis::Reader reader_;
  EasyInventory inventory_;
  std::vector<dcc_item> items_;
};

// The same verifications and signatures as the pipeline's, with nothing around them.
class Floor {
 public:
  explicit Floor(const World& world) : sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)) {
    duis::Reader reader(*duis::Schema::built_in());
    for (std::size_t i = 0; i < world.requests().size(); ++i) {
      const duis::Message* message = reader.read(world.requests()[i]);
      EVP_PKEY* key = world.key(i % kUsers);
      Document document;
      document.canonical = message->canonical;
      document.signed_info = message->signature->signed_info;
      const auto digest = hash(document.signed_info);
      const auto sign = context(key, EVP_PKEY_sign_init);
      document.signature.resize(72);
      std::size_t size = document.signature.size();
      EVP_PKEY_sign(sign.get(), document.signature.data(), &size, digest.data(), digest.size());
      document.signature.resize(size);
      document.verify = context(key, EVP_PKEY_verify_init);
      documents_.push_back(std::move(document));
    }
    sign_ = context(world.key(kUsers), EVP_PKEY_sign_init);
    response_ = std::string(600, 'r');  // the size of a response without its Signature
  }
  ~Floor() { EVP_MD_free(sha256_); }
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;

  void work(std::size_t i) {
    const Document& document = documents_[i];
    hash(document.canonical);
    const auto digest = hash(document.signed_info);
    if (EVP_PKEY_verify(document.verify.get(), document.signature.data(), document.signature.size(),
                        digest.data(), digest.size()) != 1)
      fail("floor: verification");
    hash(response_);
    const auto to_sign = hash(document.signed_info);
    std::array<unsigned char, 72> signature{};
    std::size_t size = signature.size();
    if (EVP_PKEY_sign(sign_.get(), signature.data(), &size, to_sign.data(), to_sign.size()) != 1)
      fail("floor: signature");
  }

 private:
  struct Free {
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  };
  using Context = std::unique_ptr<EVP_PKEY_CTX, Free>;
  struct Document {
    std::string canonical, signed_info;
    std::vector<unsigned char> signature;  // DER
    Context verify;
  };

  static Context context(EVP_PKEY* key, int (*init)(EVP_PKEY_CTX*)) {
    Context made(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    if (!made || init(made.get()) != 1) fail("floor: context");
    return made;
  }
  std::array<unsigned char, 32> hash(std::string_view octets) const {
    std::array<unsigned char, 32> digest{};
    EVP_Digest(octets.data(), octets.size(), digest.data(), nullptr, sha256_, nullptr);
    return digest;
  }

  EVP_MD* sha256_;
  std::vector<Document> documents_;
  Context sign_;
  std::string response_;
};

// One contender: microseconds per document of each round.
struct Contender {
  std::string name;
  std::function<void(std::size_t)> work;  // on document i
  std::vector<double> rounds = {};

  void run() {
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < kDocuments; ++i) work(i);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    rounds.push_back(took.count() / kDocuments);
  }
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void print(const std::vector<Contender>& contenders) {
  const Contender& floor = contenders.front();
  std::printf("%-34s %10s %10s\n", "", "us", "x floor");
  for (const Contender& contender : contenders) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < contender.rounds.size(); ++i)
      ratios.push_back(contender.rounds[i] / floor.rounds[i]);
    std::printf("%-34s %10.1f %10.2f\n", contender.name.c_str(), median(contender.rounds),
                median(ratios));
  }
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = 20;
  if (argc == 3 && std::string(argv[1]) == "--rounds") rounds = std::atoi(argv[2]);
  if ((argc != 1 && argc != 3) || rounds < 1) fail("usage: pipeline-bench [--rounds N]");

  const World world;
  host::Registry registry;
  host::PluginPaths paths{
      fs::path(DCC_BINARY_DIR) / "plugins", fs::path(DCC_SOURCE_DIR) / "config/plugins.d",
      world.directory() / "cache", fs::path(DCC_BINARY_DIR) / "bin" / "dcc-plugin-probe"};
  host::HostServices services;
  services.name = "pipeline-bench";
  services.log = [](auto, auto, auto) {};
  services.now = [] { return kNow; };
  host::PluginDirectory plugins(paths, services, registry);
  for (const auto& report : plugins.reload())
    if (!report.live) fail(report.file + ": " + report.reason);

  Floor floor(world);
  std::vector<Contender> contenders;
  contenders.push_back({"floor: crypto alone", [&](std::size_t i) { floor.work(i); }});
  Pipeline with_profile(world, registry, *duis::Schema::built_in());
  contenders.push_back({"pipeline, profile schema",
                        [&](std::size_t i) { with_profile.answer(world.requests()[i]); }});
  const fs::path official = fs::path(DCC_SOURCE_DIR) / "../shared/duis/DUIS Schema V5.4.xsd";
  std::optional<Pipeline> with_official;
  if (fs::exists(official)) {
    with_official.emplace(world, registry, *duis::Schema::load(official));
    contenders.push_back({"pipeline, official DUIS schema",
                          [&](std::size_t i) { with_official->answer(world.requests()[i]); }});
  }

  for (Contender& contender : contenders) contender.run();  // warm
  for (Contender& contender : contenders) contender.rounds.clear();
  for (int i = 0; i < rounds; ++i)
    for (Contender& contender : contenders) contender.run();

  std::printf("%zu documents of %zu octets, %d rounds, one thread\n", kDocuments,
              world.requests().front().size(), rounds);
  print(contenders);
}
