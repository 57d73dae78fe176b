// SPDX-License-Identifier: Apache-2.0
//
// A primary with a synchronous standby, which dies and comes back, and then takes the other's
// place: hosts whose url names both lose nothing that they have answered.
#include <catch2/catch.hpp>

#include "judge.hpp"
#include "load.hpp"
#include "postgresql_view.hpp"

using namespace support;
using namespace faults;

TEST_CASE(
    "PostgreSQL with a standby that is away, and then in the primary's place - nothing is lost") {
  PostgresqlServer primary;
  StoreDatabase database(primary);
  PostgresqlServer standby = PostgresqlServer::standby_of(primary);
  {
    auto session = database.session();
    session.run("ALTER SYSTEM SET synchronous_standby_names = 'standby'");
    session.run("SELECT pg_reload_conf()");
  }
  HostFixture a(database.options("host-a", 2, {&primary, &standby}));
  HostFixture b(database.options("host-b", 2, {&primary, &standby}), a);
  a.start();
  b.start();
  Ledger ledger;
  std::mt19937_64 random(1);
  Checks checks;
  Judge judge(
      {&a, &b}, [&] { return std::make_unique<PostgresqlView>(database); }, ledger, random, checks);
  {
    const Load load_a(a, ledger, 3, 1), load_b(b, ledger, 3, 2);
    REQUIRE(ledger.await_answers(100));
    CHECK(database.session().value("SELECT sync_state FROM pg_stat_replication") == "sync");

    // Without it nothing is acknowledged, and what waits for it is there when it comes back.
    standby.kill();
    const auto fields = a.request("eis", "8.14.3", hub("Pending"));
    const auto& waiting = ledger.ask({fields.request_id, a.sign("eis", fields), "I99", {}});
    CHECK(a.post(waiting.document).status == 503);
    standby.start();
    REQUIRE(ledger.await_answers(100));

    primary.kill();
    standby.promote();
    REQUIRE(ledger.await_answers(100));
  }
  database.is_on(standby);
  judge.after_restart();
  judge.at_the_end();
  for (const auto& violation : ledger.violations()) FAIL_CHECK(violation);
}
