// SPDX-License-Identifier: Apache-2.0
//
// A stored outcome has all that its decision rested on: from the store alone, without inventory and
// register, a handler decides it again, and comes to the same.
#include "duis/reader.hpp"
#include "duis/request_view.hpp"
#include "every_return.hpp"
#include "host/plugin_directory.hpp"
#include "problem.hpp"
#include "stores/stores.hpp"

using namespace support;

namespace {

// The plugin with these settings, in this process.
class Candidate {
 public:
  Candidate(const HostFixture& host, const std::string& settings) {
    std::filesystem::copy(host.plugins() / "ch-returns.so", paths_.directory / "ch-returns.so");
    write_file(paths_.config_directory / "ch-returns.ini", settings);
    plugins_ =
        std::make_unique<dcc::host::PluginDirectory>(paths_, dcc::host::HostServices{}, registry_);
    for (const auto& report : plugins_->reload()) {
      INFO(report.reason);
      REQUIRE(report.live);
    }
  }

  // Decides by nothing but what is stored. Asks if that is not enough.
  dcc::host::Decision decide(const dcc::adaptor::Outcome& outcome, dcc::host::Facts& facts) {
    const auto* message = reader_.read(outcome.request);
    REQUIRE(message != nullptr);
    facts.all() = outcome.facts;
    const auto table = registry_.current();
    dcc::host::Decision decision;
    table->find(outcome.srv)
        ->decide(view_.of(*message, outcome.role, outcome.received_at, outcome.received_at + 2000),
                 facts, decision);
    return decision;
  }

 private:
  static std::filesystem::path made(std::filesystem::path path) {
    std::filesystem::create_directory(path);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }

  const TempDirectory directory_;
  const dcc::host::PluginPaths paths_{
      made(directory_.path() / "plugins"), made(directory_.path() / "plugins.d"),
      directory_.path() / "cache", std::filesystem::path(DCC_BINARY_DIR) / "bin/dcc-plugin-probe"};
  dcc::host::LiveHandlers registry_;
  std::unique_ptr<dcc::host::PluginDirectory> plugins_;
  dcc::duis::Reader reader_{*dcc::duis::Schema::built_in()};
  dcc::duis::RequestView view_;
};

std::vector<dcc::adaptor::StoredOutcome> stored(const HostFixture& host) {
  const auto store = sample::open_store("sqlite:" + host.store().string());
  return dcc::adaptor::only_chain(*store).outcomes(sample::Store::Which::all, 0, 10'000, true);
}

}  // namespace

TEST_CASE("Every stored outcome is decided the same again from what is stored", "[R8]") {
  HostFixture host;
  send_every_return(host);
  Candidate same(host, ch_returns_settings());
  std::size_t decided = 0;
  for (const dcc::adaptor::StoredOutcome& record : stored(host)) {
    const dcc::adaptor::Outcome& outcome = record.outcome;
    if (outcome.handler.empty()) continue;  // the host decided by the User alone
    CAPTURE(record.cursor, outcome.role, outcome.code, outcome.reason);
    dcc::host::Facts facts;
    const auto decision = same.decide(outcome, facts);
    CHECK(decision.kind == dcc::host::Decision::Kind::answered);
    CHECK(decision.code == outcome.code);
    CHECK(decision.reason == outcome.reason);
    REQUIRE(facts.all().size() == outcome.facts.size());
    for (std::size_t i = 0; i < facts.all().size(); ++i) {
      const auto& before = outcome.facts[i];
      // The host itself used the User.
      CHECK(facts.all()[i].used == (before.used && before.kind != dcc::host::kUserFact));
    }
    ++decided;
  }
  CHECK(decided == 9 * 12 * 2);  // all Users but the suspended and the unknown one
}

TEST_CASE("What agents would have been told is known from a time when they were not eligible",
          "[R12]") {
  HostFixture host;
  const auto file = host.settings() / "ch-returns.ini";
  write_file(file, edited(edited(ch_returns_settings(), "SNA = Pending", "SNA = none"),
                          "SNA = Pending", "SNA = none"));
  REQUIRE(host.reload() == 200);
  send_every_return(host);
  Candidate eligible(host, ch_returns_settings());
  std::map<std::string, std::size_t> codes;
  for (const dcc::adaptor::StoredOutcome& record : stored(host)) {
    if (record.outcome.role != "SNA") continue;
    REQUIRE(record.outcome.code == "E2");
    dcc::host::Facts facts;
    const auto decision = eligible.decide(record.outcome, facts);
    CHECK(decision.kind == dcc::host::Decision::Kind::answered);  // nothing has to be asked
    ++codes[decision.code];
  }
  // Two agents, two SRVs: no device, a meter, eight hubs that are not Pending; of the Pending ones
  // the ordered one for the agent that the Supplier confirmed, and three for which nobody did.
  CHECK(codes == std::map<std::string, std::size_t>{
                     {"E19", 4}, {"E11", 4}, {"E5", 32}, {"I99", 2}, {"E4", 6}});
}
