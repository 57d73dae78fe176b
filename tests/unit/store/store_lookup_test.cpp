// SPDX-License-Identifier: Apache-2.0
//
// What a worker reads: Users, devices, and who acts for whom on which day.
#include <atomic>
#include <future>
#include <set>

#include "fixture.hpp"

using namespace sample;

namespace {

const std::int64_t kDuring = unix_ms("2026-06-15", kNoon);

bool acts_for_orderer(StoreFixture& f, std::int64_t at = kDuring) {
  return f.reader->acts_for_orderer(kAgent.value, kHub.value, at).holds;
}

bool acts_for_any(StoreFixture& f, std::int64_t at = kDuring) {
  return f.reader->acts_for_any(kAgent.value, at).holds;
}

}  // namespace

TEST_CASE_METHOD(StoreFixture, "an unknown User, device or RequestID is absent, not an error") {
  CHECK_FALSE(reader->user(kStranger));
  CHECK_FALSE(reader->device(kHub.value));
  CHECK_FALSE(reader->replay({kAgent, kBroker, 1}));
}

TEST_CASE_METHOD(StoreFixture, "a reader sees what was committed after it was made") {
  fill();
  CHECK(reader->user(kAgent) == Register::User{"SNA", "Active"});
  const auto device = reader->device(kHub.value);
  REQUIRE(device);
  CHECK(device->type == "CHF");
  CHECK(device->status == "Pending");

  users({{kAgent, "SNA", "Suspended", "Agent"}});
  devices({{kHub, "CHF", "Commissioned"}});
  CHECK(reader->user(kAgent) == Register::User{"SNA", "Suspended"});
  CHECK(reader->device(kHub.value)->status == "Commissioned");
}

TEST_CASE_METHOD(StoreFixture,
                 "what one call reads is of one state, for many requests, whatever is committed") {
  fill();
  std::atomic<bool> done = false;
  const auto changes = std::async(std::launch::async, [&] {
    const auto other = open_store_of_test(directory);
    for (int i = 0; i < 100; ++i) {
      support::import_rows(*other, Table::devices,
                           {{kHub, "CHF", i % 2 == 0 ? "Commissioned" : "Pending"}});
    }
    done = true;
  });
  std::set<std::int64_t> seen;
  while (!done || seen.size() < 2) {
    std::vector<Inquiry> inquiries(200);
    for (Inquiry& inquiry : inquiries) inquiry.facts.ask(dcc::host::kDeviceFact, kHub.text());
    static_cast<StoreReader&>(*reader).answer(inquiries);
    std::set<std::int64_t> revisions;
    for (const Inquiry& inquiry : inquiries) {
      revisions.insert(inquiry.facts.all().front().revision);
    }
    REQUIRE(revisions.size() == 1);
    seen.insert(*revisions.begin());
  }
}

TEST_CASE_METHOD(StoreFixture, "EUI-64s with the highest bit set are told apart") {
  devices({{Eui64{0x8000000000000000}, "CHF", "Pending"},
           {Eui64{0xFFFFFFFFFFFFFFFF}, "GPF", "Pending"},
           {Eui64{0}, "IHD", "Pending"}});
  CHECK(reader->device(0x8000000000000000)->type == "CHF");
  CHECK(reader->device(0xFFFFFFFFFFFFFFFF)->type == "GPF");
  CHECK(reader->device(0)->type == "IHD");
  CHECK_FALSE(reader->device(0x7FFFFFFFFFFFFFFF));
}

TEST_CASE_METHOD(StoreFixture, "an appointment counts from its first to its last UTC day") {
  fill();
  const struct {
    std::string date;
    std::int64_t of_day;
    bool acts;
  } cases[] = {
      {"2025-12-31", kLastMillisecond, false}, {"2026-01-01", 0, true},
      {"2026-01-01", kLastMillisecond, true},  {"2026-12-31", 0, true},
      {"2026-12-31", kLastMillisecond, true},  {"2027-01-01", 0, false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.date, c.of_day);
    CHECK(acts_for_orderer(*this, unix_ms(c.date, c.of_day)) == c.acts);
    CHECK(acts_for_any(*this, unix_ms(c.date, c.of_day)) == c.acts);
  }
}

TEST_CASE_METHOD(StoreFixture, "an appointment of one day, before 1970") {
  fill();
  appointments({{kAgent, kSupplier, "1969-12-31", "1969-12-31"}});
  CHECK(acts_for_orderer(*this, -1));
  CHECK(acts_for_orderer(*this, -86'400'000));
  CHECK_FALSE(acts_for_orderer(*this, 0));
  CHECK_FALSE(acts_for_orderer(*this, -86'400'001));
}

TEST_CASE_METHOD(StoreFixture, "an open appointment does not end") {
  fill();
  appointments({{kAgent, kSupplier, "2027-03-01", ""}});
  CHECK_FALSE(acts_for_orderer(*this, unix_ms("2027-02-28", kLastMillisecond)));
  CHECK(acts_for_orderer(*this, unix_ms("2027-03-01", 0)));
  CHECK(acts_for_orderer(*this, unix_ms("9999-12-31", kLastMillisecond)));
}

TEST_CASE_METHOD(StoreFixture,
                 "an appointment by another Supplier than the hub's counts for any only") {
  fill();
  users({{kOtherSupplier, "GIS", "Active", ""}});
  orders({{kHub, kOtherSupplier}});
  CHECK_FALSE(acts_for_orderer(*this));
  CHECK(acts_for_any(*this));
}

TEST_CASE_METHOD(StoreFixture, "nobody acts for the orderer of a hub without an order") {
  fill();
  CHECK_FALSE(reader->acts_for_orderer(kAgent.value, kOtherHub.value, kDuring).holds);
}

TEST_CASE_METHOD(StoreFixture, "another agent's appointment does not count") {
  fill();
  CHECK_FALSE(reader->acts_for_orderer(kStranger.value, kHub.value, kDuring).holds);
  CHECK_FALSE(reader->acts_for_any(kStranger.value, kDuring).holds);
}

TEST_CASE_METHOD(StoreFixture,
                 "a row that names an unknown Supplier never matches, until the User is added") {
  users({{kAgent, "SNA", "Active", "Agent"}});
  orders({{kHub, kSupplier}});
  appointments({{kAgent, kSupplier, "2026-01-01", ""}});
  CHECK_FALSE(acts_for_orderer(*this));
  CHECK_FALSE(acts_for_any(*this));

  const std::int64_t before = relations();
  users({{kSupplier, "EIS", "Active", "Supplier"}});
  CHECK(acts_for_orderer(*this));
  CHECK(acts_for_any(*this));
  CHECK(relations() > before);
}

TEST_CASE_METHOD(StoreFixture, "only an active Supplier confirms an agent") {
  for (const char* role : {"EIS", "GIS", "SNA", "ES", "ED", "GT", "OU", "MDR"}) {
    for (const char* status : {"Active", "Suspended"}) {
      CAPTURE(role, status);
      fill();
      const std::int64_t before = relations();
      users({{kSupplier, role, status, "Supplier"}});
      const bool confirms = (role == std::string("EIS") || role == std::string("GIS")) &&
                            status == std::string("Active");
      CHECK(acts_for_orderer(*this) == confirms);
      CHECK(acts_for_any(*this) == confirms);
      // The row of fill() itself changes nothing.
      CHECK((relations() > before) ==
            (role != std::string("EIS") || status != std::string("Active")));
    }
  }
}

TEST_CASE_METHOD(StoreFixture, "an agent that was named as its own Supplier acts for nobody") {
  fill();
  orders({{kHub, kAgent}});
  appointments({{kAgent, kAgent, "2026-01-01", ""}});
  CHECK_FALSE(acts_for_orderer(*this));
  CHECK(acts_for_any(*this));  // for the Supplier of fill()
  users({{kSupplier, "EIS", "Suspended", "Supplier"}});
  CHECK_FALSE(acts_for_any(*this));
}

TEST_CASE_METHOD(StoreFixture, "a new name of a Supplier is no change of appointments") {
  fill();
  const std::int64_t before = relations();
  CHECK(users({{kSupplier, "EIS", "Active", "Renamed"}}) == 1);
  CHECK(relations() == before);
}

TEST_CASE_METHOD(StoreFixture, "what the store has no table for cannot be answered") {
  fill();
  using State = dcc::host::Fact::State;
  const char* const keys[] = {"", "x", "90-B3-D5-1F-30-01-00-0",
                              "90-B3-D5-1F-30-01-00-01 2026-06-15 "};
  for (const auto kind : {dcc::host::kUserFact, dcc::host::kDeviceFact, dcc::host::kActsFact,
                          dcc::host::kActsForAnyFact}) {
    for (const char* key : keys) {
      CAPTURE(kind, key);
      CHECK(reader->ask(kind, key).state == State::unavailable);
    }
  }
  CHECK(reader->ask("com.example.tariff", "x").state == State::unavailable);
}

TEST_CASE_METHOD(StoreFixture, "both questions are answered with the one revision") {
  fill();
  const std::int64_t revision = reader->acts_for_any(kAgent.value, kDuring).revision;
  CHECK(reader->acts_for_orderer(kAgent.value, kHub.value, kDuring).revision == revision);
  CHECK(reader->acts_for_orderer(kStranger.value, kOtherHub.value, 0).revision == revision);
}

TEST_CASE_METHOD(StoreFixture, "a reader may outlive its store") {
  fill();
  ledger.reset();
  store.reset();
  CHECK(reader->user(kAgent));
}
