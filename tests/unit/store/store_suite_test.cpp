// SPDX-License-Identifier: Apache-2.0
//
// The SDK's promises of a store, kept by the one under test.
#include "adaptor/store_suite.hpp"

#include "fixture.hpp"

using namespace sample;
using dcc::host::Fact;

namespace {

// Facts as rows of the tables that they are told from.
void put(Store& store, const Fact& fact) {
  const auto eui = [](std::string_view text) { return *Eui64::parse(text); };
  if (fact.kind == dcc::host::kDeviceFact) {
    support::import_rows(store, Table::devices,
                         {{eui(fact.key), *fact.value("type"), *fact.value("status")}});
  } else if (fact.kind == dcc::host::kUserFact) {
    support::import_rows(store, Table::users,
                         {{eui(fact.key), *fact.value("role"), *fact.value("status"), "name"}});
  } else {
    const auto asked = *dcc::host::parse_acts_key(fact.key);
    support::import_rows(store, Table::users, {{kSupplier, "EIS", "Active", "Supplier"}});
    support::import_rows(store, Table::orders, {{Eui64{asked.device}, kSupplier}});
    // One that ends before it begins is never in force.
    const std::string_view until = fact.value("acts") == "yes" ? asked.day : "2000-01-01";
    support::import_rows(store, Table::appointments,
                         {{Eui64{asked.agent}, kSupplier, asked.day, until}});
  }
}

}  // namespace

TEST_CASE("the store keeps what a store promises") {
  for (const auto& promise : dcc::adaptor::store_promises()) {
    DYNAMIC_SECTION(promise.text) {
      const TemporaryDirectory directory;
      open_store_of_test(directory);  // a server of the tests is there before a check forks
      Store* opened = nullptr;
      const dcc::adaptor::StoreUnderTest store{[&] {
                                                 auto made = open_store_of_test(directory);
                                                 opened = made.get();
                                                 return made;
                                               },
                                               [&](const Fact& fact) { put(*opened, fact); }};
      CHECK_NOTHROW(promise.check(store));
    }
  }
}
