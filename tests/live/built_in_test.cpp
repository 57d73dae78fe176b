// SPDX-License-Identifier: Apache-2.0
//
// An adaptor that already answers 8.14.3 and 8.14.4 for Suppliers: its own handlers yield to the
// plugin and come back when that goes.
#include <catch2/catch.hpp>
#include <filesystem>

#include "support/host_fixture.hpp"

using namespace support;

namespace {

HostFixture::Options supplier_returns() {
  HostFixture::Options options;
  options.plugin = false;
  options.watch = true;
  options.supplier_returns = true;
  return options;
}

std::string owner_of(HostFixture& host, std::size_t handler) {
  return std::string(
      host.get("/handlers").at("handlers").as_array().at(handler).at("owner").as_string());
}

// As before SECMP0039.
void check_suppliers_only(HostFixture& host) {
  for (const char* srv : {"8.14.3", "8.14.4"}) {
    INFO(srv);
    for (const char* supplier : {"eis", "gis"}) {
      for (const char* status : kStatuses) CHECK(host.answer(supplier, srv, hub(status)) == "I99");
      CHECK(host.answer(supplier, srv, kNoDevice) == "E19");
      CHECK(host.answer(supplier, srv, kMeter) == "E11");
    }
    for (const char* other : {"sna", "lonely", "es", "ed", "gt", "ou", "mdr"}) {
      CHECK(host.answer(other, srv, hub("Pending")) == "E2");
    }
    CHECK(host.answer("suspended", srv, hub("Pending")) == "E3");
    CHECK(host.answer("unknown", srv, hub("Pending")) == "E1");
  }
}

}  // namespace

TEST_CASE("The host's own handlers yield to the plugin and come back when it goes",
          "[R3][R7][R24]") {
  HostFixture host(supplier_returns());
  host.start();
  CHECK(owner_of(host, 0) == "host");
  CHECK(owner_of(host, 1) == "host");
  check_suppliers_only(host);

  host.drop_ch_returns();
  host.process().wait_for_line("ch-returns.so live:");
  CHECK(owner_of(host, 0) == "ch-returns");
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  CHECK(host.answer("sna", "8.14.4", hub("Commissioned")) == "E5");
  CHECK(host.answer("eis", "8.14.3", hub("Commissioned")) == "I99");

  std::filesystem::remove(host.plugins() / "ch-returns.so");
  host.process().wait_for_line("ch-returns.so withdrawn:");
  CHECK(owner_of(host, 1) == "host");
  check_suppliers_only(host);
}
