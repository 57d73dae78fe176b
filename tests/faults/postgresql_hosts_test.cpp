// SPDX-License-Identifier: Apache-2.0
//
// Hosts on one PostgreSQL database that are not alike: their clocks differ, or one of them is
// stopped in the midst of its work.
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>

#include "faulty_host.hpp"
#include "judge.hpp"
#include "load.hpp"
#include "postgresql_view.hpp"

using namespace support;
using namespace faults;

namespace {

// How many of host-a's are in that state.
int sessions(PostgresqlSession& session, const std::string& state) {
  return std::stoi(session.value(
      "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'host-a' AND state = '" +
      state + "'"));
}

// Meanwhile the other host must answer.
void await_none(PostgresqlSession& session, const std::string& state, Ledger& ledger) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (sessions(session, state) > 0) {
    REQUIRE(ledger.await_answers(1));
    REQUIRE(std::chrono::steady_clock::now() < deadline);
  }
}

}  // namespace

TEST_CASE("PostgreSQL - clocks that differ between hosts change no answer and no order") {
  constexpr std::int64_t kHour = 3600, kDay = 24 * kHour;
  PostgresqlServer server;
  const StoreDatabase database(server);
  FaultyHost ahead(database.options("ahead"));
  HostFixture right(database.options("right"), ahead);
  ahead.start_with_shim();
  right.start();
  std::vector<std::pair<std::string, std::string>> answered;
  for (const std::int64_t offset : {kHour, 40 * kDay, kHour}) {
    INFO(offset);
    ahead.switches().clock_offset = offset;
    for (HostFixture* host : {static_cast<HostFixture*>(&ahead), &right}) {
      const std::string document = ahead.good_request();
      const auto reply = host->post(document);
      CHECK(code_of(reply) == "I99");
      answered.emplace_back(document, reply.body);
      CHECK(host->answer("sna", "8.14.4", hub("Commissioned")) == "E5");
    }
    for (const auto& [document, response] : answered) {
      CHECK(ahead.post(document).body == response);
      CHECK(right.post(document).body == response);
    }
  }
  CHECK(ahead.returns().size() == answered.size());
  CHECK(right.returns() == ahead.returns());
  CHECK(right.outcomes().size() == 2 * answered.size());
  CHECK(database.integrity() == "ok");
  const Finished audit =
      run(sample_host_program(), {"audit", "--verify", "--config", right.configuration().string()});
  INFO(audit.err);
  CHECK(audit.exit_code == 0);
}

TEST_CASE(
    "PostgreSQL - a host that is stopped in the midst of its work loses and doubles nothing") {
  TwoHosts hosts;
  Ledger ledger;
  std::mt19937_64 random(1);
  Checks checks;
  Judge judge(
      {&hosts.a, &hosts.b}, [&] { return std::make_unique<PostgresqlView>(hosts.database); },
      ledger, random, checks);
  {
    const Load a(hosts.a, ledger, 3, 1), b(hosts.b, ledger, 3, 2);
    PostgresqlSession session(hosts.database.owner_url());
    bool was_in_transaction = false;
    for (int i = 0; i < 1'000 && !was_in_transaction; ++i) {
      REQUIRE(ledger.await_answers(5));
      hosts.a.process().signal(SIGSTOP);
      // The server comes to the end of what it was sent; then the transaction has only begun.
      await_none(session, "active", ledger);
      was_in_transaction = sessions(session, "idle in transaction") > 0;
      if (was_in_transaction) {
        // Whatever it holds, the server takes it away, and the other host goes on.
        await_none(session, "idle in transaction", ledger);
        CHECK(ledger.await_answers(100));
      }
      hosts.a.process().signal(SIGCONT);
    }
    CHECK(was_in_transaction);
    REQUIRE(ledger.await_answers(100));
  }
  judge.after_restart();
  judge.at_the_end();
  for (const auto& violation : ledger.violations()) FAIL_CHECK(violation);
}
