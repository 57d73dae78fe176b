// SPDX-License-Identifier: Apache-2.0
//
// Imports: what changes, what stays, which revision rises, and what a file may not have.
#include <algorithm>

#include "fixture.hpp"

using namespace sample;

namespace {

class Import {
 public:
  Import() : store(database.open()), reader(store->reader()) {}

  std::size_t devices(const std::vector<support::Row>& rows,
                      const Staging::Progress& progress = {}) {
    return support::import_rows(*store, Table::devices, rows, progress);
  }
  std::int64_t device_revision(Eui64 id = kHub) {
    return ask(*reader, dcc::host::kDeviceFact, id.text()).revision;
  }
  std::int64_t relations() { return ask(*reader, dcc::host::kUserFact, kAgent.text()).revision; }
  std::unique_ptr<Staging> staged(Table table, const std::vector<support::Row>& rows) {
    auto staging = store->staging(table);
    std::size_t taken = 0;
    StagedRow row;
    staging->fill([&]() -> const StagedRow* {
      if (taken == rows.size()) return nullptr;
      row.values = rows[taken++];
      row.line = taken + 1;
      return &row;
    });
    return staging;
  }

  Database database;
  std::unique_ptr<Store> store;
  std::unique_ptr<StoreReader> reader;
};

std::vector<support::Row> many_devices(std::size_t count) {
  std::vector<support::Row> rows;
  for (std::size_t i = 0; i < count; ++i) rows.push_back({Eui64{i}, "CHF", "Pending"});
  return rows;
}

}  // namespace

TEST_CASE_METHOD(Import, "a device's revision rises with every change, and only then") {
  CHECK(device_revision() == 0);
  CHECK(devices({{kHub, "CHF", "Pending"}}) == 1);
  const std::int64_t first = device_revision();
  CHECK(first > 0);
  CHECK(devices({{kHub, "CHF", "Pending"}, {kOtherHub, "CHF", "Pending"}}) == 1);
  CHECK(device_revision() == first);
  CHECK(devices({{kHub, "CHF", "Commissioned"}}) == 1);
  const std::int64_t second = device_revision();
  CHECK(second > first);
  database.session().run("UPDATE duis.devices SET status = 'Commissioned'");
  CHECK(device_revision() == second);
  database.session().run("UPDATE duis.devices SET status = 'Pending'");
  CHECK(device_revision() > second);
}

TEST_CASE_METHOD(Import, "a device that comes back has a revision that it never had") {
  devices({{kHub, "CHF", "Pending"}, {kOtherHub, "CHF", "Pending"}});
  const std::int64_t first = device_revision(kOtherHub);
  staged(Table::devices, {{kHub, "CHF", "Pending"}})->remove_others({});
  CHECK(device_revision(kOtherHub) == 0);
  devices({{kOtherHub, "CHF", "Pending"}});
  CHECK(device_revision(kOtherHub) > first);
}

TEST_CASE_METHOD(Import, "relations have one revision, that rises with every change of theirs") {
  fill(*store);
  std::int64_t last = relations();
  const auto rises = [&] {
    const std::int64_t before = std::exchange(last, relations());
    return last > before;
  };
  fill(*store);
  CHECK_FALSE(rises());
  devices({{kHub, "CHF", "Commissioned"}});
  CHECK_FALSE(rises());
  CHECK(support::import_rows(*store, Table::users, {{kSupplier, "EIS", "Active", "New"}}) == 1);
  CHECK_FALSE(rises());
  CHECK(support::import_rows(*store, Table::users, {{kSupplier, "EIS", "Suspended", "New"}}) == 1);
  CHECK(rises());
  CHECK(support::import_rows(*store, Table::orders, {{kOtherHub, kSupplier}}) == 1);
  CHECK(rises());
  CHECK(support::import_rows(*store, Table::appointments,
                             {{kAgent, kSupplier, "2026-01-01", ""}}) == 1);
  CHECK(rises());
  CHECK(support::import_rows(*store, Table::appointments,
                             {{kAgent, kSupplier, "2026-01-01", ""}}) == 0);
  CHECK_FALSE(rises());

  auto session = database.session();
  const char* const changes[] = {
      "UPDATE duis.users SET role = 'GIS' WHERE role = 'EIS'",
      "DELETE FROM duis.users WHERE role = 'GIS'",
      "UPDATE duis.orders SET supplier_id = supplier_id + 1",
      "UPDATE duis.orders SET device_id = device_id + 10",
      "DELETE FROM duis.orders",
      "UPDATE duis.appointments SET valid_until = '2026-07-01'",
      "DELETE FROM duis.appointments",
      "TRUNCATE duis.users",
      "INSERT INTO duis.users VALUES(1, 'EIS', 'Active', '')",
  };
  for (const char* change : changes) {
    CAPTURE(change);
    session.run(change);
    CHECK(rises());
  }
  const char* const no_changes[] = {
      "UPDATE duis.users SET name = 'X', role = role",
      "DELETE FROM duis.orders",
      "UPDATE duis.appointments SET valid_until = NULL",
  };
  for (const char* change : no_changes) {
    CAPTURE(change);
    session.run(change);
    CHECK_FALSE(rises());
  }
}

TEST_CASE_METHOD(Import, "keys that stand twice are told by line") {
  const auto staging = staged(Table::appointments, {{kAgent, kSupplier, "2026-01-01", ""},
                                                    {kAgent, kSupplier, "2026-02-01", ""},
                                                    {kAgent, kSupplier, "2026-01-01", ""},
                                                    {kAgent, kSupplier, "2026-02-01", ""},
                                                    {kAgent, kSupplier, "2026-01-01", ""}});
  std::vector<std::string> all;
  staging->each_repeated([&](const Staging::Repeated& one) {
    all.push_back(one.key + " " + std::to_string(one.line) + " " + std::to_string(one.earlier));
  });
  const std::string key = kAgent.text() + "," + kSupplier.text() + ",2026-0";
  CHECK(all == std::vector<std::string>{key + "1-01 4 2", key + "2-01 5 3", key + "1-01 6 4"});
}

TEST_CASE_METHOD(Import, "rows that a file does not have are told by key, and removed") {
  devices({{Eui64{UINT64_MAX}, "CHF", "Pending"},
           {Eui64{7}, "CHF", "Pending"},
           {Eui64{3}, "CHF", "Pending"},
           {kHub, "CHF", "Pending"}});
  const auto staging = staged(Table::devices, {{kHub, "CHF", "Commissioned"}});
  CHECK(staging->others() == 3);
  CHECK(staging->first_others(2) == std::vector<std::string>{Eui64{3}.text(), Eui64{7}.text()});
  CHECK(staging->apply({}) == 1);
  std::vector<std::size_t> done;
  staging->remove_others([&](std::size_t rows) { done.push_back(rows); });
  CHECK(done == std::vector<std::size_t>{3});
  CHECK(database.session().value("SELECT count(*) FROM duis.devices") == "1");
}

TEST_CASE_METHOD(Import, "an import is applied in transactions of 250 rows that change something") {
  std::vector<std::size_t> done;
  Ledger ledger(*store);
  // A host commits between any two of them.
  const auto progress = [&](std::size_t rows) {
    done.push_back(rows);
    CHECK(commit(ledger, outcome(rows)) == CommitResult::committed);
  };
  CHECK(devices(many_devices(501), progress) == 501);
  CHECK(done == std::vector<std::size_t>{250, 500, 501});

  done.clear();
  std::vector<support::Row> again = many_devices(503);
  again[5][2] = "Commissioned";
  CHECK(devices(again, [&](std::size_t rows) { done.push_back(rows); }) == 3);
  CHECK(done == std::vector<std::size_t>{503});
}

TEST_CASE_METHOD(Import, "an import that was stopped has kept whole transactions and is repeated") {
  const auto stop_at_once = [](std::size_t) { throw std::runtime_error("stopped"); };
  CHECK_THROWS_WITH(devices(many_devices(501), stop_at_once), "stopped");
  CHECK(database.session().value("SELECT count(*) FROM duis.devices") == "250");
  CHECK(devices(many_devices(501)) == 251);
}

TEST_CASE_METHOD(Import, "what others change while an import is applied is seen") {
  devices({{Eui64{1'600}, "CHF", "Withdrawn"}, {Eui64{1'700}, "CHF", "Withdrawn"}});
  const std::int64_t first = device_revision(Eui64{1'600});
  bool is_first = true;
  const auto change = [&](std::size_t) {
    if (!std::exchange(is_first, false)) return;
    database.session().run(
        "INSERT INTO duis.devices(device_id, type, status) VALUES(1500, 'CHF', 'Pending'),"
        " (1501, 'CHF', 'Withdrawn'); UPDATE duis.devices SET status = 'Pending' WHERE"
        " device_id = 1600; DELETE FROM duis.devices WHERE device_id = 1700");
  };
  // Those numbered 1500 and 1600 are as the file has them by then.
  CHECK(devices(many_devices(2'001), change) == 1'999);
  CHECK(database.session().value("SELECT count(*) FROM duis.devices WHERE type = 'CHF'"
                                 " AND status = 'Pending'") == "2001");
  CHECK(device_revision(Eui64{1'600}) > first);
}

TEST_CASE_METHOD(Import, "what the rows come from may fail") {
  auto staging = store->staging(Table::devices);
  CHECK_THROWS_WITH(staging->fill([]() -> const StagedRow* { throw std::runtime_error("line 7"); }),
                    "line 7");
}

TEST_CASE_METHOD(Import, "a row that the table does not take is named by the server") {
  CHECK_THROWS_WITH(
      support::import_rows(*store, Table::appointments, {{kAgent, kSupplier, "tomorrow", ""}}),
      Catch::Contains("appointments_valid_from_check"));
  CHECK_THROWS_AS(devices({{kHub, std::string_view("\0", 1), "Pending"}}), StoreError);
}

TEST_CASE_METHOD(Import, "Users are listed in an order that stays, and orders are told") {
  fill(*store);
  const auto all = store->users(std::nullopt, 10);
  REQUIRE(all.size() == 2);
  CHECK(store->users(std::nullopt, 1).at(0).id == all[0].id);
  CHECK(store->users(all[0].id, 10).at(0).id == all[1].id);
  CHECK(store->users(all[1].id, 10).empty());
  CHECK(store->ordered_for(kHub) == kSupplier);
  CHECK_FALSE(store->ordered_for(kOtherHub));
}
