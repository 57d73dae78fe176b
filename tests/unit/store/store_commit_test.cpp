// SPDX-License-Identifier: Apache-2.0
//
// The commit: a RequestID counts once, an outcome is stored only while its facts hold, and a batch
// is stored whole or not at all.
#include "fixture.hpp"

using namespace sample;

using Results = std::vector<CommitResult>;

TEST_CASE_METHOD(StoreFixture,
                 "an outcome whose facts hold is stored, and found by its RequestID") {
  fill();
  const Outcome o = outcome(1);
  REQUIRE(commit(o) == CommitResult::committed);
  const auto replay = reader->replay(o.request_id);
  REQUIRE(replay);
  CHECK(replay->digest == o.digest);
  CHECK(replay->response == o.response);
}

TEST_CASE_METHOD(StoreFixture, "an empty batch is nothing") {
  CHECK(commit_all({}).empty());
}

TEST_CASE_METHOD(StoreFixture, "a RequestID is taken once") {
  fill();
  const Outcome first = outcome(1);
  Outcome second = outcome(1);
  second.digest = "another";
  second.response = "another";

  SECTION("across batches") {
    CHECK(commit(first) == CommitResult::committed);
    CHECK(commit(second) == CommitResult::duplicate);
  }
  SECTION("inside one batch, beside others") {
    const Outcome other = outcome(2);
    CHECK(commit_all({&first, &second, &other}) ==
          Results{CommitResult::committed, CommitResult::duplicate, CommitResult::committed});
    CHECK(outcomes().size() == 2);
  }
  SECTION("even if a fact has changed") {
    CHECK(commit(first) == CommitResult::committed);
    devices({{kHub, "CHF", "Commissioned"}});
    CHECK(commit(second) == CommitResult::duplicate);
  }
  CHECK(reader->replay(first.request_id)->response == first.response);
}

TEST_CASE_METHOD(StoreFixture, "a RequestID is all of its three numbers") {
  fill();
  const std::uint64_t last = 0xFFFFFFFFFFFFFFFF;
  const Outcome one = outcome(1);
  const Outcome largest = outcome(last);
  Outcome other_target = outcome(1);
  other_target.request_id.target = kStranger;
  Outcome other_originator = outcome(1);
  other_originator.request_id.originator = kSupplier;
  other_originator.facts.front() = reader->ask(dcc::host::kUserFact, kSupplier.text());
  CHECK(commit_all({&one, &largest, &other_target, &other_originator}) ==
        Results(4, CommitResult::committed));
  CHECK(reader->replay({kAgent, kBroker, last})->response == largest.response);
}

TEST_CASE_METHOD(StoreFixture, "an outcome is stale when what it rested on has changed") {
  fill();
  Outcome o = outcome(1);

  SECTION("the User's status") {
    users({{kAgent, "SNA", "Suspended", "Agent"}});
  }
  SECTION("the User's role") {
    users({{kAgent, "EIS", "Active", "Agent"}});
  }
  SECTION("a User that was unknown has been added") {
    o.request_id.originator = kStranger;
    o.facts.clear();
    rest_on(o, dcc::host::kUserFact, kStranger.text());
    users({{kStranger, "SNA", "Active", ""}});
  }
  SECTION("a User that was known is not there") {
    o.facts.front().key = kStranger.text();
    o.facts.front().revision = 0;
  }
  SECTION("a device") {
    devices({{kHub, "CHF", "Commissioned"}});
  }
  SECTION("a device that was absent has been added") {
    rest_on(o, dcc::host::kDeviceFact, kOtherHub.text());
    devices({{kOtherHub, "CHF", "Pending"}});
  }
  SECTION("a device that was there is not") {
    rest_on(o, dcc::host::kDeviceFact, kOtherHub.text());
    o.facts.back().is_there({{"type", "CHF"}, {"status", "Pending"}}, 1);
  }
  SECTION("an order") {
    orders({{kHub, kOtherSupplier}});
  }
  SECTION("an appointment") {
    appointments({{kAgent, kSupplier, "2026-01-01", "2026-01-02"}});
  }
  SECTION("the Supplier who confirmed is suspended") {
    users({{kSupplier, "EIS", "Suspended", "Supplier"}});
  }
  SECTION("the Supplier who confirmed is none any more") {
    users({{kSupplier, "ED", "Active", "Supplier"}});
  }
  SECTION("a kind of fact that the store does not have") {
    o.facts.push_back({});
    o.facts.back().kind = "com.example.tariff";
    o.facts.back().is_not_there(1);
    o.facts.back().used = true;
  }

  CHECK(commit(o) == CommitResult::stale);
  CHECK(outcomes().empty());
  CHECK_FALSE(reader->replay(o.request_id));
}

TEST_CASE_METHOD(StoreFixture, "an outcome is not stale for what it did not rest on") {
  fill();
  Outcome o = outcome(1);

  SECTION("the User's name") {
    users({{kAgent, "SNA", "Active", "Renamed"}});
  }
  SECTION("another device") {
    devices({{kOtherHub, "CHF", "Pending"}});
  }
  SECTION("an import that changed nothing") {
    fill();
  }
  SECTION("a relation that was known and not used") {
    o.facts.at(2).used = false;
    orders({{kHub, kOtherSupplier}});
  }
  SECTION("orders, appointments and Users that leave the answer as it was") {
    users({{kOtherSupplier, "EIS", "Active", ""}});
    orders({{kOtherHub, kOtherSupplier}});
    appointments({{kAgent, kOtherSupplier, "2026-01-01", ""}});
    appointments({{kAgent, kSupplier, "2026-01-01", "2026-11-30"}});
  }
  SECTION("a device, there and back") {
    devices({{kHub, "CHF", "Commissioned"}});
    devices({{kHub, "CHF", "Pending"}});
  }
  SECTION("a User, there and back") {
    users({{kAgent, "SNA", "Suspended", "Agent"}});
    users({{kAgent, "SNA", "Active", "Agent"}});
  }
  SECTION("what was absent and still is") {
    rest_on(o, dcc::host::kDeviceFact, kOtherHub.text());
  }
  SECTION("an unknown User who still is") {
    rest_on(o, dcc::host::kUserFact, kStranger.text());
    users({{kOtherSupplier, "EIS", "Active", ""}});
  }
  SECTION("nothing looked up") {
    o.facts.clear();
  }

  CHECK(commit(o) == CommitResult::committed);
}

TEST_CASE_METHOD(StoreFixture,
                 "a stale outcome does not take its RequestID, nor the others with it") {
  fill();
  Outcome stale = outcome(1);
  stale.facts.at(1).is_there({{"type", "CHF"}, {"status", "Withdrawn"}}, 99);
  const Outcome other = outcome(2);
  const Outcome again = outcome(1);
  CHECK(commit_all({&stale, &other, &again}) ==
        Results{CommitResult::stale, CommitResult::committed, CommitResult::committed});
}

TEST_CASE_METHOD(StoreFixture, "a commit sees what another connection has imported") {
  fill();
  const Outcome o = outcome(1);
  const auto elsewhere = open_store_of_test_beside(directory);
  support::import_rows(*elsewhere, Table::devices, {{kHub, "CHF", "Commissioned"}});
  CHECK(commit(o) == CommitResult::stale);
}

TEST_CASE_METHOD(StoreFixture, "two stores on one database share the RequestIDs") {
  fill();
  const Outcome o = outcome(1);
  const Outcome* const batch[] = {&o};
  const auto elsewhere = open_store_of_test_beside(directory);
  CHECK(dcc::adaptor::Ledger(*elsewhere).commit(batch) == Results{CommitResult::committed});
  CHECK(commit(o) == CommitResult::duplicate);
  CHECK(reader->replay(o.request_id));
}
