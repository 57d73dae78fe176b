// SPDX-License-Identifier: Apache-2.0
//
// Upserts: what changes, what stays, and which revision rises.
#include <algorithm>

#include "fixture.hpp"

using namespace sample;

namespace {

std::vector<support::Row> many_devices(std::size_t count) {
  std::vector<support::Row> rows;
  for (std::size_t i = 0; i < count; ++i) rows.push_back({Eui64{i}, "CHF", "Pending"});
  return rows;
}

}  // namespace

TEST_CASE_METHOD(StoreFixture, "a device's revision rises with every change, and only then") {
  CHECK(devices({{kHub, "CHF", "Pending"}}) == 1);
  std::int64_t last = reader->device(kHub.value)->revision;

  CHECK(devices({{kHub, "CHF", "Pending"}}) == 0);
  CHECK(reader->device(kHub.value)->revision == last);

  // Back to what it was is a change, too.
  for (const auto& [type, status] : {std::pair("CHF", "Commissioned"),
                                     {"GPF", "Commissioned"},
                                     {"CHF", "Commissioned"},
                                     {"CHF", "Pending"}}) {
    CHECK(devices({{kHub, type, status}}) == 1);
    const std::int64_t now = reader->device(kHub.value)->revision;
    CHECK(now > last);
    last = now;
  }
}

TEST_CASE_METHOD(StoreFixture, "rows that are not named stay as they are") {
  devices({{kHub, "CHF", "Pending"}, {kOtherHub, "CHF", "Whitelisted"}});
  const auto before = reader->device(kOtherHub.value);
  CHECK(devices({{kHub, "CHF", "Withdrawn"}}) == 1);
  CHECK(reader->device(kOtherHub.value)->status == "Whitelisted");
  CHECK(reader->device(kOtherHub.value)->revision == before->revision);
}

TEST_CASE_METHOD(StoreFixture, "no rows change nothing") {
  fill();
  const std::int64_t before = relations();
  CHECK(users({}) == 0);
  CHECK(devices({}) == 0);
  CHECK(orders({}) == 0);
  CHECK(appointments({}) == 0);
  CHECK(relations() == before);
  CHECK(reader->user(kAgent));
}

TEST_CASE_METHOD(StoreFixture, "devices do not touch the revision of orders and appointments") {
  fill();
  const std::int64_t before = relations();
  CHECK(devices({{kHub, "CHF", "Commissioned"}, {kOtherHub, "CHF", "Pending"}}) == 2);
  CHECK(relations() == before);
}

TEST_CASE_METHOD(StoreFixture,
                 "orders raise the one revision when they change, once a transaction") {
  const std::int64_t start = relations();
  CHECK(orders({{kHub, kSupplier}, {kOtherHub, kSupplier}}) == 2);
  CHECK(relations() == start + 1);
  CHECK(orders({{kHub, kSupplier}, {kOtherHub, kSupplier}}) == 0);
  CHECK(relations() == start + 1);
  CHECK(orders({{kHub, kOtherSupplier}, {kOtherHub, kSupplier}}) == 1);
  CHECK(relations() == start + 2);
}

TEST_CASE_METHOD(StoreFixture, "appointments raise the one revision when they change") {
  const std::int64_t start = relations();
  CHECK(appointments({{kAgent, kSupplier, "2026-01-01", "2026-12-31"},
                      {kAgent, kSupplier, "2027-01-01", ""}}) == 2);
  CHECK(relations() == start + 1);

  CHECK(appointments({{kAgent, kSupplier, "2026-01-01", "2026-12-31"},
                      {kAgent, kSupplier, "2027-01-01", ""}}) == 0);
  CHECK(relations() == start + 1);

  SECTION("an end is moved") {
    CHECK(appointments({{kAgent, kSupplier, "2026-01-01", "2026-06-30"}}) == 1);
  }
  SECTION("an end is taken away") {
    CHECK(appointments({{kAgent, kSupplier, "2026-01-01", ""}}) == 1);
  }
  SECTION("an open one ends") {
    CHECK(appointments({{kAgent, kSupplier, "2027-01-01", "2027-12-31"}}) == 1);
  }
  SECTION("another Supplier, agent or first day is another appointment") {
    CHECK(appointments({{kAgent, kOtherSupplier, "2026-01-01", "2026-12-31"},
                        {kStranger, kSupplier, "2026-01-01", "2026-12-31"},
                        {kAgent, kSupplier, "2026-01-02", "2026-12-31"}}) == 3);
  }
  CHECK(relations() == start + 2);
}

TEST_CASE_METHOD(
    StoreFixture,
    "what matters of a User raises the revision of appointments and the name does not") {
  const std::int64_t start = relations();
  CHECK(users({{kAgent, "SNA", "Active", "Agent"}}) == 1);
  CHECK(relations() == start + 1);
  CHECK(users({{kAgent, "SNA", "Active", "Agent"}}) == 0);
  CHECK(users({{kAgent, "SNA", "Suspended", "Agent"}}) == 1);
  CHECK(users({{kAgent, "EIS", "Suspended", "Agent"}}) == 1);
  CHECK(relations() == start + 3);
  CHECK(users({{kAgent, "EIS", "Suspended", "Renamed"}}) == 1);
  CHECK(relations() == start + 3);
}

TEST_CASE_METHOD(StoreFixture, "an import is applied in transactions of so many rows, no more") {
  fill();
  std::vector<std::size_t> done;
  // The store takes a commit between any two of them: the import holds no lock meanwhile.
  const auto progress = [&](std::size_t rows) {
    done.push_back(rows);
    CHECK(commit(outcome(rows)) == CommitResult::committed);
  };

  SECTION("these are one") {
    CHECK(import_rows(Table::devices, many_devices(kRowsInTransaction), progress) ==
          kRowsInTransaction);
    CHECK(done == std::vector{kRowsInTransaction});
  }
  SECTION("one more are two") {
    CHECK(import_rows(Table::devices, many_devices(kRowsInTransaction + 1), progress) ==
          kRowsInTransaction + 1);
    CHECK(done == std::vector{kRowsInTransaction, kRowsInTransaction + 1});
    CHECK(reader->device(0));
    CHECK(reader->device(kRowsInTransaction));
  }
}

TEST_CASE_METHOD(StoreFixture,
                 "each transaction of an import raises the one revision at most once") {
  Rows rows;
  for (std::uint64_t i = 0; i < kRowsInTransaction + 1; ++i) rows.push_back({Eui64{i}, kSupplier});
  const std::int64_t start = relations();
  CHECK(orders(rows) == kRowsInTransaction + 1);
  CHECK(relations() == start + 2);

  rows.back()[1] = kOtherSupplier;
  CHECK(orders(rows) == 1);
  CHECK(relations() == start + 3);
}

TEST_CASE_METHOD(StoreFixture,
                 "an import that was stopped has kept whole transactions and is repeated") {
  const auto rows = many_devices(2 * kRowsInTransaction + 1);
  const auto stop_at_once = [](std::size_t) { throw std::runtime_error("stopped"); };
  CHECK_THROWS_WITH(import_rows(Table::devices, rows, stop_at_once), "stopped");
  CHECK(reader->device(kRowsInTransaction - 1));
  CHECK_FALSE(reader->device(kRowsInTransaction));

  const std::int64_t first = reader->device(0)->revision;
  CHECK(devices(rows) == kRowsInTransaction + 1);
  CHECK(reader->device(2 * kRowsInTransaction));
  CHECK(reader->device(0)->revision == first);
}
