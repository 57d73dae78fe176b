// SPDX-License-Identifier: Apache-2.0
//
// What an outcome takes on disk, indexes and all: an accepted 8.14.3 with its facts and a signed
// response, as stored now and as versions up to 5 stored it; and what processor time packing takes
// beside the request's own. All of them must come back octet for octet, and be as small as
// promised.
//
//     outcome-bench [--outcomes N] [--rounds N] [--json FILE]
#include <algorithm>
#include <cstdio>

#include "adaptor/ledger.hpp"
#include "adaptor/outcome_json.hpp"
#include "bench/options.hpp"
#include "bench/pipeline.hpp"
#include "bench/statistics.hpp"
#include "bench/usage.hpp"
#include "host/decide.hpp"
#include "store/packing/packing.hpp"
#include "store/sqlite/sqlite.hpp"
#include "stores/stores.hpp"
#include "support/unpacked_outcomes.hpp"

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace bench;
using dcc::adaptor::facts_to_json;
using dcc::adaptor::items_to_json;
using dcc::adaptor::Outcome;
namespace host = dcc::host;

constexpr double kPromisedOctets = 1500;
constexpr std::size_t kBatch = 64;
constexpr std::size_t kTimed = 256;  // documents

std::string url_of(const fs::path& file) {
  return "sqlite:" + file.string();
}

// Makes outcomes as a host does.
class Maker {
 public:
  Maker(const World& world, const LoadedPlugin& plugin)
      : world_(world),
        plugin_(plugin),
        pipeline_(world, plugin.registry(), *dcc::duis::Schema::built_in()) {}

  Outcome outcome(std::size_t number) {
    Outcome outcome;
    outcome.request = world_.request(2 * number, number);  // the even ones are 8.14.3
    outcome.response = pipeline_.answer(outcome.request);
    const auto* message = reader_.read(outcome.request);
    if (message == nullptr) fail(reader_.refusal().text);
    dcc_request& request = view_.of(*message, {}, kNow, kNow + 2000);
    host::Facts facts;
    host::ask_ahead(request, facts);
    tell(facts);
    host::Decision decision;
    const auto table = plugin_.registry().current();
    const host::Handler* const handler = host::decide(*table, "serviceD", request, facts, decision);
    if (handler == nullptr || decision.code != "I99") fail("not accepted: " + decision.reason);
    const auto digest = dcc::duis::sha256(message->canonical);
    outcome.request_id = *message->request_id;
    outcome.digest.assign(digest.begin(), digest.end());
    outcome.srv = message->service_reference_variant;
    outcome.role = "SNA";
    outcome.device_id = message->device_id;
    outcome.code = decision.code;
    outcome.reason = decision.reason;
    outcome.received_at = outcome.decided_at = kNow + static_cast<std::int64_t>(number);
    outcome.handler = handler->info().name();
    outcome.settings_hash = handler->info().settings_hash;
    for (const auto& item : message->items)
      outcome.items.push_back({std::string(item.path), std::string(item.value)});
    // They are this program's own, so none need hold in the store.
    for (host::Fact& fact : facts.all()) fact.used = false;
    outcome.facts = std::move(facts.all());
    return outcome;
  }

 private:
  static void tell(host::Facts& facts) {
    for (host::Fact& fact : facts.all()) {
      if (fact.kind == host::kUserFact) {
        fact.is_there({{"role", "SNA"}, {"status", "Active"}}, 1);
      } else if (fact.kind == host::kActsFact) {
        fact.is_there({{"acts", "yes"}}, 1);
      } else {
        fact.is_there({{"type", "CHF"}, {"status", "Pending"}}, 1);
      }
    }
  }

  const World& world_;
  const LoadedPlugin& plugin_;
  Pipeline pipeline_;
  dcc::duis::Reader reader_{*dcc::duis::Schema::built_in()};
  dcc::duis::RequestView view_;
};

bool is_same(const Outcome& a, const Outcome& b) {
  return a.request == b.request && a.response == b.response && a.digest == b.digest &&
         items_to_json(a.items) == items_to_json(b.items) &&
         facts_to_json(a.facts) == facts_to_json(b.facts) && a.reason == b.reason;
}

// Stores them as they come, a batch in a transaction, and reads them back.
void fill(const fs::path& file, Maker& maker, std::size_t outcomes) {
  const auto store = sample::open_store(url_of(file));
  dcc::adaptor::Ledger ledger(*store);
  for (std::size_t number = 0; number < outcomes;) {
    std::vector<Outcome> batch;
    while (batch.size() < kBatch && number < outcomes) batch.push_back(maker.outcome(number++));
    std::vector<const Outcome*> pointers;
    for (const Outcome& each : batch) pointers.push_back(&each);
    for (const auto result : ledger.commit(pointers)) {
      if (result != dcc::adaptor::CommitResult::committed) fail("an outcome was not stored");
    }
    const auto after = static_cast<std::int64_t>(number - batch.size());
    const auto stored =
        dcc::adaptor::only_chain(*store).outcomes(sample::Store::Which::all, after, kBatch, true);
    if (stored.size() != batch.size()) fail("outcomes are missing");
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (!is_same(batch[i], stored[i].outcome))
        fail("outcome " + std::to_string(stored[i].cursor) + " did not come back as it was");
    }
  }
}

// The same outcomes as versions up to 5 stored them, in the same order.
void fill_unpacked(const fs::path& file, const fs::path& packed) {
  const fs::path unpacked = file.string() + ".unpacked";
  sample::copy_store(url_of(packed), unpacked);
  support::unpack_outcomes(unpacked);
  sample::open_store(url_of(file));
  sample::sqlite::Connection db(file, std::chrono::seconds(1));
  db.execute(("ATTACH '" + unpacked.string() +
              "' AS unpacked;"
              "INSERT INTO main.outcomes SELECT * FROM unpacked.outcomes ORDER BY cursor;"
              "INSERT INTO main.audit_head SELECT * FROM unpacked.audit_head;"
              "DETACH unpacked")
                 .c_str());
}

// Without the log: whoever closes a store last has copied that into it.
double octets(const fs::path& file) {
  if (fs::exists(file.string() + "-wal")) fail(file.string() + " has a log");
  return static_cast<double>(fs::file_size(file));
}

// Of each table and index, per outcome; nothing where SQLite has no such table of its own.
json::object octets_by_table(const fs::path& file, std::size_t outcomes) {
  json::object sizes;
  sample::sqlite::Connection db(file, std::chrono::seconds(1));
  sample::sqlite::Statement select(
      db,
      "SELECT name, sum(pgsize) FROM dbstat GROUP BY name HAVING count(*) > 1"
      " ORDER BY sum(pgsize) DESC");
  sample::sqlite::Run row(select);
  while (row.next()) {
    const double each = static_cast<double>(row.integer(1)) / static_cast<double>(outcomes);
    std::printf("  %-44s %8.1f\n", std::string(row.text(0)).c_str(), each);
    sizes[row.text(0)] = each;
  }
  return sizes;
}

// What readers wait for, in us of processor time: an outcome with its messages, in commit order; a
// repeat's look-up; an outcome that a search which finds nothing looks at.
struct Reading {
  double outcome = 0, repeat = 0, searched = 0;
};

Reading read(const fs::path& file, std::size_t outcomes) {
  const auto store = sample::open_store(url_of(file));
  const auto each = [&](auto work) {
    const double begin = thread_cpu_us();
    work();
    return (thread_cpu_us() - begin) / static_cast<double>(outcomes);
  };
  std::vector<dcc::duis::RequestId> ids;
  const auto all = [&] {
    ids.clear();
    for_each_record(dcc::adaptor::only_chain(*store), 0, [&](const sample::StoredOutcome& stored) {
      ids.push_back(stored.outcome.request_id);
    });
  };
  all();  // warm
  Reading reading;
  reading.outcome = each(all);
  const auto reader = store->reader();
  reading.repeat = each([&] {
    for (const auto& id : ids) {
      dcc::adaptor::Inquiry inquiry{.request_id = id};
      reader->answer({&inquiry, 1});
      if (!inquiry.before || inquiry.before->response.empty()) fail("no response");
    }
  });
  sample::Search search;
  search.code = "E5";
  reading.searched = each([&] {
    if (!store->search(search).outcomes.empty()) fail("an E5");
  });
  return reading;
}

json::object print_reading(const char* of, const Reading& reading) {
  std::printf("%-10s us of processor time to read an outcome %.1f, a repeat %.1f, to search %.2f\n",
              of, reading.outcome, reading.repeat, reading.searched);
  return {{"outcome_us", reading.outcome},
          {"repeat_us", reading.repeat},
          {"searched_us", reading.searched}};
}

struct Times {
  double pipeline = 0, pack = 0, unpack = 0;  // us of processor time each
};

// In turn, over the same documents.
Times time(const World& world, const LoadedPlugin& plugin, Maker& maker, int rounds) {
  Pipeline pipeline(world, plugin.registry(), *dcc::duis::Schema::built_in());
  sample::Packing packing;
  struct Document {
    std::string items, facts, request, response, packed;
  };
  std::vector<Document> documents;
  for (std::size_t number = 0; number < kTimed; ++number) {
    const Outcome outcome = maker.outcome(number);
    Document& document = documents.emplace_back(Document{items_to_json(outcome.items),
                                                         facts_to_json(outcome.facts),
                                                         outcome.request,
                                                         outcome.response,
                                                         {}});
    document.packed =
        packing.pack({document.items, document.facts, document.request, document.response});
  }
  const auto each = [&](auto work) {
    const double begin = thread_cpu_us();
    for (const Document& document : documents) work(document);
    return (thread_cpu_us() - begin) / kTimed;
  };
  std::vector<double> pipelines, packs, unpacks;
  for (int round = 0; round <= rounds; ++round) {
    const double answered =
        each([&](const Document& document) { pipeline.answer(document.request); });
    const double packed = each([&](const Document& document) {
      packing.pack({document.items, document.facts, document.request, document.response});
    });
    const double unpacked = each([&](const Document& document) {
      if (packing.unpack(document.packed).response != document.response) fail("another response");
    });
    if (round == 0) continue;  // warm
    pipelines.push_back(answered);
    packs.push_back(packed);
    unpacks.push_back(unpacked);
  }
  return {median(pipelines), median(packs), median(unpacks)};
}

}  // namespace

int main(int argc, char** argv) {
  Options options("outcome-bench", "What an outcome takes on disk, and packing of processor time");
  std::size_t outcomes = 20'000;
  int rounds = 20;
  options.app.add_option("--outcomes", outcomes, "How many the store has")
      ->check(CLI::PositiveNumber);
  options.app.add_option("--rounds", rounds, "How often times are taken")
      ->check(CLI::PositiveNumber);
  options.parse(argc, argv);

  const World world(0);
  const LoadedPlugin plugin(world);
  Maker maker(world, plugin);
  const fs::path empty = world.directory() / "empty.db";
  const fs::path packed = world.directory() / "packed.db";
  const fs::path unpacked = world.directory() / "unpacked.db";
  sample::open_store(url_of(empty));
  fill(packed, maker, outcomes);
  fill_unpacked(unpacked, packed);

  const auto per_outcome = [&](const fs::path& file) {
    return (octets(file) - octets(empty)) / static_cast<double>(outcomes);
  };
  const double before = per_outcome(unpacked);
  const double after = per_outcome(packed);
  std::printf("octets per outcome on disk, of %zu: %.0f, each text in a column of its own\n",
              outcomes, before);
  const json::object tables_before = octets_by_table(unpacked, outcomes);
  std::printf("packed: %.0f, a share of %.2f\n", after, after / before);
  const json::object tables = octets_by_table(packed, outcomes);
  const json::object reading_before = print_reading("before", read(unpacked, outcomes));
  const json::object reading = print_reading("packed", read(packed, outcomes));
  const Times times = time(world, plugin, maker, rounds);
  std::printf("us of processor time: pipeline %.1f, pack %.1f (%.1f %%), unpack %.1f (%.1f %%)\n",
              times.pipeline, times.pack, 100 * times.pack / times.pipeline, times.unpack,
              100 * times.unpack / times.pipeline);
  options.write_json({{"outcomes", outcomes},
                      {"octets_unpacked", before},
                      {"octets", after},
                      {"tables_unpacked", tables_before},
                      {"tables", tables},
                      {"reading_unpacked", reading_before},
                      {"reading", reading},
                      {"pipeline_us", times.pipeline},
                      {"pack_us", times.pack},
                      {"unpack_us", times.unpack}});
  if (after > kPromisedOctets) fail("larger than promised: " + std::to_string(kPromisedOctets));
}
