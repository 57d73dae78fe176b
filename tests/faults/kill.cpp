// SPDX-License-Identifier: Apache-2.0
//
// The kill harness: a real host under a load of signed requests dies by SIGKILL again and again, at
// random moments and at chosen ones, and each time it is back everything that it ever promised must
// hold.
#include <algorithm>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>

#include "disk.hpp"
#include "judge.hpp"
#include "ledger.hpp"
#include "load.hpp"
#include "moments.hpp"
#include "tamper.hpp"

namespace faults {
namespace {

struct Options {
  std::size_t kills = 200;
  std::size_t kills_per_store = 40;
  unsigned connections = 6;
  std::uint64_t seed = std::random_device()();
  std::string tamper;
  bool power_cuts = false;
  bool lying_disk = false;
  bool progress = false;
};

struct Totals {
  std::map<std::string, std::size_t> kills;      // by phase
  std::map<std::string, std::size_t> under_way;  // by phase, where it can be told
  Disk::Loss loss;                               // of power cuts
  std::size_t stores = 0;
  Ledger::Counts requests;
  Checks checks;
  std::size_t violations = 0;
};

// One store and its host, killed as often as asked for.
class Life {
 public:
  Life(const Options& options, std::mt19937_64& random, Totals& totals)
      : options_(options), random_(random), totals_(totals), host_(with_watch()) {
    if (options_.power_cuts) disk_.emplace(host_.directory() / "journal", host_.store());
    prepare_for_moments(host_);
    host_.start();
  }

  // The phase of each kill.
  void run(const std::vector<const Phase*>& phases) {
    Judge judge(
        {&host_}, [this] { return std::make_unique<SqliteView>(host_.store()); }, ledger_, random_,
        totals_.checks);
    for (const Phase* phase : phases) {
      kill_in(*phase, judge);
      if (options_.progress) std::fprintf(stderr, "killed %s\n", phase->name);
    }
    judge.at_the_end();
    host_.stop();
    ++totals_.stores;
    totals_.requests += ledger_.counts();
    totals_.violations += ledger_.violations().size();
    for (const auto& violation : ledger_.violations()) {
      std::printf("violation: %s\n", violation.c_str());
    }
  }

 private:
  static support::HostFixture::Options with_watch() {
    support::HostFixture::Options options;
    options.watch = true;
    return options;
  }

  void kill_in(const Phase& phase, Judge& judge) {
    std::unique_ptr<Moment> moment;
    {
      const Load load(host_, ledger_, options_.connections, random_());
      if (!ledger_.await_answers(1)) throw std::runtime_error("the host does not answer");
      moment = phase.make({host_, ledger_, random_, options_.power_cuts});
      moment->arrive();
      moment->kill();
    }
    ++totals_.kills[phase.name];
    if (const auto under_way = moment->was_under_way()) {
      totals_.under_way[phase.name] += *under_way ? 1 : 0;
    }
    if (disk_) cut_power();
    for (const Tamper& tamper : tampers()) {
      if (options_.tamper == tamper.name) tamper.apply(host_.store());
    }
    host_.start();
    judge.after_restart();
    moment->check();
  }

  void cut_power() {
    const Disk::Loss loss =
        disk_->cut(options_.lying_disk ? Disk::Honesty::lying : Disk::Honesty::honest, random_);
    totals_.loss.writes += loss.writes;
    totals_.loss.sectors += loss.sectors;
    totals_.loss.lost += loss.lost;
  }

  const Options& options_;
  std::mt19937_64& random_;
  Totals& totals_;
  support::HostFixture host_;
  std::optional<Disk> disk_;
  Ledger ledger_;
};

// Each phase as often as the others, in any order.
std::vector<const Phase*> schedule(std::size_t kills, std::mt19937_64& random) {
  std::vector<const Phase*> all;
  for (std::size_t i = 0; i < kills; ++i) all.push_back(&phases()[i % phases().size()]);
  std::shuffle(all.begin(), all.end(), random);
  return all;
}

void print(const Options& options, const Totals& totals) {
  std::printf("%zu %s of dcc-sample-host, on %zu stores, seed %llu\n", options.kills,
              options.power_cuts ? "power cuts" : "kills", totals.stores,
              static_cast<unsigned long long>(options.seed));
  for (const Phase& phase : phases()) {
    const auto kills = totals.kills.find(phase.name);
    std::printf("  %4zu %s", kills == totals.kills.end() ? 0 : kills->second, phase.name);
    if (const auto under_way = totals.under_way.find(phase.name);
        under_way != totals.under_way.end()) {
      std::printf(", %zu while it was still under way", under_way->second);
    }
    std::printf("\n");
  }
  if (options.power_cuts) {
    std::printf(
        "  not forced to disk at a cut: %zu writes to %zu sectors, of which %zu were lost\n",
        totals.loss.writes, totals.loss.sectors, totals.loss.lost);
  }
  const auto& requests = totals.requests;
  std::printf("  requests: %zu on %u connections, %zu answered, %zu repeated at once",
              requests.asked, options.connections, requests.answered, requests.repeated);
  for (const auto& [status, count] : requests.refused) {
    std::printf(", %zu refused with %u", count, status);
  }
  std::printf("\n");
  print(totals.checks, "a kill");
  std::printf("  violations: %zu\n", totals.violations);
}

int run(const Options& options) {
  std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
  std::fflush(stdout);
  std::mt19937_64 random(options.seed);
  const auto all = schedule(options.kills, random);
  Totals totals;
  for (std::size_t done = 0; done < all.size(); done += options.kills_per_store) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(done);
    const auto count = std::min(options.kills_per_store, all.size() - done);
    Life(options, random, totals).run({begin, begin + static_cast<std::ptrdiff_t>(count)});
  }
  print(options, totals);
  return totals.violations == 0 ? 0 : 1;
}

}  // namespace
}  // namespace faults

int main(int argc, char** argv) {
  faults::Options options;
  std::vector<std::string> tampers;
  for (const auto& tamper : faults::tampers()) tampers.emplace_back(tamper.name);
  CLI::App app("Kills a host under load and checks that everything it promised holds.\n",
               "faults-kill");
  app.footer(
      "Exit codes: 0 nothing was violated; 1 something was, or the harness failed; 2 usage.");
  app.add_option("--kills", options.kills, "how often")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--kills-per-store", options.kills_per_store, "before a fresh store is begun")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--connections", options.connections, "clients at work")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  app.add_option("--seed", options.seed, "of everything that is random here; printed if not given");
  app.add_option("--tamper", options.tamper,
                 "damage the store after each kill, so that the harness must fail")
      ->check(CLI::IsMember(tampers));
  CLI::Option* const power_cuts =
      app.add_flag("--power-cuts", options.power_cuts,
                   "with each kill the store's files lose what was written and not forced to disk");
  app.add_flag("--lying-disk", options.lying_disk,
               "which says that it has synced and has not, so that the harness must fail")
      ->needs(power_cuts);
  app.add_flag("--progress", options.progress, "say on standard error how far it is");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    return faults::run(options);
  } catch (const std::exception& e) {
    std::cerr << "faults-kill: " << e.what() << '\n';
    return 1;
  }
}
