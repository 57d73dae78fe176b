// SPDX-License-Identifier: Apache-2.0
//
// The SDK's example plugin, through its shared object.
#include <catch2/catch.hpp>

#include "contract/fake_host.hpp"
#include "contract/loaded.hpp"

namespace {

using contract::FakeHost;

dcc_status call(const FakeHost& host, const std::string& device_id, dcc_call& out) {
  const dcc_handler& handler = host.handler("8.14.1");
  const std::vector<dcc_item> items = {{contract::str("DeviceID"), contract::str(device_id)}};
  const dcc_request request = contract::request("8.14.1", "EIS", "CHFInstallSuccessSMWAN", items);
  return handler.handle(handler.self, &request, &out);
}

constexpr const char* kHub = "00-DB-12-34-56-78-90-A2";

}  // namespace

TEST_CASE("the example answers from the inventory") {
  FakeHost host({{"8.14.1", "device_type", "CHF"}});
  const contract::Instance instance(contract::load(EXAMPLE), host);
  REQUIRE(host.handlers.size() == 1);
  CHECK(contract::text(host.handlers[0].endpoint) == "serviceD");
  CHECK(contract::text(host.handlers[0].body_element) == "CHFInstallSuccessSMWAN");
  CHECK(host.handlers[0].command_variants == 1u << 8);

  dcc_call absent, meter, hub, unknown, unreadable;
  CHECK(call(host, kHub, absent) == DCC_OK);
  CHECK(absent.code == "E19");
  CHECK(host.asked_device == 0x00DB1234567890A2);

  host.device_status = DCC_OK;
  host.device = {"ESME", "Commissioned"};
  CHECK(call(host, kHub, meter) == DCC_OK);
  CHECK(meter.code == "E11");

  host.device.type = "CHF";
  CHECK(call(host, kHub, hub) == DCC_OK);
  CHECK(hub.code == "I99");

  host.device_status = DCC_UNAVAILABLE;
  CHECK(call(host, kHub, unknown) == DCC_UNAVAILABLE);
  CHECK(unknown.code.empty());

  CHECK(call(host, "hub", unreadable) == DCC_OK);
  CHECK(unreadable.not_valid == "DeviceID: missing or not an EUI-64");
}

TEST_CASE("the example asks for a kind of fact of its own if the host offers it") {
  FakeHost host;
  host.device_status = DCC_OK;
  host.device = {"CHF", "Pending"};
  dcc_call out;
  {
    const contract::Instance without(contract::load(EXAMPLE), host);
    CHECK(call(host, kHub, out) == DCC_OK);
    CHECK(out.asked == "d");
    CHECK_THAT(out.reason, Catch::EndsWith("region not known"));
  }
  host.handlers.clear();
  host.fact_kind = "example.site";
  const contract::Instance instance(contract::load(EXAMPLE), host);
  out = {};
  CHECK(call(host, kHub, out) == DCC_OK);
  CHECK(out.asked == "df");
  CHECK(out.code == "I99");
  CHECK_THAT(out.reason, Catch::EndsWith("region not known"));

  host.fact_status = DCC_OK;
  host.value_name = "region";
  host.value = "north";
  out = {};
  CHECK(call(host, kHub, out) == DCC_OK);
  CHECK_THAT(out.reason, Catch::EndsWith("region north"));

  host.fact_status = DCC_UNAVAILABLE;
  out = {};
  CHECK(call(host, kHub, out) == DCC_UNAVAILABLE);
  CHECK(out.code.empty());
  host.device_status = DCC_UNAVAILABLE;  // both are asked for before it ends
  out = {};
  CHECK(call(host, kHub, out) == DCC_UNAVAILABLE);
  CHECK(out.asked == "df");
}

TEST_CASE("the example refuses settings that it does not know") {
  const FakeHost host({{"8.14.1", "colour", "blue"}});
  CHECK_THROWS_WITH(contract::Instance(contract::load(EXAMPLE), host),
                    Catch::Contains("[8.14.1] colour = blue"));
}
