// SPDX-License-Identifier: Apache-2.0
//
// Hosts on one PostgreSQL database that are not alike: their clocks differ, or one of them is
// stopped in the midst of its work.
#include <catch2/catch.hpp>
#include <csignal>

#include "faulty_host.hpp"
#include "judge.hpp"
#include "load.hpp"
#include "postgresql_view.hpp"

using namespace support;
using namespace faults;

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
    for (int i = 0; i < 3; ++i) {
      REQUIRE(ledger.await_answers(40));
      hosts.a.process().signal(SIGSTOP);
      // Whatever it held, the other host goes on.
      CHECK(ledger.await_answers(150));
      hosts.a.process().signal(SIGCONT);
    }
    REQUIRE(ledger.await_answers(40));
  }
  judge.after_restart();
  judge.at_the_end();
  for (const auto& violation : ledger.violations()) FAIL_CHECK(violation);
}
