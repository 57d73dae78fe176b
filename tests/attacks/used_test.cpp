// SPDX-License-Identifier: Apache-2.0
//
// What was verified is what is used. Whatever a document looks like, the fields that a handler is
// given are those that another parser, libxml2, finds in the octets whose digest was signed: no
// other octets have a part in them. (answer() asks the same of the reader, for every attack that is
// accepted.)
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <future>
#include <iostream>
#include <optional>

#include "adaptor/pipeline.hpp"
#include "adaptor/unix_ms.hpp"
#include "client/pki.hpp"
#include "duis/crypto.hpp"
#include "duis/reader.hpp"
#include "duis/writer.hpp"
#include "fields.hpp"
#include "interop/document_generator.hpp"
#include "interop/libxml2_oracle.hpp"
#include "stage.hpp"
#include "stores/stores.hpp"
#include "support/imported_rows.hpp"
#include "unit/duis/temporary_directory.hpp"

using namespace attacks;
using namespace dcc::duis;
namespace fs = std::filesystem;

namespace {

// Keeps what it is asked to decide.
class Recorder : public dcc::host::Handler {
 public:
  struct Seen {
    Fields fields;
    std::string canonical;
  };

  Recorder(std::string srv, std::string body_element) {
    info_.srv = std::move(srv);
    info_.endpoint = "serviceD";
    info_.body_element = std::move(body_element);
    info_.command_variants = 0x3FE;  // all
    info_.owner = "recorder";
  }

  const Info& info() const override { return info_; }
  void decide(const dcc_request& request, dcc::host::Facts&,
              dcc::host::Decision& decision) const noexcept override {
    seen = Seen{fields_of(request),
                {reinterpret_cast<const char*>(request.canonical.data), request.canonical.size}};
    decision.kind = dcc::host::Decision::Kind::answered;
    decision.code = "I99";
  }

  mutable std::optional<Seen> seen;

 private:
  Info info_;
};

// An adaptor's pipeline with one User, whoever that is, and a recorder in the plugin's place.
class RecordingHost {
 public:
  RecordingHost()
      : shared_(std::make_shared<dcc::adaptor::Adaptor>()), ca_(sample::pki::make_ca("CN=Z")) {
    spdlog::set_level(spdlog::level::warn);
    shared_->schema = Schema::built_in();
    shared_->schema_versions = *dcc::adaptor::SchemaVersions::parse("2.0-5.4");
    auto store = sample::open_store("sqlite:" + (directory_.path() / "store.db").string());
    import_user_ = [&store = *store](support::Row row) {
      support::import_rows(store, sample::Table::users, {std::move(row)});
    };
    shared_->store = std::move(store);
    shared_->committer = std::make_unique<dcc::adaptor::Committer>(
        dcc::adaptor::ledgers_of(*shared_->store), dcc::adaptor::Committer::Limits{},
        [](const std::exception&) {});
    fs::create_directory(directory_.path() / "known");
    issue(Eui64{1});
  }
  ~RecordingHost() { shared_->committer->stop(); }
  RecordingHost(const RecordingHost&) = delete;
  RecordingHost& operator=(const RecordingHost&) = delete;

  const Signer& signer() const { return *signer_; }

  // The User becomes the document's originator, the host its target.
  void receive(const RequestId& id) {
    issue(id.originator);
    shared_->control_broker = id.target;
    import_user_({id.originator, "EIS", "Active", "somebody"});
  }

  // What the handler saw of it; nothing: it was not asked.
  std::optional<Recorder::Seen> seen(const std::string& document, const Message& message) {
    const auto recorder = std::make_shared<Recorder>(std::string(message.service_reference_variant),
                                                     std::string(message.body_element));
    shared_->registry.publish(std::make_shared<const dcc::host::HandlerTable>(
        dcc::host::HandlerTable::Map{{recorder->info().srv, recorder}}));
    std::promise<dcc::adaptor::Reply> answered;
    {
      dcc::adaptor::Pipeline pipeline(shared_, [](const std::function<void()>& task) { task(); });
      pipeline.handle({"serviceD", document, dcc::adaptor::unix_ms()},
                      [&](dcc::adaptor::Reply reply) { answered.set_value(std::move(reply)); });
      const dcc::adaptor::Reply reply = answered.get_future().get();
      INFO(reply.detail);
      CHECK(reply.kind == dcc::adaptor::Reply::Kind::response);
    }
    return recorder->seen;
  }

 private:
  void issue(Eui64 eui) {
    sample::pki::CertificateOptions options;
    options.eui = eui;
    options.serial = "4660";
    const auto identity = sample::pki::make_certificate(ca_, options);
    const auto certificate = directory_.write("known/user.pem", identity.certificate_pem());
    signer_.emplace(Signer::load(certificate, directory_.write("user.key", identity.key_pem())));
    std::vector<std::string> problems;
    shared_->credentials.publish(std::make_shared<const Credentials>(
        Credentials::load(directory_.path() / "known", std::nullopt, problems)));
    REQUIRE(problems.empty());
  }

  TemporaryDirectory directory_;
  std::shared_ptr<dcc::adaptor::Adaptor> shared_;
  std::function<void(support::Row)> import_user_;
  const sample::pki::Identity ca_;
  std::optional<Signer> signer_;
};

// A document without a Signature gets one by the User, made with libxml2's canonical forms.
std::string signed_document(std::string document, const Signer& signer) {
  document.insert(document.rfind("</"), messages::kSignature);
  document = edited(document, "CN=Test CA, OU=07", signer.certificate().issuer());
  interop::NoAnswer why{};
  const auto canonical = [&] {
    const auto forms = interop::canonicalise(document, why);
    REQUIRE(forms);
    return *forms;
  };
  document = edited(document, ">AAAA<", ">" + base64_encode(sha256(canonical().document)) + "<");
  return edited(document, ">BBBB<",
                ">" + base64_encode(signer.sign(canonical().signed_info)) + "<");
}

std::uint64_t documents() {
  const char* value = std::getenv("DCC_DOCUMENTS");
  return value != nullptr ? std::strtoull(value, nullptr, 10) : 300;
}

void check_used_is_verified(interop::DocumentGenerator::Body body) {
  RecordingHost host;
  Reader reader(*Schema::built_in());
  std::size_t asked = 0, items = 0;
  for (std::uint64_t seed = 1; asked < documents(); ++seed) {
    const std::string unsigned_document = interop::DocumentGenerator(seed).document(body);
    const Message* message = reader.read(unsigned_document);
    REQUIRE(message != nullptr);
    if (message->signature || message->kind != Message::Kind::request ||
        message->request_id->counter == 0)
      continue;
    CAPTURE(seed, unsigned_document);
    host.receive(*message->request_id);
    const std::string document = signed_document(unsigned_document, host.signer());
    CAPTURE(document);
    message = reader.read(document);
    REQUIRE(message != nullptr);
    const auto seen = host.seen(document, *message);
    REQUIRE(seen);
    // The octets are those that were digested ...
    REQUIRE(base64_encode(sha256(seen->canonical)) == message->signature->digest);
    // ... and the fields come from nowhere else.
    REQUIRE(seen->fields == fields_by_libxml2(seen->canonical));
    ++asked;
    items += seen->fields.items.size();
  }
  std::cout << asked << " documents, " << items << " items: a handler sees what was digested\n";
  CHECK(items > asked);
}

}  // namespace

TEST_CASE("Used: fields of generated returns come from the digested octets") {
  check_used_is_verified(interop::DocumentGenerator::Body::known);
}

TEST_CASE("Used: fields of generated free bodies come from the digested octets") {
  check_used_is_verified(interop::DocumentGenerator::Body::free);
}

TEST_CASE("Used: the comparison notices a difference") {
  const std::string root = without(good(), "<ds:Signature ", "</ds:Signature>");
  const Fields fields = fields_by_libxml2(root);
  CHECK(fields.items.size() == 7);
  static constexpr std::pair<const char*, const char*> kChanges[] = {
      {":1000", ":1001"},   {"A2<", "A3<"}, {"dropped", "drooped"},
      {"8.14.3", "8.14.4"}, {">8<", ">7<"}, {"<sr:UserRefID>Van 7</sr:UserRefID>", ""}};
  for (const auto& [from, to] : kChanges)
    CHECK_FALSE(fields == fields_by_libxml2(edited(root, from, to)));
}
