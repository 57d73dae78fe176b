// SPDX-License-Identifier: Apache-2.0
//
// Searches over the chains of several hosts: newest first, page by page.
#include <algorithm>
#include <array>

#include "fixture.hpp"

using namespace sample;

namespace {

// Outcomes of three chains, which take turns; one has few.
struct Trail {
  Trail() {
    const std::array<std::string, 3> hosts{"host-a", "host-b", "host-c"};
    std::vector<std::unique_ptr<Store>> stores;
    std::vector<std::unique_ptr<Ledger>> ledgers;
    for (const std::string& host : hosts) {
      stores.push_back(database.open(host));
      ledgers.push_back(std::make_unique<Ledger>(*stores.back()));
    }
    for (std::uint64_t counter = 1; counter <= 60; ++counter) {
      Outcome made = outcome(counter);
      made.decided_at += static_cast<std::int64_t>(counter);
      if (counter % 3 == 0) made.code = "E5";
      if (counter % 4 == 0) made.device_id = kOtherHub;
      const std::size_t host = counter == 31 ? 2 : counter / 5 % 2;
      REQUIRE(commit(*ledgers[host], made) == CommitResult::committed);
    }
    store = std::move(stores.front());
  }

  // Page by page, as counters.
  std::vector<std::uint64_t> all(Search search) const {
    std::vector<std::uint64_t> counters;
    for (int pages = 0; pages < 100; ++pages) {
      const Found found = store->search(search);
      CHECK(found.outcomes.size() <= search.limit);
      for (const StoredOutcome& one : found.outcomes) {
        counters.push_back(one.outcome.request_id.counter);
        CHECK(one.outcome.request.empty());
      }
      if (!found.next) return counters;
      search.before = found.next;
    }
    FAIL("no end");
    return counters;
  }

  static std::vector<std::uint64_t> expected(const std::function<bool(std::uint64_t)>& which) {
    std::vector<std::uint64_t> counters;
    for (std::uint64_t counter = 60; counter >= 1; --counter) {
      if (which(counter)) counters.push_back(counter);
    }
    return counters;
  }

  Database database;
  std::unique_ptr<Store> store;
};

}  // namespace

TEST_CASE_METHOD(Trail, "a search goes through all chains, newest first") {
  for (const std::size_t limit : {1U, 7U, 59U, 60U, 1000U}) {
    CAPTURE(limit);
    Search search;
    search.limit = limit;
    CHECK(all(search) == expected([](std::uint64_t) { return true; }));
    search.code = "E5";
    CHECK(all(search) == expected([](std::uint64_t counter) { return counter % 3 == 0; }));
    search.device = kOtherHub;
    CHECK(all(search) == expected([](std::uint64_t counter) { return counter % 12 == 0; }));
    search.srv = "8.14.4";
    CHECK(all(search).empty());
  }
  Search search;
  search.originator = kStranger;
  CHECK(all(search).empty());
  search.originator = kAgent;
  search.since = 1'700'000'000'000;
  search.until = search.since + 1;
  CHECK(all(search).size() == 60);
  search.until = search.since;
  CHECK(all(search).empty());
}

TEST_CASE_METHOD(Trail, "a chain that the cursors do not name has nothing more") {
  Search search;
  search.before.emplace();
  CHECK(all(search).empty());
  search.before->set("host-c.0", 2);
  CHECK(all(search) == std::vector<std::uint64_t>{31});
  search.before->set("host-c.0", 1);
  search.before->set("host-z.0", 100);
  CHECK(all(search).empty());
}

TEST_CASE_METHOD(Trail, "a search looks at a bounded number of outcomes") {
  // So many that a window of one chain does not reach its end; all of one month, with large gaps.
  auto session = database.session();
  session.run(
      "INSERT INTO duis.outcomes SELECT chain, seq + n * 1000, originator, target, counter,"
      " device_id, received_at, decided_at + n * 1000, month, repeated, accepted_return, digest,"
      " hash, srv, role, 'E4', reason, handler, settings_hash, trace, items, facts, request,"
      " response FROM duis.outcomes, generate_series(1, 50) AS n WHERE seq <= 20;"
      " UPDATE duis.chains SET seq = 60000 WHERE host <> 'host-c'");
  Search search;
  search.code = "E5";
  std::size_t pages = 0;
  std::vector<std::uint64_t> counters;
  for (;;) {
    const Found found = store->search(search);
    ++pages;
    for (const StoredOutcome& one : found.outcomes) {
      counters.push_back(one.outcome.request_id.counter);
    }
    if (!found.next) break;
    search.before = found.next;
    REQUIRE(pages < 10);
  }
  CHECK(pages > 1);
  CHECK(counters == expected([](std::uint64_t counter) { return counter % 3 == 0; }));
}
