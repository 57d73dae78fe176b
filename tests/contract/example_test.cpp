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

TEST_CASE("the example refuses settings that it does not know") {
  const FakeHost host({{"8.14.1", "colour", "blue"}});
  CHECK_THROWS_WITH(contract::Instance(contract::load(EXAMPLE), host),
                    Catch::Contains("[8.14.1] colour = blue"));
}
