// SPDX-License-Identifier: Apache-2.0
// The host's side of the contract, called as a careless plugin might call it.
#include "host/services.hpp"

#include <catch2/catch.hpp>
#include <memory>

#include "host/call.hpp"
#include "host/one_line.hpp"
#include "plugin_host.hpp"

using dcc::host::Decision;
using dcc::host::HostHandle;
using dcc::host::one_line;
using dcc::host::Staging;

namespace {

dcc_str str(std::string_view text) {
  return {text.data(), text.size()};
}

constexpr dcc_str kNullText = {nullptr, 3};

// A host handle, a call on it, and its services.
struct Contract {
  template <typename Table>
  const Table& service(const char* id) const {
    const void* table = handle.service(&handle, str(id));
    REQUIRE(table != nullptr);
    return *static_cast<const Table*>(table);
  }
  const dcc_registry_v1& registry() const { return service<dcc_registry_v1>(DCC_SERVICE_REGISTRY); }
  const dcc_appointments_v1& appointments() const {
    return service<dcc_appointments_v1>(DCC_SERVICE_APPOINTMENTS);
  }
  const dcc_inventory_v1& inventory() const {
    return service<dcc_inventory_v1>(DCC_SERVICE_INVENTORY);
  }

  host_test::Host host;
  dcc::host::HostServices services = host.services();
  HostHandle handle{services, "stem", {{"s", "k", "v"}, {"s", "empty", ""}}};
  HostHandle stranger{services, "stranger", {}};
  // The decision of the call that has just ended.
  const Decision& returned(dcc_status status) {
    call.returned(status);
    return decision;
  }
  // A call that knows device 7, that there is no device 8, and that agent 5 acts for its Supplier.
  void know() {
    facts.ask("dcc.device", host_test::kSeven)
        .is_there({{"type", "CHF"}, {"status", "Pending"}}, 3);
    facts.ask("dcc.device", host_test::kEight).is_not_there(0);
    facts.ask("dcc.acts", *dcc::host::acts_key(5, 7, 100)).is_there({{"acts", "yes"}}, 2);
    facts.ask("dcc.acts-any", *dcc::host::acts_for_any_key(5, 100)).is_there({{"acts", "no"}}, 2);
  }

  dcc::host::Facts facts;
  Decision decision;
  dcc_call call{handle, facts, decision};
};

dcc_status do_nothing(void*, const dcc_request*, dcc_call*) {
  return DCC_OK;
}

dcc_handler good_handler() {
  return {sizeof(dcc_handler),   1u << 8, str("8.14.3"), str("serviceD"),
          str("CHFFaultReturn"), nullptr, do_nothing};
}

}  // namespace

TEST_CASE("the seven services are offered and the host its own and nothing else") {
  Contract c;
  for (const char* id :
       {DCC_SERVICE_LOG, DCC_SERVICE_CONFIG, DCC_SERVICE_INVENTORY, DCC_SERVICE_APPOINTMENTS,
        DCC_SERVICE_FACTS, DCC_SERVICE_CLOCK, DCC_SERVICE_REGISTRY}) {
    CHECK(c.handle.service(&c.handle, str(id)) != nullptr);
  }
  for (const char* id : {"", "dcc.log", "dcc.log/2", "dcc.log/1 "}) {
    CHECK(c.handle.service(&c.handle, str(id)) == nullptr);
  }
  CHECK(c.handle.service(&c.handle, kNullText) == nullptr);
  CHECK(c.handle.service(nullptr, str(DCC_SERVICE_LOG)) == nullptr);
  CHECK(c.handle.service(&c.handle, str("com.example/1")) == nullptr);
  const int table = 0;
  c.services.own["com.example/1"] = &table;
  CHECK(c.handle.service(&c.handle, str("com.example/1")) == &table);
  CHECK(std::string(c.handle.name.data, c.handle.name.size) == "test host");
  CHECK(std::string(c.handle.version.data, c.handle.version.size) == "9");
  CHECK(c.handle.abi_major == DCC_ABI_MAJOR);
  CHECK(c.handle.size == sizeof(dcc_host));
}

TEST_CASE("log lines carry the plugin's stem and are one line") {
  Contract c;
  const auto& log = c.service<dcc_log_v1>(DCC_SERVICE_LOG);
  log.write(&c.handle, DCC_LOG_INFO, str("two\nlines\x1b[m"));
  log.write(&c.handle, 99, str(""));
  log.write(&c.handle, DCC_LOG_INFO, kNullText);
  log.write(nullptr, DCC_LOG_INFO, str("nobody"));
  CHECK(c.host.log.lines() == std::vector<std::string>{"stem: two lines [m", "stem: "});
}

TEST_CASE("a log that throws stays on the host's side") {
  Contract c;
  c.services.log = [](auto, auto, auto) { throw 1; };
  c.service<dcc_log_v1>(DCC_SERVICE_LOG).write(&c.handle, DCC_LOG_INFO, str("x"));
  c.services.log = nullptr;
  c.service<dcc_log_v1>(DCC_SERVICE_LOG).write(&c.handle, DCC_LOG_INFO, str("x"));
  CHECK(c.host.log.lines().empty());
}

TEST_CASE("settings are listed by index") {
  Contract c;
  const auto& config = c.service<dcc_config_v1>(DCC_SERVICE_CONFIG);
  REQUIRE(config.count(&c.handle) == 2);
  CHECK(config.count(nullptr) == 0);
  dcc_setting setting{};
  REQUIRE(config.at(&c.handle, 0, &setting) == DCC_OK);
  CHECK(std::string(setting.section.data, setting.section.size) == "s");
  CHECK(std::string(setting.key.data, setting.key.size) == "k");
  CHECK(std::string(setting.value.data, setting.value.size) == "v");
  CHECK(config.at(&c.handle, 2, &setting) == DCC_NOT_FOUND);
  CHECK(setting.value.size == 1);
  CHECK(config.at(&c.handle, 0, nullptr) == DCC_INVALID);
  CHECK(config.at(nullptr, 0, &setting) == DCC_INVALID);
}

TEST_CASE("the clock is the host's") {
  Contract c;
  const auto& clock = c.service<dcc_clock_v1>(DCC_SERVICE_CLOCK);
  CHECK(clock.now(&c.handle) == 42);
  c.services.now = nullptr;
  CHECK(clock.now(&c.handle) > 1'600'000'000'000);
}

TEST_CASE("what is known is answered and marked as used") {
  Contract c;
  c.know();
  dcc_device device{};
  device.size = sizeof device + 8;  // of a later minor
  REQUIRE(c.inventory().device(&c.handle, &c.call, 7, &device) == DCC_OK);
  CHECK(device.size == sizeof device);  // as much as was filled in
  CHECK(std::string(device.status.data, device.status.size) == "Pending");
  dcc_device again{};
  again.size = sizeof again;
  REQUIRE(c.inventory().device(&c.handle, &c.call, 7, &again) == DCC_OK);
  CHECK(again.status.data == device.status.data);
  CHECK(c.inventory().device(&c.handle, &c.call, 8, &again) == DCC_NOT_FOUND);
  std::int32_t answer = 9;
  CHECK(c.appointments().acts_for_orderer(&c.handle, &c.call, 5, 7, 100, &answer) == DCC_OK);
  CHECK(answer == DCC_YES);
  // The day counts, not the millisecond.
  CHECK(c.appointments().acts_for_orderer(&c.handle, &c.call, 5, 7, 86'399'999, &answer) == DCC_OK);

  c.registry().set_code(&c.handle, &c.call, str("I99"));
  CHECK(c.returned(DCC_OK).kind == Decision::Kind::answered);
  std::vector<bool> used;
  for (const auto& fact : c.facts.all()) used.push_back(fact.used);
  CHECK(used == std::vector<bool>{true, true, true, false});
  CHECK(c.facts.rounds == 0);
}

TEST_CASE("what is not known is asked for whatever the handler ends with") {
  Contract c;
  dcc_device device{};
  device.size = sizeof device;
  std::int32_t answer = 9;
  CHECK(c.inventory().device(&c.handle, &c.call, 7, &device) == DCC_UNAVAILABLE);
  CHECK(c.inventory().device(&c.handle, &c.call, 7, &device) == DCC_UNAVAILABLE);
  CHECK(c.appointments().acts_for_any(&c.handle, &c.call, 5, 100, &answer) == DCC_UNAVAILABLE);
  CHECK(answer == 0);
  c.registry().set_code(&c.handle, &c.call, str("I99"));
  SECTION("an outcome") {
    c.call.returned(DCC_OK);
  }
  SECTION("not valid") {
    c.registry().set_not_valid(&c.handle, &c.call, str("no"));
    c.returned(DCC_OK);
  }
  SECTION("a failure") {
    c.returned(DCC_INTERNAL);
  }
  SECTION("an exception") {
    c.call.threw();
  }
  CHECK(c.decision.kind == Decision::Kind::asks);
  CHECK(c.decision.code.empty());
  CHECK(c.decision.reason.empty());
  REQUIRE(c.facts.all().size() == 2);
  CHECK(c.facts.all()[0].kind == "dcc.device");
  CHECK(c.facts.all()[0].key == host_test::kSeven);
  CHECK(c.facts.all()[1].kind == "dcc.acts-any");
  CHECK(c.facts.all()[1].key == "00-00-00-00-00-00-00-05 1970-01-01");
  for (const auto& fact : c.facts.all()) CHECK(fact.state == dcc::host::Fact::State::asked);

  // Asked again without an answer: that would go on for ever.
  dcc_call second(c.handle, c.facts, c.decision);
  CHECK(second.device(7, device) == DCC_UNAVAILABLE);
  second.set_code("I99");
  second.returned(DCC_OK);
  CHECK(c.decision.kind == Decision::Kind::failed);
  CHECK(
      c.decision.reason ==
      "asks again for dcc.device '00-00-00-00-00-00-00-07', which was asked for and not answered");
}

TEST_CASE("what cannot be told makes the call unavailable whatever follows") {
  Contract c;
  c.facts.ask("dcc.device", host_test::kSeven).is_unavailable("store\nis down");
  dcc_device device{};
  device.size = sizeof device;
  CHECK(c.inventory().device(&c.handle, &c.call, 7, &device) == DCC_UNAVAILABLE);
  CHECK(c.registry().set_code(&c.handle, &c.call, str("I99")) == DCC_OK);
  CHECK(c.returned(DCC_OK).kind == Decision::Kind::unavailable);
  CHECK(c.decision.code.empty());
  CHECK(c.decision.reason == "dcc.device '00-00-00-00-00-00-00-07': store is down");
}

TEST_CASE("a fact that is not what its kind must be fails the call whatever follows") {
  Contract c;
  std::string lacks;
  dcc_status status = DCC_OK;
  std::int32_t answer = 9;
  const auto ask_device = [&] {
    dcc_device device{};
    device.size = sizeof device;
    status = c.inventory().device(&c.handle, &c.call, 7, &device);
  };
  const auto ask_acts = [&] {
    status = c.appointments().acts_for_orderer(&c.handle, &c.call, 5, 7, 0, &answer);
  };
  auto& device = c.facts.ask("dcc.device", host_test::kSeven);
  device.is_there({{"type", "CHF"}, {"status", "Pending"}}, 1);
  auto& acts = c.facts.ask("dcc.acts", *dcc::host::acts_key(5, 7, 0));
  SECTION("a device without a status") {
    c.facts.all()[0].is_there({{"type", "CHF"}}, 1);
    ask_device();
    lacks = "type or status";
  }
  SECTION("a device with an empty status") {
    c.facts.all()[0].is_there({{"type", "CHF"}, {"status", ""}}, 1);
    ask_device();
    lacks = "type or status";
  }
  SECTION("neither yes nor no") {
    acts.is_there({{"acts", "maybe"}}, 1);
    ask_acts();
    lacks = "acts = yes or no";
  }
  SECTION("no answer at all") {
    acts.is_not_there(1);
    ask_acts();
    lacks = "acts";
  }
  CHECK(status == DCC_INTERNAL);
  CHECK(c.registry().set_code(&c.handle, &c.call, str("I99")) == DCC_OK);
  CHECK(c.returned(DCC_OK).kind == Decision::Kind::failed);
  CHECK(c.decision.code.empty());
  CHECK_THAT(c.decision.reason, Catch::EndsWith("lacks " + lacks));
}

TEST_CASE("facts of any kind that the host offers are looked up by kind and key") {
  Contract c;
  c.services.fact_kinds = {"com.example.tariff"};
  const auto& facts = c.service<dcc_facts_v1>(DCC_SERVICE_FACTS);
  std::int32_t answer = 9;
  for (const char* kind :
       {"com.example.tariff", "dcc.device", "dcc.user", "dcc.acts", "dcc.acts-any"}) {
    CHECK(facts.offers(&c.handle, str(kind), &answer) == DCC_OK);
    CHECK(answer == DCC_YES);
  }
  CHECK(facts.offers(&c.handle, str("com.example"), &answer) == DCC_OK);
  CHECK(answer == DCC_NO);

  dcc_fact fact{};
  fact.size = sizeof fact;
  CHECK(facts.look_up(&c.handle, &c.call, str("com.example.tariff"), str("k"), &fact) ==
        DCC_UNAVAILABLE);
  c.facts.ask("com.example.tariff", "none").is_not_there(4);
  c.facts.ask("com.example.tariff", "empty").is_there({}, 5);
  c.facts.ask("com.example.tariff", "two").is_there({{"a", "1"}, {"b", ""}}, 6);
  CHECK(facts.look_up(&c.handle, &c.call, str("com.example.tariff"), str("none"), &fact) ==
        DCC_NOT_FOUND);
  CHECK(facts.look_up(&c.handle, &c.call, str("com.example.tariff"), str("empty"), &fact) ==
        DCC_OK);
  CHECK(fact.values != nullptr);
  CHECK(fact.value_count == 0);
  CHECK(facts.look_up(&c.handle, &c.call, str("com.example.tariff"), str("two"), &fact) == DCC_OK);
  REQUIRE(fact.value_count == 2);
  CHECK(std::string(fact.values[0].name.data, fact.values[0].name.size) == "a");
  CHECK(std::string(fact.values[0].value.data, fact.values[0].value.size) == "1");
  CHECK(fact.values[1].value.size == 0);
  CHECK(fact.revision == 6);
  CHECK(fact.size == sizeof fact);

  const std::string long_kind(65, 'k'), long_key(257, 'k');
  CHECK(facts.look_up(&c.handle, &c.call, str("unknown"), str("k"), &fact) == DCC_INVALID);
  CHECK(facts.look_up(&c.handle, &c.call, str(""), str("k"), &fact) == DCC_INVALID);
  CHECK(facts.look_up(&c.handle, &c.call, str(long_kind), str("k"), &fact) == DCC_INVALID);
  CHECK(facts.look_up(&c.handle, &c.call, str("com.example.tariff"), str(""), &fact) ==
        DCC_INVALID);
  CHECK(facts.look_up(&c.handle, &c.call, str("com.example.tariff"), str("a\nb"), &fact) ==
        DCC_INVALID);
  CHECK(facts.look_up(&c.handle, &c.call, str("com.example.tariff"), str(long_key), &fact) ==
        DCC_INVALID);
  CHECK(facts.look_up(&c.handle, &c.call, kNullText, str("k"), &fact) == DCC_INVALID);
  CHECK(facts.look_up(&c.stranger, &c.call, str("com.example.tariff"), str("k"), &fact) ==
        DCC_INVALID);
  CHECK(facts.look_up(&c.handle, &c.call, str("com.example.tariff"), str("k"), nullptr) ==
        DCC_INVALID);
  fact.size = sizeof fact - 1;
  CHECK(facts.look_up(&c.handle, &c.call, str("com.example.tariff"), str("k"), &fact) ==
        DCC_INVALID);
  CHECK(c.returned(DCC_OK).kind == Decision::Kind::asks);
  CHECK(c.facts.all().back().key == "k");
}

TEST_CASE("lookups with arguments that cannot be meant are DCC_INVALID") {
  Contract c;
  c.know();
  dcc_device device{};
  device.size = sizeof device;
  CHECK(c.inventory().device(nullptr, &c.call, 7, &device) == DCC_INVALID);
  CHECK(c.inventory().device(&c.handle, nullptr, 7, &device) == DCC_INVALID);
  CHECK(c.inventory().device(&c.stranger, &c.call, 7, &device) == DCC_INVALID);
  CHECK(c.inventory().device(&c.handle, &c.call, 7, nullptr) == DCC_INVALID);
  device.size = sizeof device - 1;
  CHECK(c.inventory().device(&c.handle, &c.call, 7, &device) == DCC_INVALID);
  std::int32_t answer = 0;
  CHECK(c.appointments().acts_for_orderer(&c.handle, nullptr, 5, 7, 0, &answer) == DCC_INVALID);
  CHECK(c.appointments().acts_for_orderer(&c.handle, &c.call, 5, 7, 0, nullptr) == DCC_INVALID);
  CHECK(c.appointments().acts_for_any(&c.stranger, &c.call, 5, 0, &answer) == DCC_INVALID);
  CHECK(c.appointments().acts_for_any(&c.handle, &c.call, 5, INT64_MAX, &answer) == DCC_INVALID);
  CHECK(c.appointments().acts_for_any(&c.handle, &c.call, 5, INT64_MIN, &answer) == DCC_INVALID);
  for (const auto& fact : c.facts.all()) CHECK_FALSE(fact.used);
}

TEST_CASE("the outcome that is set last counts") {
  Contract c;
  const auto& registry = c.registry();
  CHECK(registry.set_code(&c.handle, &c.call, str("E5")) == DCC_OK);
  CHECK(registry.set_reason(&c.handle, &c.call, str("because")) == DCC_OK);
  SECTION("a code") {
    CHECK(registry.set_not_valid(&c.handle, &c.call, str("no")) == DCC_OK);
    CHECK(registry.set_code(&c.handle, &c.call, str("E4")) == DCC_OK);
    const Decision& decision = c.returned(DCC_OK);
    CHECK(decision.kind == Decision::Kind::answered);
    CHECK(decision.code == "E4");
    CHECK(decision.reason == "because");
  }
  SECTION("not valid") {
    CHECK(registry.set_not_valid(&c.handle, &c.call, str("no")) == DCC_OK);
    const Decision& decision = c.returned(DCC_OK);
    CHECK(decision.kind == Decision::Kind::not_valid);
    CHECK(decision.code.empty());
    CHECK(decision.reason == "no");
  }
  SECTION("a code that there is not") {
    CHECK(registry.set_code(&c.handle, &c.call, str("E6")) == DCC_INVALID);
    const Decision& decision = c.returned(DCC_OK);
    CHECK(decision.kind == Decision::Kind::failed);
    CHECK(decision.reason == "handler set no outcome: 'E6' is no response code of the DUIS schema");
  }
  SECTION("no text at all") {
    CHECK(registry.set_code(&c.handle, &c.call, kNullText) == DCC_INVALID);
    CHECK(c.returned(DCC_OK).kind == Decision::Kind::failed);
  }
}

TEST_CASE("outcomes with arguments that cannot be meant are DCC_INVALID") {
  Contract c;
  const auto& registry = c.registry();
  CHECK(registry.set_code(nullptr, &c.call, str("I99")) == DCC_INVALID);
  CHECK(registry.set_code(&c.handle, nullptr, str("I99")) == DCC_INVALID);
  CHECK(registry.set_code(&c.stranger, &c.call, str("I99")) == DCC_INVALID);
  CHECK(registry.set_reason(&c.handle, &c.call, kNullText) == DCC_INVALID);
  CHECK(registry.set_reason(&c.handle, nullptr, str("x")) == DCC_INVALID);
  CHECK(registry.set_not_valid(&c.handle, &c.call, kNullText) == DCC_INVALID);
  CHECK(registry.set_not_valid(&c.stranger, &c.call, str("x")) == DCC_INVALID);
  CHECK(c.returned(DCC_OK).reason == "handler set no outcome");
}

TEST_CASE("a handler's status other than DCC_OK is named with its number and the reason") {
  Contract c;
  c.registry().set_code(&c.handle, &c.call, str("I99"));
  SECTION("internal") {
    const Decision& decision = c.returned(DCC_INTERNAL);
    CHECK(decision.kind == Decision::Kind::failed);
    CHECK(decision.reason == "handler returned status 6 (DCC_INTERNAL)");
  }
  SECTION("unknown, with a reason") {
    c.registry().set_reason(&c.handle, &c.call, str("own words"));
    const Decision& decision = c.returned(-12);
    CHECK(decision.kind == Decision::Kind::failed);
    CHECK(decision.reason == "handler returned status -12: own words");
  }
  SECTION("unavailable") {
    CHECK(c.returned(DCC_UNAVAILABLE).kind == Decision::Kind::unavailable);
  }
  SECTION("an exception") {
    c.call.threw();
    CHECK(c.decision.kind == Decision::Kind::failed);
  }
}

TEST_CASE("a line is cut between characters and holds no control character") {
  CHECK(one_line("abc", 3) == "abc");
  CHECK(one_line("abcd", 3) == "abc");
  CHECK(one_line("a\r\n\tb\x7f", 9) == "a   b ");
  CHECK(one_line("ab\xc3\xbc", 4) == "ab\xc3\xbc");
  CHECK(one_line("ab\xc3\xbc", 3) == "ab");
  CHECK(one_line("a\xf0\x9f\x98\x80", 4) == "a");
  CHECK(one_line("\x80\x80\x80", 2).empty());
  CHECK(one_line("", 0).empty());

  Contract c;
  c.registry().set_code(&c.handle, &c.call, str("I99"));
  c.registry().set_reason(&c.handle, &c.call, str(std::string(499, 'x') + "\xc3\xbc"));
  CHECK(c.returned(DCC_OK).reason == std::string(499, 'x'));
}

TEST_CASE("a handler is registered inside activate only") {
  Contract c;
  const dcc_handler handler = good_handler();
  CHECK(c.registry().add(&c.handle, &handler) == DCC_NOT_NOW);
  Staging staging([](std::string_view) { return std::string(); });
  c.handle.staging = &staging;
  CHECK(c.registry().add(&c.handle, &handler) == DCC_OK);
  CHECK(c.registry().add(nullptr, &handler) == DCC_INVALID);
  CHECK(c.registry().add(&c.handle, nullptr) == DCC_INVALID);
  REQUIRE(staging.registrations().size() == 1);
  CHECK(staging.refusal().empty());
  const auto& info = staging.registrations().front().info;
  CHECK(info.srv == "8.14.3");
  CHECK(info.endpoint == "serviceD");
  CHECK(info.body_element == "CHFFaultReturn");
  CHECK(info.command_variants == 1u << 8);
}

TEST_CASE("each wrong field of a handler is refused with its value and what is expected") {
  Staging staging([](std::string_view srv) {
    return srv == "1.1" ? std::string("plugin other (other.so)") : std::string();
  });
  dcc_handler handler = good_handler();
  dcc_status expected = DCC_INVALID;
  std::string why;
  SECTION("size") {
    handler.size = sizeof handler - 1;
    why = "handler structure of " + std::to_string(sizeof handler - 1) +
          " octets, expected at least " + std::to_string(sizeof handler);
  }
  SECTION("srv") {
    const auto srv = GENERATE(as<std::string>(), "", ".", "8.", ".8", "8..14", "8.x", "8 ", "-1");
    CAPTURE(srv);
    handler.srv = str(srv);
    CHECK(staging.add(handler) == DCC_INVALID);
    why = "srv '" + srv + "', expected digits and dots such as 8.14.3";
  }
  SECTION("no srv") {
    handler.srv = kNullText;
    why = "srv '', expected digits and dots such as 8.14.3";
  }
  SECTION("endpoint") {
    const auto endpoint = GENERATE(as<std::string>(), "", "serviceX", "serviced", "serviceD ");
    handler.endpoint = str(endpoint);
    CHECK(staging.add(handler) == DCC_INVALID);
    why = "handler of 8.14.3: endpoint '" + endpoint + "', expected serviceD, serviceS or serviceT";
  }
  SECTION("command variants") {
    handler.command_variants = GENERATE(0u, 1u, 1u << 10, 1u << 8 | 1u << 31);
    why = "handler of 8.14.3: command_variants " + std::to_string(handler.command_variants) +
          ", expected some of the bits 1 to 9";
  }
  SECTION("body element") {
    const auto element = GENERATE(as<std::string>(), "", "1a", "a:b", "a b", "-a", "a\xc3\xbc");
    handler.body_element = str(element);
    CHECK(staging.add(handler) == DCC_INVALID);
    why = "handler of 8.14.3: body_element '" + element + "', expected an XML element's local name";
  }
  SECTION("function") {
    handler.handle = nullptr;
    why = "handler of 8.14.3: no function handle";
  }
  SECTION("an SRV that somebody else holds") {
    handler.srv = str("1.1");
    expected = DCC_CONFLICT;
    why = "SRV 1.1 is held by plugin other (other.so)";
  }
  SECTION("an SRV twice") {
    CHECK(staging.add(handler) == DCC_OK);
    why = "SRV 8.14.3 is registered twice";
  }
  const std::size_t accepted = staging.registrations().size();
  if (staging.refusal().empty()) CHECK(staging.add(handler) == expected);
  CHECK(staging.refusal() == why);
  CHECK(staging.registrations().size() == accepted);
}
