// SPDX-License-Identifier: Apache-2.0
//
// The SDK's pipeline under stores that are not the sample host's: the example's, as a program, and
// one that cannot tell what it is asked.
#include <future>
#include <span>

#include "adaptor/outcome_json.hpp"
#include "adaptor/pipeline.hpp"
#include "host/plugin_directory.hpp"
#include "problem.hpp"
#include "support/empty_store.hpp"

using namespace support;
using namespace dcc::adaptor;
using dcc::host::Fact;

namespace {

// The example, whose facts are lines of a file.
class ExampleAdaptor {
 public:
  ExampleAdaptor() : fixture_(options()) {
    std::filesystem::create_directory(store());
    for (const Member& member : kMembers) {
      if (member.status != nullptr)
        know(dcc::host::kUserFact, member.eui, {{"role", member.role}, {"status", member.status}});
    }
    for (const char* status : {"Pending", "Commissioned"})
      know(dcc::host::kDeviceFact, hub(status), {{"type", "CHF"}, {"status", status}});
  }

  void know(std::string_view kind, std::string_view key, std::vector<Fact::Value> values) {
    Fact fact;
    fact.kind = kind;
    fact.key = key;
    fact.is_there(std::move(values), 0);
    known_ += facts_to_json({fact}) + '\n';
    write_file(store() / "facts", known_);
  }

  std::string request(const std::string& user, const std::string& device) {
    const auto fields = fixture_.request(user, "8.14.3", device);
    write_file(fixture_.directory() / "request.xml", fixture_.sign(user, fields));
    return run();
  }
  // The last one again.
  std::string run() {
    const std::filesystem::path built = DCC_BINARY_DIR;
    Process process(built / "bin/example-adaptor",
                    {fixture_.plugins(), fixture_.settings(), fixture_.directory() / "cache",
                     built / "bin/dcc-plugin-probe", fixture_.credentials().known(), kBroker,
                     store(), fixture_.directory() / "request.xml"});
    const Finished finished = process.wait();
    INFO(finished.err);
    CHECK(finished.exit_code == 0);
    return finished.out;
  }

 private:
  static HostFixture::Options options() {
    HostFixture::Options options;
    options.world = false;
    return options;
  }
  std::filesystem::path store() const { return fixture_.directory() / "file-store"; }

  HostFixture fixture_;
  std::string known_;
};

std::string after_first_line(const std::string& text) {
  return text.substr(text.find('\n'));
}

// A store that says of some kind of fact that it is not to be had now.
class HalfAStore final : public support::EmptyStore {
 public:
  explicit HalfAStore(std::string_view cannot_tell) : cannot_tell_(cannot_tell) {}

  std::unique_ptr<StoreReader> reader() override { return std::make_unique<Reader>(cannot_tell_); }
  std::unique_ptr<StoreWriter> writer(std::size_t) override { return std::make_unique<Writer>(); }

 private:
  class Reader final : public StoreReader {
   public:
    explicit Reader(std::string_view cannot_tell) : cannot_tell_(cannot_tell) {}
    void answer(std::span<Inquiry> inquiries) override {
      for (Inquiry& inquiry : inquiries) {
        for (Fact& fact : inquiry.facts.all()) {
          if (fact.kind == cannot_tell_) {
            fact.is_unavailable("not now");
          } else if (fact.kind == dcc::host::kUserFact) {
            fact.is_there({{"role", "SNA"}, {"status", "Active"}}, 1);
          } else if (fact.kind == dcc::host::kDeviceFact) {
            fact.is_there({{"type", "CHF"}, {"status", "Pending"}}, 1);
          } else {
            fact.is_there({{"acts", "yes"}}, 1);
          }
        }
      }
    }

   private:
    const std::string_view cannot_tell_;
  };
  class Writer final : public StoreWriter {
   public:
    AuditHead begin(std::span<const Outcome* const>, std::span<Standing>) override { return {}; }
    void commit(std::span<const Record>, const AuditHead&) override {}
    void abort() noexcept override {}
    void check() override {}
  };

  const std::string_view cannot_tell_;
};

}  // namespace

TEST_CASE("The example adaptor answers as the specification says, and the same again", "[R16]") {
  ExampleAdaptor adaptor;
  CHECK_THAT(adaptor.request("eis", hub("Pending")), Catch::StartsWith("200 I99 "));
  CHECK_THAT(adaptor.request("sna", hub("Pending")), Catch::StartsWith("200 E4 "));
  CHECK_THAT(adaptor.request("sna", hub("Commissioned")), Catch::StartsWith("200 E5 "));
  CHECK_THAT(adaptor.request("eis", kNoDevice), Catch::StartsWith("200 E19 "));
  CHECK_THAT(adaptor.request("es", hub("Pending")), Catch::StartsWith("200 E2 "));
  CHECK_THAT(adaptor.request("suspended", hub("Pending")), Catch::StartsWith("200 E3 "));
  CHECK_THAT(adaptor.request("unknown", hub("Pending")), Catch::StartsWith("200 E1 "));

  const std::string accepted = adaptor.request("gis", hub("Pending"));
  CHECK_THAT(accepted, Catch::StartsWith("200 I99 "));
  // Whatever has become of the hub meanwhile.
  adaptor.know(dcc::host::kDeviceFact, hub("Pending"), {{"type", "ESME"}, {"status", "Recovered"}});
  const std::string again = adaptor.run();
  CHECK_THAT(again, Catch::Contains("(again)"));
  CHECK(after_first_line(again) == after_first_line(accepted));
  CHECK_THAT(adaptor.request("gis", hub("Pending")), Catch::StartsWith("200 E11 "));
}

TEST_CASE("What a store cannot tell is 503, not an answer", "[R8][R24]") {
  const std::string cannot_tell = GENERATE(values<std::string>(
      {"", std::string(dcc::host::kUserFact), std::string(dcc::host::kDeviceFact),
       std::string(dcc::host::kActsFact)}));
  CAPTURE(cannot_tell);
  HostFixture::Options options;
  options.world = false;
  HostFixture fixture(options);
  const auto adaptor = std::make_shared<Adaptor>();
  adaptor->control_broker = *dcc::duis::Eui64::parse(kBroker);
  adaptor->schema_versions = *SchemaVersions::parse("1.0-9");
  std::vector<std::string> problems;
  adaptor->credentials.publish(std::make_shared<const dcc::duis::Credentials>(
      dcc::duis::Credentials::load(fixture.credentials().known(), std::nullopt, problems)));
  adaptor->store = std::make_unique<HalfAStore>(cannot_tell);
  adaptor->committer =
      std::make_unique<Committer>(ledgers_of(*adaptor->store), Committer::Limits{}, nullptr);
  std::string logged;
  adaptor->log_error = [&](std::string_view line) { logged = line; };
  dcc::host::PluginDirectory plugins(
      {fixture.plugins(), fixture.settings(), fixture.directory() / "cache",
       std::filesystem::path(DCC_BINARY_DIR) / "bin/dcc-plugin-probe"},
      {}, adaptor->registry);
  REQUIRE(plugins.reload().at(0).live);

  std::promise<Reply> answered;
  Pipeline pipeline(adaptor, [](const std::function<void()>& task) { task(); });
  const auto fields = fixture.request("sna", "8.14.3", hub("Pending"));
  using namespace std::chrono;
  pipeline.handle({"serviceD", fixture.sign("sna", fields),
                   duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()},
                  [&](Reply reply) { answered.set_value(std::move(reply)); });
  const Reply reply = answered.get_future().get();
  adaptor->committer->stop();
  INFO(reply.title + reply.detail + logged);
  if (cannot_tell.empty()) {
    CHECK(reply.code == "I99");
    CHECK(logged.empty());
  } else {
    CHECK(reply.kind == Reply::Kind::unavailable);
    CHECK(reply.response.empty());
    CHECK_THAT(logged, Catch::Contains(cannot_tell) && Catch::Contains("not now"));
  }
}
