// SPDX-License-Identifier: Apache-2.0
//
// Every point of the decision space against the oracle: through the rules all of them, through the
// shared object a sample.
#include <catch2/catch.hpp>
#include <map>

#include "contract/fake_host.hpp"
#include "contract/loaded.hpp"
#include "eligibility.hpp"
#include "oracle.hpp"
#include "settings.hpp"
#include "support/under_test.hpp"
#if !SANITIZED
#include "plugin_allocations.hpp"
#endif

namespace {

using oracle::Case;

constexpr const char* kHub = "00-DB-12-34-56-78-90-A2";

ch_returns::Settings read(const oracle::Settings& set) {
  const auto lines = set.lines();
  std::vector<dcc::Setting> given;
  for (const auto& [section, key, value] : lines) given.push_back({section, key, value});
  return ch_returns::read_settings(given);
}

class World final : public ch_returns::Lookups {
 public:
  struct CannotTell {};

  explicit World(const Case& c) : case_(c) {}

  std::optional<ch_returns::Device> device() override {
    asked += 'd';
    if (case_.device == "unavailable") throw CannotTell();
    if (case_.device == "absent") return std::nullopt;
    return ch_returns::Device{case_.device, case_.status};
  }
  bool acts_for_orderer() override {
    asked += 'o';
    if (case_.appointed == "unavailable") throw CannotTell();
    return case_.appointed == "orderer";
  }
  bool acts_for_any() override {
    asked += 'a';
    if (case_.appointed == "unavailable") throw CannotTell();
    return case_.appointed == "orderer" || case_.appointed == "another";
  }

  std::string asked;

 private:
  const Case& case_;
};

struct Answer {
  std::string code, reason, asked;
};

Answer ask_rules(const ch_returns::Settings& settings, const Case& c) {
  World world(c);
  try {
    const auto srv =
        c.set.srv == "8.14.3" ? ch_returns::Srv::fault_return : ch_returns::Srv::no_fault_return;
    const auto [code, reason] = decide(settings, {srv, c.role, kHub}, world);
    return {std::string(code), std::string(reason.text()), std::move(world.asked)};
  } catch (const World::CannotTell&) {
    return {"503", "cannot tell", std::move(world.asked)};
  }
}

Answer ask_plugin(contract::FakeHost& host, const Case& c) {
  host.device_status = c.device == "unavailable" ? DCC_UNAVAILABLE
                       : c.device == "absent"    ? DCC_NOT_FOUND
                                                 : DCC_OK;
  host.device = {std::string(c.device), std::string(c.status)};
  const dcc_status unappointed = c.appointed == "unavailable" ? DCC_UNAVAILABLE : DCC_NOT_FOUND;
  host.acts_for_orderer_status = c.appointed == "orderer" ? DCC_OK : unappointed;
  host.acts_for_any_status =
      c.appointed == "orderer" || c.appointed == "another" ? DCC_OK : unappointed;

  const std::vector<dcc_item> items = {{contract::str("DeviceID"), contract::str(kHub)},
                                       {contract::str("CHFFaultReturnType"),
                                        contract::str("Fault identified prior to installation")}};
  const dcc_handler& handler = host.handler(c.set.srv);
  const dcc_request request =
      contract::request(c.set.srv, c.role, contract::text(handler.body_element), items);
  dcc_call call;
  const dcc_status status = handler.handle(handler.self, &request, &call);
  if (status == DCC_UNAVAILABLE) return {"503", "cannot tell", call.asked};
  if (status != DCC_OK) return {"500", "failed", call.asked};
  return {call.code, call.reason, call.asked};
}

struct Tally {
  std::size_t cases = 0, wrong_codes = 0, wrong_lookups = 0, wrong_reasons = 0;
  std::string first;  // mismatch
  std::map<std::string, std::size_t> rows;

  void add(const Case& c, const Answer& got) {
    const oracle::Row& row = oracle::judge(c);
    const bool code_ok = got.code == oracle::code(row, c);
    const bool asked_ok = got.asked == row.asked;
    const bool reason_ok = !got.reason.empty() && got.reason.find('\n') == std::string::npos;
    ++cases;
    ++rows[row.requirement];
    wrong_codes += !code_ok;
    wrong_lookups += !asked_ok;
    wrong_reasons += !reason_ok;
    if ((!code_ok || !asked_ok || !reason_ok) && first.empty()) first = describe(c, row, got);
  }

  static std::string describe(const Case& c, const oracle::Row& row, const Answer& got) {
    std::string line = row.requirement;
    for (const oracle::Text part : {c.set.srv, c.role, c.status, c.device, c.appointed, c.set.eis,
                                    c.set.gis, c.set.sna, c.set.status_code, c.set.appointment}) {
      line += " | " + std::string(part);
    }
    return line + " -> " + got.code + " (asked " + got.asked + "): " + got.reason;
  }
};

void check(const Tally& tally) {
  INFO("first mismatch: " << tally.first);
  CHECK(tally.wrong_codes == 0);
  CHECK(tally.wrong_lookups == 0);
  CHECK(tally.wrong_reasons == 0);
  CHECK(tally.rows.size() == oracle::kRows.size());  // no row of the oracle is idle
}

}  // namespace

TEST_CASE("the rules decide every case as the requirements say",
          "[R1][R2][R3][R4][R5][R6][R7][R8][R9][R10][R12][R17][R18]") {
  Tally tally;
  std::size_t settings_count = 0;
  oracle::for_each_settings([&](const oracle::Settings& set) {
    ++settings_count;
    const ch_returns::Settings settings = read(set);
    oracle::for_each_case(set, [&](const Case& c) { tally.add(c, ask_rules(settings, c)); });
  });
  check(tally);
  CHECK(settings_count == 624);
  CHECK(tally.cases == 2'246'400);
}

// A sample: this has no factor in common with the space's dimensions.
constexpr std::size_t kEvery = 97;

TEST_CASE("the shared object decides a sample as the requirements say",
          "[R1][R2][R3][R4][R5][R6][R7][R8][R9][R10][R12][R17][R18][rule][quick]") {
  const dcc_plugin_entry& entry = contract::load(support::ch_returns_object().string());
  Tally tally;
  std::size_t index = 0;
  oracle::for_each_settings([&](const oracle::Settings& set) {
    contract::FakeHost host(set.lines());
    const contract::Instance instance(entry, host);
    oracle::for_each_case(set, [&](const Case& c) {
      if (index++ % kEvery == 0) tally.add(c, ask_plugin(host, c));
    });
  });
  check(tally);
  CHECK(tally.cases == 23'159);
}

#if !SANITIZED

TEST_CASE("the shared object asks for no memory while it decides", "[R23]") {
  const dcc_plugin_entry& entry = contract::load(support::ch_returns_object().string());
  allocations::count_those_of(&entry);
  Tally tally;
  std::size_t index = 0, by_instances = 0, by_handlers = 0;
  oracle::for_each_settings([&](const oracle::Settings& set) {
    contract::FakeHost host(set.lines());
    const std::size_t before = allocations::counted();
    const contract::Instance instance(entry, host);
    by_instances += allocations::counted() - before;
    oracle::for_each_case(set, [&](const Case& c) {
      if (index++ % kEvery != 0) return;
      const std::size_t made = allocations::counted();
      const Answer answer = ask_plugin(host, c);
      // A look-up that cannot be answered is an exception inside the plugin.
      if (answer.code != "503") by_handlers += allocations::counted() - made;
      tally.add(c, answer);
    });
  });
  CHECK(tally.cases == 23'159);
  CHECK(tally.rows.size() == oracle::kRows.size());
  CHECK(by_instances > 0);  // they keep settings: the counter counts
  CHECK(by_handlers == 0);
}

#endif
