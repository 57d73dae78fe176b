// SPDX-License-Identifier: Apache-2.0
//
// What a reader is told: of many requests at once what it is told of each alone, and the same as by
// the SQLite store.
#include <array>
#include <atomic>
#include <future>
#include <random>

#include "fixture.hpp"
#include "store/sqlite/store.hpp"

using namespace sample;

namespace {

constexpr std::array kUsers{
    kAgent, kSupplier, kOtherSupplier, kStranger, kBroker, Eui64{0x8000000000000000}, Eui64{0}};
constexpr std::array kDevices{kHub, kOtherHub, Eui64{0}, Eui64{UINT64_MAX},
                              Eui64{0x8000000000000000}};
constexpr std::array<std::string_view, 6> kDays{"0001-01-01", "1969-12-31", "2026-01-01",
                                                "2026-06-15", "2026-12-31", "9999-12-31"};

template <typename Values>
auto any(std::mt19937& random, const Values& values) {
  return values[random() % values.size()];
}

// Some of everything, at random; a key stands in a table once.
struct World {
  explicit World(std::uint32_t seed) : random(seed) {
    constexpr std::array<std::string_view, 4> kRoles{"SNA", "EIS", "GIS", "ES"};
    constexpr std::array<std::string_view, 2> kStatus{"Active", "Suspended"};
    for (const Eui64 id : kUsers) {
      if (random() % 4 > 0) users.push_back({id, any(random, kRoles), any(random, kStatus), "N"});
    }
    for (const Eui64 id : kDevices) {
      if (random() % 3 > 0) devices.push_back({id, "CHF", "Pending"});
      if (random() % 3 > 0) orders.push_back({id, any(random, kUsers)});
    }
    for (const Eui64 agent : kUsers) {
      for (const Eui64 supplier : kUsers) {
        const std::size_t first = random() % kDays.size(), last = random() % kDays.size();
        appointments.push_back(
            {agent, supplier, kDays[first], random() % 4 > 0 ? kDays[last] : ""});
      }
    }
  }

  void put_into(Store& store) const {
    support::import_rows(store, Table::users, users);
    support::import_rows(store, Table::devices, devices);
    support::import_rows(store, Table::orders, orders);
    support::import_rows(store, Table::appointments, appointments);
  }

  // About what is there and what is not, with keys that are none.
  std::vector<Inquiry> inquiries(std::size_t count) {
    std::vector<Inquiry> all(count);
    for (Inquiry& inquiry : all) {
      inquiry.request_id = {kAgent, kBroker, random() % 40};
      const std::size_t facts = random() % 5;
      for (std::size_t i = 0; i < facts; ++i) ask_something(inquiry);
    }
    return all;
  }

  std::mt19937 random;
  std::vector<support::Row> users, devices, orders, appointments;

 private:
  void ask_something(Inquiry& inquiry) {
    const std::string user = any(random, kUsers).text(), device = any(random, kDevices).text(),
                      day(any(random, kDays));
    switch (random() % 6) {
      case 0:
        inquiry.facts.ask(dcc::host::kUserFact, user);
        break;
      case 1:
        inquiry.facts.ask(dcc::host::kDeviceFact, device);
        break;
      case 2:
        inquiry.facts.ask(dcc::host::kActsFact, user + " " + device + " " + day);
        break;
      case 3:
        inquiry.facts.ask(dcc::host::kActsForAnyFact, user + " " + day);
        break;
      case 4:
        inquiry.facts.ask(dcc::host::kActsFact, user);
        break;
      default:
        inquiry.facts.ask("com.example.tariff", "x");
    }
  }
};

// `revisions`: those of different stores differ, but for that of what is absent.
std::string text(const Inquiry& inquiry, bool revisions) {
  std::string text = inquiry.request_id.text() + ":";
  // Facts of what has an answer may stay untold.
  if (inquiry.before) return text + inquiry.before->digest + inquiry.before->response;
  for (const Fact& fact : inquiry.facts.all()) {
    text += " " + fact.kind + " " + fact.key + " " + std::to_string(static_cast<int>(fact.state));
    for (const auto& value : fact.values) text += " " + value.name + "=" + value.value;
    if (revisions || fact.revision == 0) text += " " + std::to_string(fact.revision);
  }
  return text;
}

}  // namespace

TEST_CASE("many requests are answered as one by one, and as by the SQLite store") {
  const Database database;
  const TemporaryDirectory directory;
  const auto store = database.open();
  const auto sqlite = open_sqlite_store(directory / "store.db");
  const auto reader = store->reader(), sqlite_reader = sqlite->reader();
  Ledger ledger(*store), sqlite_ledger(*sqlite);
  for (std::uint64_t counter = 0; counter < 10; ++counter) {
    REQUIRE(commit(ledger, outcome(counter)) == CommitResult::committed);
    REQUIRE(commit(sqlite_ledger, outcome(counter)) == CommitResult::committed);
  }
  std::size_t told = 0, absent = 0, yes = 0;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    World world(seed);
    world.put_into(*store);
    world.put_into(*sqlite);
    std::vector<Inquiry> together = world.inquiries(100);
    std::vector<Inquiry> alone = together, other = together;
    reader->answer(together);
    for (Inquiry& inquiry : alone) reader->answer({&inquiry, 1});
    sqlite_reader->answer(other);
    for (std::size_t i = 0; i < together.size(); ++i) {
      REQUIRE(text(together[i], true) == text(alone[i], true));
      REQUIRE(text(together[i], false) == text(other[i], false));
      for (const Fact& fact : together[i].facts.all()) {
        told += fact.state == Fact::State::there ? 1 : 0;
        absent += fact.state == Fact::State::not_there ? 1 : 0;
        yes += fact.value("acts") == "yes" ? 1 : 0;
      }
    }
  }
  CHECK(told > 1000);
  CHECK(absent > 20);
  CHECK(yes > 50);
}

TEST_CASE("no questions are no round trip") {
  const Database database;
  const auto store = database.open();
  CHECK_NOTHROW(store->reader()->answer({}));
}

TEST_CASE("what one call tells is of one moment") {
  const Database database;
  const auto store = database.open();
  fill(*store);
  std::atomic<bool> done = false;
  // User and device change together, in one transaction.
  const auto changes = std::async(std::launch::async, [&] {
    auto session = database.session();
    for (int i = 0; i < 200; ++i) {
      const std::string status = i % 2 == 0 ? "'B'" : "'A'";
      session.run("BEGIN; UPDATE duis.users SET status = " + status +
                  "; UPDATE duis.devices SET status = " + status + "; COMMIT");
    }
    done = true;
  });
  const auto reader = store->reader();
  while (!done) {
    std::vector<Inquiry> inquiries(20);
    for (Inquiry& inquiry : inquiries) {
      inquiry.facts.ask(dcc::host::kUserFact, kAgent.text());
      inquiry.facts.ask(dcc::host::kDeviceFact, kHub.text());
    }
    reader->answer(inquiries);
    const std::string status(*inquiries[0].facts.all()[0].value("status"));
    if (status == "Active") continue;  // not changed yet
    for (const Inquiry& inquiry : inquiries) {
      for (const Fact& fact : inquiry.facts.all()) REQUIRE(fact.value("status") == status);
    }
  }
}
