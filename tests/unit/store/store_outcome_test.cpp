// SPDX-License-Identifier: Apache-2.0
//
// Reading outcomes back: complete, in commit order, from a cursor; the outbox of accepted returns.
#include "fixture.hpp"

using namespace sample;

namespace {

std::vector<std::uint64_t> counters(const std::vector<StoredOutcome>& outcomes) {
  std::vector<std::uint64_t> result;
  for (const auto& stored : outcomes) result.push_back(stored.outcome.request_id.counter);
  return result;
}

}  // namespace

TEST_CASE_METHOD(StoreFixture, "an outcome is read back as it was stored") {
  fill();
  Outcome o = outcome(7);
  o.facts.push_back(reader->ask(dcc::host::kDeviceFact, kOtherHub.text()));
  REQUIRE(commit(o) == CommitResult::committed);

  const auto stored = outcomes();
  REQUIRE(stored.size() == 1);
  const Outcome& read = stored[0].outcome;
  CHECK(read.request_id == o.request_id);
  CHECK(read.digest == o.digest);
  CHECK(read.srv == o.srv);
  CHECK(read.role == o.role);
  CHECK(read.device_id == o.device_id);
  CHECK(read.code == o.code);
  CHECK(read.reason == o.reason);
  CHECK(read.received_at == o.received_at);
  CHECK(read.decided_at == o.decided_at);
  CHECK(read.handler == o.handler);
  CHECK(read.settings_hash == o.settings_hash);
  REQUIRE(read.items.size() == 2);
  CHECK(read.items[1].path == o.items[1].path);
  CHECK(read.items[1].value == o.items[1].value);
  CHECK(read.request == o.request);
  CHECK(read.response == o.response);
  REQUIRE(read.facts.size() == o.facts.size());
  for (std::size_t i = 0; i < read.facts.size(); ++i) {
    CHECK(read.facts[i].kind == o.facts[i].kind);
    CHECK(read.facts[i].key == o.facts[i].key);
    CHECK(read.facts[i].revision == o.facts[i].revision);
    CHECK(read.facts[i].used == o.facts[i].used);
    CHECK(read.facts[i].same_answer(o.facts[i]));
  }
}

TEST_CASE_METHOD(StoreFixture, "an outcome of which little is known is read back, too") {
  Outcome o;
  o.request_id = {kStranger, kBroker, 1};
  o.code = "E1";
  REQUIRE(commit(o) == CommitResult::committed);

  const Outcome read = outcomes().at(0).outcome;
  CHECK(read.request_id == o.request_id);
  CHECK(read.role.empty());
  CHECK(read.digest.empty());
  CHECK_FALSE(read.device_id);
  CHECK(read.items.empty());
  CHECK(read.request.empty());
  CHECK(read.facts.empty());
}

TEST_CASE_METHOD(StoreFixture, "messages are left out unless asked for") {
  fill();
  commit(outcome(1));
  const auto stored = chain().outcomes(Store::Which::all, 0, 1, false);
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].outcome.request.empty());
  CHECK(stored[0].outcome.response.empty());
  CHECK(stored[0].outcome.items.size() == 2);
}

TEST_CASE_METHOD(StoreFixture, "outcomes come in commit order, after a cursor, up to a limit") {
  fill();
  const Outcome a = outcome(30), b = outcome(10), c = outcome(20);
  commit_all({&a, &b});
  commit(c);

  const auto all = outcomes();
  CHECK(counters(all) == std::vector<std::uint64_t>{30, 10, 20});
  CHECK(all[0].cursor > 0);
  CHECK(all[0].cursor < all[1].cursor);
  CHECK(all[1].cursor < all[2].cursor);

  const auto page = [&](std::int64_t cursor, std::size_t limit) {
    return counters(chain().outcomes(Store::Which::all, cursor, limit, false));
  };
  CHECK(page(all[0].cursor, 1) == std::vector<std::uint64_t>{10});
  CHECK(page(all[0].cursor, SIZE_MAX) == std::vector<std::uint64_t>{10, 20});
  CHECK(page(all[2].cursor, 10).empty());
  CHECK(page(0, 0).empty());
}

TEST_CASE_METHOD(StoreFixture, "the outbox holds the accepted returns only") {
  fill();
  Outcome rejected = outcome(1);
  rejected.code = "E5";
  const Outcome fault = outcome(2);
  Outcome no_fault = outcome(3);
  no_fault.srv = "8.14.4";
  Outcome installed = outcome(4);
  installed.srv = "8.14.1";
  Outcome other_code = outcome(5);
  other_code.code = "I0";
  commit_all({&rejected, &fault, &no_fault, &installed, &other_code});

  CHECK(counters(outcomes()) == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
  const auto outbox = outcomes(Store::Which::accepted_returns);
  CHECK(counters(outbox) == std::vector<std::uint64_t>{2, 3, 5});
  CHECK(counters(chain().outcomes(Store::Which::accepted_returns, outbox[0].cursor, 1, true)) ==
        std::vector<std::uint64_t>{3});
}

TEST_CASE_METHOD(StoreFixture, "a further accepted return of the same hub is flagged") {
  fill();
  users({{kSupplier, "EIS", "Active", "Supplier"}});
  Outcome installed = outcome(1);
  installed.srv = "8.14.1";
  Outcome rejected = outcome(2);
  rejected.code = "E5";
  const Outcome first = outcome(3);
  Outcome second = outcome(4);
  second.srv = "8.14.4";
  Outcome by_another = outcome(5);
  by_another.request_id.originator = kSupplier;
  Outcome rejected_again = outcome(6);
  rejected_again.code = "E5";
  Outcome other_hub = outcome(7);
  other_hub.device_id = kOtherHub;
  Outcome no_hub = outcome(8);
  no_hub.device_id.reset();
  const std::vector<const Outcome*> in_order = {&installed,  &rejected,       &first,     &second,
                                                &by_another, &rejected_again, &other_hub, &no_hub};

  SECTION("in one batch") {
    commit_all(in_order);
  }
  SECTION("in several") {
    for (const Outcome* o : in_order) commit(*o);
  }

  std::vector<bool> repeated;
  for (const auto& stored : outcomes()) repeated.push_back(stored.repeated);
  CHECK(repeated == std::vector<bool>{false, false, false, true, true, false, false, false});
}
