// SPDX-License-Identifier: Apache-2.0
#include "bench/pipeline.hpp"

#include "dcc/plugin.hpp"
#include "duis/reader.hpp"
#include "duis/verify.hpp"
#include "duis/writer.hpp"

namespace bench {

namespace fs = std::filesystem;
using namespace dcc;

LoadedPlugin::LoadedPlugin(const World& world) {
  const fs::path built = DCC_BINARY_DIR;
  const host::PluginPaths paths{built / "plugins", fs::path(DCC_SOURCE_DIR) / "config/plugins.d",
                                world.directory() / "cache", built / "bin/dcc-plugin-probe"};
  host::HostServices services;
  services.name = "bench";
  services.log = [](auto, auto, auto) {};
  services.now = [] { return kNow; };
  plugins_ = std::make_unique<host::PluginDirectory>(paths, services, registry_);
  for (const auto& report : plugins_->reload()) {
    if (!report.live) fail(report.file + ": " + report.reason);
  }
}

host::Facts easy_facts(const dcc_request& request) {
  host::Facts facts;
  const auto hub = dcc::parse_eui64(dcc::item(request, "DeviceID").value());
  facts.ask(host::kDeviceFact, host::eui_key(*hub))
      .is_there({{"type", "CHF"}, {"status", "Pending"}}, 1);
  facts.ask(host::kActsFact, *host::acts_key(request.originator, *hub, request.received_at))
      .is_there({{"acts", "yes"}}, 1);
  return facts;
}

std::string Pipeline::answer(const std::string& request) {
  const duis::Message* message = reader_.read(request);
  if (message == nullptr) fail(reader_.refusal().text);
  const auto verdict = duis::verify(*message, world_.credentials(), kNow);
  if (verdict.signer == nullptr) fail(verdict.why);
  const auto table = registry_.current();
  const host::Handler* handler = table->find(message->service_reference_variant);
  if (handler == nullptr) fail("no handler");
  const dcc_request& seen = view_.of(*message, "SNA", kNow, kNow + 2000);
  host::Facts facts = easy_facts(seen);
  host::Decision decision;
  handler->decide(seen, facts, decision);
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

Floor::Floor(const World& world) : sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)) {
  duis::Reader reader(*duis::Schema::built_in());
  for (std::size_t i = 0; i < world.requests().size(); ++i) {
    const duis::Message* message = reader.read(world.requests()[i]);
    EVP_PKEY* key = world.key(World::user_of(i));
    Document document;
    document.canonical = message->canonical;
    document.signed_info = message->signature->signed_info;
    document.signature = sign(context(key, EVP_PKEY_sign_init).get(), document.signed_info);
    document.verify = context(key, EVP_PKEY_verify_init);
    documents_.push_back(std::move(document));
  }
  sign_ = context(world.signer_key(), EVP_PKEY_sign_init);
  response_ = std::string(600, 'r');  // the size of a response without its Signature
}

void Floor::work(std::size_t i) {
  const Document& document = documents_[i];
  hash(document.canonical);
  const auto digest = hash(document.signed_info);
  if (EVP_PKEY_verify(document.verify.get(), document.signature.data(), document.signature.size(),
                      digest.data(), digest.size()) != 1) {
    fail("floor: verification");
  }
  hash(response_);
  sign(sign_.get(), document.signed_info);
}

Floor::Context Floor::context(EVP_PKEY* key, int (*init)(EVP_PKEY_CTX*)) {
  Context made(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  if (!made || init(made.get()) != 1) fail("floor: context");
  return made;
}

std::vector<unsigned char> Floor::sign(EVP_PKEY_CTX* context, std::string_view octets) const {
  const auto digest = hash(octets);
  std::vector<unsigned char> signature(72);
  std::size_t size = signature.size();
  if (EVP_PKEY_sign(context, signature.data(), &size, digest.data(), digest.size()) != 1) {
    fail("floor: signature");
  }
  signature.resize(size);
  return signature;
}

std::array<unsigned char, 32> Floor::hash(std::string_view octets) const {
  std::array<unsigned char, 32> digest{};
  EVP_Digest(octets.data(), octets.size(), digest.data(), nullptr, sha256_.get(), nullptr);
  return digest;
}

}  // namespace bench
