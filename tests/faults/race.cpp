// SPDX-License-Identifier: Apache-2.0
//
// The race that must never be lost: hubs are installed, by imports beside the running host, while
// agents return them. An accepted return of an agent must rest on a revision of the hub at which it
// was Pending, and that revision must have been the hub's at the commit.
#include <atomic>
#include <boost/json.hpp>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "inventory_history.hpp"
#include "ledger.hpp"
#include "load.hpp"
#include "store_view.hpp"
#include "stores/stores.hpp"
#include "support/host_fixture.hpp"
#include "support/imported_rows.hpp"

namespace faults {
namespace {

namespace json = boost::json;

struct Options {
  std::size_t imports = 1000;
  unsigned connections = 6;
  std::uint64_t seed = std::random_device()();
  bool tamper = false;
};

// Half of the time a hub may be returned.
constexpr std::string_view kTo[] = {"Pending", "InstalledNotCommissioned", "Pending",
                                    "Commissioned"};
constexpr std::size_t kHubsPerImporter = 4;

std::string hub_of(unsigned importer, std::size_t index) {
  return "00-DB-12-34-58-00-0" + std::to_string(importer) + "-0" + std::to_string(index);
}

using Rows = std::map<std::string, std::string_view>;  // hub and status

// Changes hubs of its own, again and again, and every third time back at once.
class Importer {
 public:
  using Import = std::function<void(const Rows&)>;

  Importer(unsigned number, InventoryHistory& history, Ledger& ledger, Import import)
      : number_(number), history_(history), ledger_(ledger), import_(std::move(import)) {}

  void run(std::size_t imports, std::mt19937_64 random) {
    while (done_ < imports) {
      Rows before, rows;
      for (std::size_t i = 0; i < kHubsPerImporter; ++i) {
        if (random() % 2 == 0) continue;
        const auto hub = hub_of(number_, i);
        rows[hub] = kTo[random() % std::size(kTo)];
        const auto status = history_.status(hub);
        before[hub] = *std::find(std::begin(kTo), std::end(kTo), status);
      }
      if (rows.empty()) continue;
      import(rows);
      if (done_ % 3 == 0) import(before);
      // Faster than answers come, nobody would get one.
      if (!ledger_.await_answers(random() % 4)) throw std::runtime_error("no answers any more");
    }
  }

 private:
  void import(const Rows& rows) {
    import_(rows);
    for (const auto& [hub, status] : rows) history_.imported(hub, std::string(status));
    ++done_;
  }

  const unsigned number_;
  InventoryHistory& history_;
  Ledger& ledger_;
  const Import import_;
  std::size_t done_ = 0;
};

// Returns hubs until it is told to stop.
void send_returns(support::HostFixture& host, Ledger& ledger, const std::atomic<bool>& stop,
                  std::mt19937_64 random) {
  auto client = host.client();
  while (!stop) {
    const std::string user = random() % 8 == 0 ? "eis" : "sna";
    const auto hub = hub_of(static_cast<unsigned>(random() % 2), random() % kHubsPerImporter);
    const auto fields = host.request(user, random() % 2 == 0 ? "8.14.3" : "8.14.4", hub);
    auto& exchange = ledger.ask({fields.request_id, host.sign(user, fields), {}, {}});
    const auto reply = post(client, exchange.document);
    if (reply.status == 200) {
      ledger.answered(exchange, reply.body);
    } else {
      ledger.refused(reply.status);
    }
  }
}

struct Figures {
  std::size_t accepted = 0, refused = 0, of_suppliers = 0, outcomes = 0;
};

// Reads the store by SQL, and what each decision rested on as it is stored.
class Verdict {
 public:
  Verdict(const InventoryHistory& history, Ledger& ledger) : history_(history), ledger_(ledger) {}

  Figures judge(const std::filesystem::path& store) {
    sample::sqlite::Connection db(store, support::kPatience);
    sample::sqlite::Statement select(
        db, "SELECT cursor, role, code, device_id, packed FROM outcomes ORDER BY cursor");
    sample::Packing packing;
    sample::sqlite::Run row(select);
    while (row.next()) {
      ++figures_.outcomes;
      judge(std::to_string(row.integer(0)), row.text(1), row.text(2), row.eui(3).text(),
            json::parse(packing.unpack(row.text(4)).facts).as_array());
    }
    return figures_;
  }

 private:
  void judge(const std::string& outcome, std::string_view role, std::string_view code,
             const std::string& hub, const json::array& facts) {
    std::vector<json::value> devices;
    for (const json::value& fact : facts) {
      if (fact.at("kind").as_string() == "dcc.device") devices.push_back(fact);
    }
    if (devices.size() != 1 || devices[0].at("key").as_string() != hub ||
        !devices[0].at("used").as_bool()) {
      return violation(outcome, "does not rest on its hub alone: " + json::serialize(facts));
    }
    const std::int64_t revision = devices[0].at("revision").as_int64();
    const auto status = history_.status_at(hub, revision);
    if (!status) return violation(outcome, "rests on a revision that no import made");
    // Commits ask for the latest revision, and that only grows.
    if (revision < latest_[hub]) {
      violation(outcome, "was committed on revision " + std::to_string(revision) + " of " + hub +
                             ", after one on " + std::to_string(latest_[hub]));
    }
    latest_[hub] = revision;
    if (role != "SNA") return static_cast<void>(++figures_.of_suppliers);
    const bool accepted = code == "I99";
    ++(accepted ? figures_.accepted : figures_.refused);
    if (!accepted && code != "E5") violation(outcome, "has code " + std::string(code));
    if (accepted != (*status == "Pending")) {
      violation(outcome, "has code " + std::string(code) + " on revision " +
                             std::to_string(revision) + " of " + hub + ", which was " + *status);
    }
  }

  void violation(const std::string& outcome, const std::string& what) {
    ledger_.violation("outcome " + outcome + ' ' + what);
  }

  const InventoryHistory& history_;
  Ledger& ledger_;
  Figures figures_;
  std::map<std::string, std::int64_t> latest_;
};

// How often handlers decided, from /handlers.
std::size_t decisions(support::HostFixture& host) {
  std::uint64_t calls = 0;
  const auto handlers = host.get("/handlers");
  for (const auto& handler : handlers.at("handlers").as_array()) {
    calls += handler.at("calls").to_number<std::uint64_t>();
  }
  return calls;
}

void prepare_world(support::HostFixture& host, InventoryHistory& history) {
  std::string hubs, orders;
  for (unsigned importer = 0; importer < 2; ++importer) {
    for (std::size_t i = 0; i < kHubsPerImporter; ++i) {
      const auto hub = hub_of(importer, i);
      hubs += hub + ",CHF,Pending\n";
      orders += hub + "," + support::eui_of("eis") + "\n";
      history.imported(hub, "Pending");
    }
  }
  host.import_rows("devices", hubs);
  host.import_rows("orders", orders);
}

// By the program, as an operator does it.
void import_by_program(const support::HostFixture& host, const Rows& rows) {
  std::string text;
  for (const auto& [hub, status] : rows) text += hub + ",CHF," + std::string(status) + "\n";
  host.import_rows("devices", text);
}

// By what the program is made of, in this process: many more of them in the same time.
void import_by_library(sample::Store& store, const Rows& rows) {
  std::vector<support::Row> typed;
  for (const auto& [hub, status] : rows) {
    typed.push_back({*dcc::duis::Eui64::parse(hub), "CHF", status});
  }
  support::import_rows(store, sample::Table::devices, typed);
}

class Race {
 public:
  explicit Race(const Options& options) : options_(options), random_(options.seed) {
    prepare_world(host_, history_);
    host_.start();
    store_ = sample::open_store("sqlite:" + host_.store().string());
  }

  int run() {
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 0; i < options_.connections; ++i) {
        ledger_.come();
        threads.emplace_back(guarded([this, random = random_()] {
          send_returns(host_, ledger_, stop_, std::mt19937_64(random));
        }));
      }
      std::vector<std::jthread> importers;
      importers.emplace_back(importer(
          0, options_.imports / 4, [this](const Rows& rows) { import_by_program(host_, rows); }));
      importers.emplace_back(
          importer(1, options_.imports - options_.imports / 4,
                   [this](const Rows& rows) { import_by_library(*store_, rows); }));
      importers.clear();
      stop_ = true;
    }
    const auto decided = decisions(host_);
    host_.stop();
    store_.reset();
    if (options_.tamper) {
      execute(host_.store(),
              "UPDATE outcomes SET code = 'I99' WHERE cursor ="
              " (SELECT min(cursor) FROM outcomes WHERE code = 'E5')");
    }
    report(Verdict(history_, ledger_).judge(host_.store()), decided);
    return ledger_.violations().empty() ? 0 : 1;
  }

 private:
  std::function<void()> importer(unsigned number, std::size_t imports, Importer::Import import) {
    return guarded([this, number, imports, import = std::move(import), random = random_()] {
      Importer(number, history_, ledger_, import).run(imports, std::mt19937_64(random));
    });
  }

  // What goes wrong in a thread is a violation, too.
  std::function<void()> guarded(std::function<void()> work) {
    return [this, work = std::move(work)] {
      try {
        work();
      } catch (const std::exception& e) {
        ledger_.violation(e.what());
        stop_ = true;
      }
    };
  }

  void report(const Figures& figures, std::size_t decided) const {
    for (const auto& violation : ledger_.violations()) {
      std::printf("violation: %s\n", violation.c_str());
    }
    const auto counts = ledger_.counts();
    std::printf(
        "race of %zu imports, which changed a hub %zu times, against returns on %u connections, "
        "seed %llu\n"
        "  requests: %zu, %zu answered",
        options_.imports, history_.changes(), options_.connections,
        static_cast<unsigned long long>(options_.seed), counts.asked, counts.answered);
    for (const auto& [status, count] : counts.refused) {
      std::printf(", %zu refused with %u", count, status);
    }
    std::printf(
        "\n  of agents: %zu accepted, %zu refused with E5; of Suppliers: %zu\n"
        "  decided again because something had changed: %zu\n"
        "  violations: %zu\n",
        figures.accepted, figures.refused, figures.of_suppliers, decided - figures.outcomes,
        ledger_.violations().size());
  }

  const Options& options_;
  std::mt19937_64 random_;
  support::HostFixture host_{support::HostFixture::Options{}};
  InventoryHistory history_;
  Ledger ledger_;
  std::unique_ptr<sample::Store> store_;
  std::atomic<bool> stop_ = false;
};

}  // namespace
}  // namespace faults

int main(int argc, char** argv) {
  faults::Options options;
  CLI::App app("Installs hubs while agents return them, and checks every accepted return.\n",
               "faults-race");
  app.footer("Exit codes: 0 nothing was violated; 1 something was, or the test failed; 2 usage.");
  app.add_option("--imports", options.imports, "how many")
      ->capture_default_str()
      ->check(CLI::Range(8, 10'000'000));
  app.add_option("--connections", options.connections, "of agents at work")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  app.add_option("--seed", options.seed, "of everything that is random here; printed if not given");
  app.add_flag("--tamper", options.tamper, "change an outcome, so that the test must fail");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    return faults::Race(options).run();
  } catch (const std::exception& e) {
    std::cerr << "faults-race: " << e.what() << '\n';
    return 1;
  }
}
