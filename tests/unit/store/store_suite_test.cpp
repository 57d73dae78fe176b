// SPDX-License-Identifier: Apache-2.0
//
// The SDK's promises of a store, kept by the SQLite store.
#include "adaptor/store_suite.hpp"

#include "fixture.hpp"

using namespace sample;
using dcc::host::Fact;

namespace {

// Facts as rows of the tables that they are told from.
void put(Store& store, const Fact& fact) {
  const auto eui = [](std::string_view text) { return *Eui64::parse(text); };
  const auto literal = [](std::string_view text) {  // rows have views of literals
    for (const char* known :
         {"SNA", "EIS", "Active", "Suspended", "CHF", "Pending", "Commissioned", "Recovered"})
      if (text == known) return std::string_view(known);
    throw std::invalid_argument("no literal: " + std::string(text));
  };
  if (fact.kind == dcc::host::kDeviceFact) {
    const DeviceRow row{eui(fact.key), literal(*fact.value("type")),
                        literal(*fact.value("status"))};
    store.import_devices({&row, 1}, {});
  } else if (fact.kind == dcc::host::kUserFact) {
    const UserRow row{eui(fact.key), literal(*fact.value("role")), literal(*fact.value("status")),
                      "somebody"};
    store.import_users({&row, 1}, {});
  } else {
    const auto asked = *dcc::host::parse_acts_key(fact.key);
    const UserRow supplier{kSupplier, "EIS", "Active", "Supplier"};
    store.import_users({&supplier, 1}, {});
    const OrderRow order{Eui64{asked.device}, kSupplier};
    store.import_orders({&order, 1}, {});
    const std::string day(asked.day);
    // One that ends before it begins is never in force.
    const AppointmentRow row{Eui64{asked.agent}, kSupplier, day,
                             fact.value("acts") == "yes" ? day : "2000-01-01"};
    store.import_appointments({&row, 1}, {});
  }
}

}  // namespace

TEST_CASE("the SQLite store keeps what a store promises") {
  for (const auto& promise : dcc::adaptor::store_promises()) {
    DYNAMIC_SECTION(promise.text) {
      const TemporaryDirectory directory;
      Store* opened = nullptr;
      const dcc::adaptor::StoreUnderTest store{[&] {
                                                 auto made =
                                                     open_sqlite_store(directory / "store.db");
                                                 opened = made.get();
                                                 return made;
                                               },
                                               [&](const Fact& fact) { put(*opened, fact); }};
      CHECK_NOTHROW(promise.check(store));
    }
  }
}
