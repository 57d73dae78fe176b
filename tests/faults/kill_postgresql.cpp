// SPDX-License-Identifier: Apache-2.0
//
// The kill harness of hosts on PostgreSQL: two hosts on one database under a load of signed
// requests; one of them dies, or both, or the server with all its processes, or it hangs, again and
// again. Each time all are back, everything that any of them ever promised must hold at both.
#include <algorithm>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <random>
#include <vector>

#include "judge.hpp"
#include "ledger.hpp"
#include "load.hpp"
#include "postgresql_view.hpp"
#include "support/store_database.hpp"

namespace faults {
namespace {

struct Options {
  std::size_t hosts = 200;
  std::size_t servers = 50;
  std::size_t kills_per_store = 25;
  unsigned connections = 3;
  std::uint64_t seed = std::random_device()();
  bool tamper = false;
  bool progress = false;
};

enum class Victim { host, both_hosts, server, frozen_server };

// Of the kills of hosts, one in so many is of both; of those of the server, one is none, but it
// hangs until a host has given up waiting for it.
constexpr std::size_t kBothOneIn = 5, kFrozenOneIn = 5;

struct Totals {
  std::size_t stores = 0;
  Ledger::Counts requests;
  Checks checks;
  std::size_t violations = 0;
};

// A moment that nothing announces.
void wait_a_little(std::mt19937_64& random) {
  std::uniform_int_distribution<std::int64_t> time(0, 5'000);
  std::this_thread::sleep_for(std::chrono::microseconds(time(random)));
}

// One server with its database and hosts, killed as often as asked for.
class Life {
 public:
  Life(const Options& options, std::mt19937_64& random, Totals& totals)
      : options_(options), random_(random), totals_(totals) {}

  void run(std::span<const Victim> victims) {
    Judge judge(
        {&on_.a, &on_.b}, [this] { return std::make_unique<PostgresqlView>(on_.database); },
        ledger_, random_, totals_.checks);
    for (const Victim victim : victims) {
      kill(victim);
      if (options_.tamper) lose_the_last_outcome();
      judge.after_restart();
      if (options_.progress) std::fprintf(stderr, "one more kill\n");
    }
    judge.at_the_end();
    on_.a.stop();
    on_.b.stop();
    ++totals_.stores;
    totals_.requests += ledger_.counts();
    for (const auto& violation : ledger_.violations()) {
      std::printf("violation: %s\n", violation.c_str());
    }
    totals_.violations += ledger_.violations().size();
  }

 private:
  // Whoever is left goes on by itself.
  void kill(Victim victim) {
    support::HostFixture& host = random_() % 2 == 0 ? on_.a : on_.b;
    {
      const Load a(on_.a, ledger_, options_.connections, random_());
      const Load b(on_.b, ledger_, options_.connections, random_());
      await(1 + random_() % 60);
      wait_a_little(random_);
      switch (victim) {
        case Victim::host:
          host.kill();
          await(10);
          break;
        case Victim::both_hosts:
          on_.a.kill();
          on_.b.kill();
          break;
        case Victim::server:
          on_.server.kill();
          on_.server.start();
          await(20);
          break;
        case Victim::frozen_server:
          on_.server.freeze();
          await_refusal(host);
          on_.server.thaw();
          await(20);
      }
    }
    if (victim == Victim::host) host.start();
    if (victim == Victim::both_hosts) {
      on_.a.start();
      on_.b.start();
    }
  }

  void await(std::size_t answers) {
    if (!ledger_.await_answers(answers)) throw std::runtime_error("the hosts do not answer");
  }

  // What is refused here may be done all the same, later.
  void await_refusal(support::HostFixture& host) {
    const auto fields = host.request("eis", "8.14.3", support::hub("Pending"));
    const Exchange& exchange =
        ledger_.ask({fields.request_id, host.sign("eis", fields), "I99", {}});
    if (const auto status = host.post(exchange.document).status; status != 503) {
      ledger_.violation("HTTP " + std::to_string(status) + " while PostgreSQL hangs");
    }
  }

  void lose_the_last_outcome() {
    on_.database.session().run(
        "SET session_replication_role = replica;"
        "DELETE FROM duis.outcomes WHERE decided_at = (SELECT max(decided_at) FROM duis.outcomes)");
  }

  const Options& options_;
  std::mt19937_64& random_;
  Totals& totals_;
  support::TwoHosts on_;
  Ledger ledger_;
};

// Each kind as often as asked for, in any order.
std::vector<Victim> schedule(const Options& options, std::mt19937_64& random) {
  std::vector<Victim> all;
  for (std::size_t i = 1; i <= options.servers; ++i) {
    all.push_back(i % kFrozenOneIn == 0 ? Victim::frozen_server : Victim::server);
  }
  for (std::size_t i = 1; i <= options.hosts; ++i) {
    all.push_back(i % kBothOneIn == 0 ? Victim::both_hosts : Victim::host);
  }
  std::shuffle(all.begin(), all.end(), random);
  return all;
}

void print(const Options& options, const Totals& totals) {
  const auto& requests = totals.requests;
  std::printf(
      "%zu kills of hosts (one in %zu of both) and %zu of PostgreSQL (one in %zu frozen instead), "
      "on "
      "%zu databases, seed %llu\n"
      "  requests: %zu to two hosts on %u connections each, %zu answered, %zu repeated at once",
      options.hosts, kBothOneIn, options.servers, kFrozenOneIn, totals.stores,
      static_cast<unsigned long long>(options.seed), requests.asked, options.connections,
      requests.answered, requests.repeated);
  for (const auto& [status, count] : requests.refused) {
    std::printf(", %zu times %u and asked again", count, status);
  }
  std::printf("\n");
  print(totals.checks, "the end of a load");
  std::printf("  violations: %zu\n", totals.violations);
}

int run(const Options& options) {
  std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
  std::fflush(stdout);
  std::mt19937_64 random(options.seed);
  const auto all = schedule(options, random);
  Totals totals;
  for (std::size_t done = 0; done < all.size(); done += options.kills_per_store) {
    const auto count = std::min(options.kills_per_store, all.size() - done);
    Life(options, random, totals).run(std::span(all).subspan(done, count));
  }
  print(options, totals);
  return totals.violations == 0 ? 0 : 1;
}

}  // namespace
}  // namespace faults

int main(int argc, char** argv) {
  faults::Options options;
  CLI::App app(
      "Kills hosts and their PostgreSQL server under load, and checks what they promised.\n",
      "faults-kill-postgresql");
  app.footer(
      "Exit codes: 0 nothing was violated; 1 something was, or the harness failed; 2 usage.");
  app.add_option("--hosts", options.hosts, "how often a host is killed, or both")
      ->capture_default_str();
  app.add_option("--servers", options.servers, "how often the server is, or hangs")
      ->capture_default_str();
  app.add_option("--kills-per-store", options.kills_per_store, "before a fresh server is begun")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--connections", options.connections, "clients at work on each host")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  app.add_option("--seed", options.seed, "of everything that is random here; printed if not given");
  app.add_flag("--tamper", options.tamper,
               "take an outcome from the store after each kill, so that the harness must fail");
  app.add_flag("--progress", options.progress, "say on standard error how far it is");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    return faults::run(options);
  } catch (const std::exception& e) {
    std::cerr << "faults-kill-postgresql: " << e.what() << '\n';
    return 1;
  }
}
