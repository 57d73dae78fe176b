// SPDX-License-Identifier: Apache-2.0
//
// The commit: a RequestID counts once, an outcome is stored only while its facts hold, and a batch
// is stored whole or not at all.
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

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
  const auto elsewhere = open_sqlite_store(file());
  support::import_rows(*elsewhere, Table::devices, {{kHub, "CHF", "Commissioned"}});
  CHECK(commit(o) == CommitResult::stale);
}

TEST_CASE_METHOD(StoreFixture, "two stores on one file share the RequestIDs") {
  fill();
  const Outcome o = outcome(1);
  const Outcome* const batch[] = {&o};
  const auto elsewhere = open_sqlite_store(file());
  CHECK(dcc::adaptor::Ledger(*elsewhere).commit(batch) == Results{CommitResult::committed});
  CHECK(commit(o) == CommitResult::duplicate);
  CHECK(reader->replay(o.request_id));
}

TEST_CASE_METHOD(StoreFixture,
                 "while another process holds the lock, a commit fails whole, and later succeeds") {
  reopen({.request_patience = std::chrono::milliseconds(1)});
  fill();
  const Outcome o = outcome(1);
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(file().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);

  CHECK_THROWS_WITH(commit(o), Catch::Contains(file().string()) && Catch::Contains("locked"));
  CHECK(reader->user(kAgent));  // reading goes on
  CHECK(outcomes().empty());

  sqlite3_close(other);
  CHECK(commit(o) == CommitResult::committed);
}

TEST_CASE_METHOD(StoreFixture,
                 "when the disk takes no more, a commit fails whole, and later succeeds") {
  fill();
  const Outcome small = outcome(1);
  Outcome large = outcome(2);
  large.request = random_octets(4'000'000);

  // A limit on the size of files stands for a full disk.
  const auto on_excess = ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit limit = before;
  limit.rlim_cur = 1'000'000;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  std::string error;
  try {
    commit_all({&small, &large});
  } catch (const StoreError& e) {
    error = e.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, on_excess);

  CHECK_THAT(error, Catch::Contains(file().string()));
  CHECK(outcomes().empty());
  CHECK(commit_all({&small, &large}) == Results(2, CommitResult::committed));
}

TEST_CASE_METHOD(StoreFixture, "a store whose tables are gone answers with errors") {
  fill();
  const Outcome o = outcome(1);
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(file().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other,
                       "DROP TABLE users; DROP TABLE devices; DROP TABLE meta; DROP TABLE outcomes",
                       nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(other);

  CHECK_THROWS_AS(reader->device(kHub.value), StoreError);
  CHECK_THROWS_AS(reader->acts_for_any(kAgent.value, 0), StoreError);
  CHECK_THROWS_AS(reader->acts_for_orderer(kAgent.value, kHub.value, 0), StoreError);
  CHECK_THROWS_AS(reader->user(kAgent), StoreError);
  CHECK_THROWS_AS(reader->replay(o.request_id), StoreError);
  CHECK_THROWS_AS(commit(o), StoreError);
  CHECK_THROWS_AS(outcomes(), StoreError);
  CHECK_THROWS_AS(devices({{kHub, "CHF", "Pending"}}), StoreError);
}

TEST_CASE_METHOD(StoreFixture, "nothing is stored in a file that nobody would find again") {
  fill();
  const Outcome before = outcome(1), meanwhile = outcome(2), after = outcome(3);
  REQUIRE(commit(before) == CommitResult::committed);
  const auto elsewhere = directory / "elsewhere.db";
  std::filesystem::rename(file(), elsewhere);
  const auto moved = Catch::Contains(file().string() + ": was moved or removed");
  SECTION("nothing in its place") {
    CHECK_THROWS_WITH(commit(meanwhile), moved);
  }
  SECTION("another in its place") {
    std::filesystem::copy_file(elsewhere, file());
    CHECK_THROWS_WITH(commit(meanwhile), moved);
  }
  std::filesystem::rename(elsewhere, file());
  CHECK(commit(after) == CommitResult::committed);
  CHECK(outcomes().size() == 2);
}

TEST_CASE_METHOD(StoreFixture, "a check tells whether a commit would be stored") {
  reopen({.request_patience = std::chrono::milliseconds(1)});
  for (int i = 0; i < 3; ++i) CHECK_NOTHROW(ledger->check());
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(file().c_str(), &other) == SQLITE_OK);
  SECTION("locked by another program, and no longer") {
    REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK_THROWS_WITH(ledger->check(),
                      Catch::Contains(file().string()) && Catch::Contains("locked"));
    REQUIRE(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK_NOTHROW(ledger->check());
  }
  SECTION("its tables are gone") {
    REQUIRE(sqlite3_exec(other, "DROP TABLE meta", nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK_THROWS_AS(ledger->check(), StoreError);
  }
  SECTION("its file is gone") {
    std::filesystem::rename(file(), directory / "elsewhere.db");
    CHECK_THROWS_WITH(ledger->check(), Catch::Contains(file().string()));
  }
  sqlite3_close(other);
}
