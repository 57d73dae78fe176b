// SPDX-License-Identifier: Apache-2.0
//
// What can happen to a store that is a file: others that lock it, a full disk, tables or a file
// that are gone.
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include "fixture.hpp"

using namespace sample;

using Results = std::vector<CommitResult>;

TEST_CASE_METHOD(StoreFixture,
                 "while another process holds the lock, a commit fails whole, and later succeeds") {
  close();
  use(open_sqlite_store(file(), {.request_patience = std::chrono::milliseconds(1)}));
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
  close();
  use(open_sqlite_store(file(), {.request_patience = std::chrono::milliseconds(1)}));
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
