// SPDX-License-Identifier: Apache-2.0
#include "adaptor/store_suite.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <future>
#include <optional>
#include <sstream>
#include <vector>

#include "adaptor/audit.hpp"
#include "adaptor/ledger.hpp"
#include "adaptor/outcome_json.hpp"
#include "adaptor/retention.hpp"

namespace dcc::adaptor {
namespace {

using host::Fact;
using Results = std::vector<CommitResult>;
using enum CommitResult;

constexpr Eui64 kAgent{0x90B3D51F30010001};
constexpr Eui64 kBroker{0x90B3D51F30000002};
constexpr Eui64 kHub{0x00DB123456780001};
constexpr Eui64 kOtherHub{0xFFDB123456780002};
constexpr std::int64_t kReceived = 1'781'524'800'000;  // 2026-06-15, noon

void require(bool kept, const std::string& what) {
  if (!kept) throw BrokenPromise(what);
}

template <typename Value>
void require_same(const Value& found, const Value& expected, const std::string& what) {
  if (found == expected) return;
  std::ostringstream text;
  text << what << ": expected " << expected << ", found " << found;
  throw BrokenPromise(text.str());
}

std::string text(const Results& results) {
  static constexpr std::array kNames{"committed", "stale", "duplicate", "failed"};
  std::string all;
  for (const CommitResult result : results)
    all.append(all.empty() ? "" : ", ").append(kNames[static_cast<std::size_t>(result)]);
  return all;
}

Fact device(Eui64 id, const char* status) {
  Fact fact;
  fact.kind = host::kDeviceFact;
  fact.key = id.text();
  if (status == nullptr) {
    fact.is_not_there(0);
  } else {
    fact.is_there({{"type", "CHF"}, {"status", status}}, 0);
  }
  return fact;
}

Fact user(Eui64 id, const char* role, const char* status) {
  Fact fact;
  fact.kind = host::kUserFact;
  fact.key = id.text();
  fact.is_there({{"role", role}, {"status", status}}, 0);
  return fact;
}

Fact acts(Eui64 agent, Eui64 hub, const char* answer) {
  Fact fact;
  fact.kind = host::kActsFact;
  fact.key = *host::acts_key(agent.value, hub.value, kReceived);
  fact.is_there({{"acts", answer}}, 0);
  return fact;
}

// A store with an agent that acts for a hub's Supplier, and a ledger over it.
class Bench {
 public:
  explicit Bench(const StoreUnderTest& under_test) : under_test_(under_test) {
    open();
    tell(user(kAgent, "SNA", "Active"));
    tell(device(kHub, "Pending"));
    tell(acts(kAgent, kHub, "yes"));
  }

  void open() {
    store_ = under_test_.open();
    reader_ = store_->reader();
    ledger_.emplace(*store_, [](std::string_view octets) { return "signed " + hex(octets); });
  }
  void close() {
    reader_.reset();
    ledger_.reset();
    store_.reset();
  }

  void tell(const Fact& fact) const { under_test_.tell(fact); }
  Store& store() { return *store_; }
  Chain& chain() { return *store_->chains().front(); }
  Ledger& ledger() { return *ledger_; }

  Fact ask(std::string_view kind, std::string_view key) {
    Inquiry inquiry{.request_id = {kAgent, kBroker, kNever}};
    inquiry.facts.ask(kind, key);
    reader_->answer({&inquiry, 1});
    return inquiry.facts.all().front();
  }
  std::optional<Replay> before(const RequestId& id) {
    Inquiry inquiry{.request_id = id};
    reader_->answer({&inquiry, 1});
    return inquiry.before;
  }
  void answer(std::span<Inquiry> inquiries) { reader_->answer(inquiries); }

  // An accepted return of the hub that rests on what the store answers now.
  Outcome outcome(std::uint64_t counter, Eui64 hub = kHub) {
    Outcome outcome;
    outcome.request_id = {kAgent, kBroker, counter};
    outcome.digest = std::string(32, '\x80');
    outcome.srv = "8.14.3";
    outcome.role = "SNA";
    outcome.device_id = hub;
    outcome.code = "I99";
    outcome.reason = "accepted";
    outcome.received_at = kReceived;
    outcome.decided_at = kReceived + 1;
    outcome.handler = "ch-returns 1.0.0 abcdef";
    outcome.settings_hash = "0123";
    if (counter % 2 == 0) outcome.trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    outcome.items = {{"DeviceID", hub.text()}, {"AdditionalInformation", "\"\u00A3\"\n<&>"}};
    outcome.request = std::string("<request>\0</request>", 20);
    outcome.response = "<response/>" + std::to_string(counter);
    rest_on(outcome, host::kUserFact, kAgent.text());
    rest_on(outcome, host::kDeviceFact, hub.text());
    rest_on(outcome, host::kActsFact, *host::acts_key(kAgent.value, hub.value, kReceived));
    return outcome;
  }
  void rest_on(Outcome& outcome, std::string_view kind, std::string_view key, bool used = true) {
    outcome.facts.push_back(ask(kind, key));
    outcome.facts.back().used = used;
  }

  void commit(const std::vector<Outcome>& outcomes, const Results& expected,
              const std::string& what) {
    std::vector<const Outcome*> batch;
    batch.reserve(outcomes.size());
    for (const Outcome& outcome : outcomes) batch.push_back(&outcome);
    require_same(text(ledger_->commit(batch)), text(expected), what);
  }

  std::vector<StoredOutcome> stored(Store::Which which = Store::Which::all) {
    return chain().outcomes(which, 0, 10'000, true);
  }
  void require_whole(std::size_t records) {
    const AuditReport report = verify_audit(*store_, {});
    require(report.findings.empty(),
            "the trail is whole, found: " +
                (report.findings.empty() ? std::string() : report.findings.front()));
    require_same(report.records, static_cast<std::int64_t>(records), "records of the trail");
    require_same(report.chains.front().head.cursor, static_cast<std::int64_t>(records),
                 "the head's cursor");
  }

 private:
  static constexpr std::uint64_t kNever = 4'000'000'000;  // nobody's counter

  const StoreUnderTest& under_test_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<StoreReader> reader_;
  std::optional<Ledger> ledger_;
};

void tells_facts(const StoreUnderTest& store) {
  Bench bench(store);
  require(bench.ask(host::kDeviceFact, kHub.text()).same_answer(device(kHub, "Pending")),
          "a device that is there is told with type and status");
  require(bench.ask(host::kUserFact, kAgent.text()).same_answer(user(kAgent, "SNA", "Active")),
          "a User is told with role and status");
  const Fact acting = acts(kAgent, kHub, "yes");
  require(bench.ask(acting.kind, acting.key).same_answer(acting), "a relation is told, yes");
  const Fact not_acting = acts(kBroker, kHub, "no");
  require(bench.ask(not_acting.kind, not_acting.key).same_answer(not_acting),
          "a relation that nobody has told is no");
  require(bench.ask(host::kDeviceFact, kOtherHub.text()).state == Fact::State::not_there,
          "a device that is not there is told so");
  require(bench.ask("no.such.kind", "x").state == Fact::State::unavailable,
          "a kind that the store does not have is unavailable, not absent");
  bench.tell(device(kHub, "Commissioned"));
  require(bench.ask(host::kDeviceFact, kHub.text()).same_answer(device(kHub, "Commissioned")),
          "what has changed is told anew");
}

void tells_many(const StoreUnderTest& store) {
  Bench bench(store);
  bench.commit({bench.outcome(1)}, {committed}, "a first outcome");
  std::vector<Inquiry> inquiries(300);
  for (std::size_t i = 0; i < inquiries.size(); ++i) {
    inquiries[i].request_id = {kAgent, kBroker, i + 1};
    inquiries[i].facts.ask(host::kDeviceFact, (i % 2 == 0 ? kHub : kOtherHub).text());
    inquiries[i].facts.ask("mine", "k").is_there({{"a", "b"}}, 7);
  }
  bench.answer(inquiries);
  for (std::size_t i = 0; i < inquiries.size(); ++i) {
    require(inquiries[i].before.has_value() == (i == 0), "each has its own earlier answer");
    if (i == 0) continue;
    const auto& facts = inquiries[i].facts.all();
    require(facts[0].state == (i % 2 == 0 ? Fact::State::there : Fact::State::not_there),
            "each has its own facts");
    require(facts[1].value("a") == "b" && facts[1].revision == 7,
            "a fact that was not asked stays as it was");
  }
}

void reads_back(const StoreUnderTest& store) {
  Bench bench(store);
  Outcome outcome = bench.outcome(7);
  bench.rest_on(outcome, host::kDeviceFact, kOtherHub.text(), false);
  Outcome rejected = bench.outcome(8);
  rejected.code = "E5";
  rejected.device_id.reset();
  rejected.items.clear();
  rejected.facts.clear();
  bench.commit({outcome, rejected}, {committed, committed}, "two outcomes");
  bench.close();
  bench.open();
  const auto stored = bench.stored();
  require_same(stored.size(), std::size_t{2}, "outcomes after the store was opened again");
  const std::array<const Outcome*, 2> written{&outcome, &rejected};
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const StoredOutcome& read = stored[i];
    const auto as_text = [&](const Outcome& what) {
      return record_to_json({what, read.cursor, read.accepted_return, read.repeated,
                             items_to_json(what.items), facts_to_json(what.facts), read.hash});
    };
    require_same(as_text(read.outcome), as_text(*written[i]), "an outcome as it is read");
  }
  require(stored[0].accepted_return && !stored[1].accepted_return, "only I99 is a return");
  const auto heads = bench.chain().outcomes(Store::Which::all, 0, 10, false);
  require(heads.at(0).outcome.request.empty() && heads.at(0).outcome.response.empty(),
          "messages are left out if nobody wants them");
  const auto before = bench.before(outcome.request_id);
  require(before && before->digest == outcome.digest && before->response == outcome.response,
          "the earlier answer, octet for octet");
  require(!bench.before({kAgent, kBroker, 9}), "an unknown RequestID has no answer");
}

void pages(const StoreUnderTest& store) {
  Bench bench(store);
  for (std::uint64_t counter = 1; counter <= 6; ++counter) {
    Outcome outcome = bench.outcome(counter);
    if (counter % 2 == 0) outcome.code = "E4";
    bench.commit({outcome}, {committed}, "an outcome");
  }
  const auto counters = [&](Store::Which which, std::int64_t after, std::size_t limit) {
    std::string all;
    for (const StoredOutcome& one : bench.chain().outcomes(which, after, limit, false))
      all +=
          std::to_string(one.cursor) + ":" + std::to_string(one.outcome.request_id.counter) + " ";
    return all;
  };
  using enum Chain::Which;
  require_same(counters(all, 0, 100), std::string("1:1 2:2 3:3 4:4 5:5 6:6 "), "all of them");
  require_same(counters(all, 2, 3), std::string("3:3 4:4 5:5 "), "three after the second");
  require_same(counters(all, 6, 3), std::string(), "after the last");
  require_same(counters(accepted_returns, 0, 100), std::string("1:1 3:3 5:5 "), "the returns");
  require_same(counters(accepted_returns, 1, 1), std::string("3:3 "), "the return after the first");
}

void keeps_request_ids_apart(const StoreUnderTest& store) {
  Bench bench(store);
  std::vector<Outcome> outcomes;
  for (const std::uint64_t counter : {std::uint64_t{1}, std::uint64_t{1} << 63, UINT64_MAX})
    outcomes.push_back(bench.outcome(counter));
  for (const Eui64 originator : {Eui64{0}, Eui64{UINT64_MAX}}) {
    outcomes.push_back(bench.outcome(1));
    outcomes.back().request_id.originator = originator;
  }
  bench.commit(outcomes, Results(outcomes.size(), committed), "RequestIDs that differ");
  for (const Outcome& outcome : outcomes)
    require(bench.before(outcome.request_id)->response == outcome.response, "each has its answer");
  bench.commit(outcomes, Results(outcomes.size(), duplicate), "the same again");
  const Outcome twice = bench.outcome(2);
  bench.commit({twice, twice}, {committed, duplicate}, "twice in a batch");
  bench.require_whole(outcomes.size() + 1);
}

void flags_repeated(const StoreUnderTest& store) {
  Bench bench(store);
  bench.tell(device(kOtherHub, "Pending"));
  Outcome rejected = bench.outcome(1);
  rejected.code = "E5";
  bench.commit({rejected, bench.outcome(2), bench.outcome(3), bench.outcome(4, kOtherHub)},
               Results(4, committed), "a batch");
  bench.commit({bench.outcome(5)}, {committed}, "once more");
  std::string flags;
  for (const StoredOutcome& one : bench.stored()) flags += one.repeated ? '1' : '0';
  require_same(flags, std::string("00101"), "which are repeated");
}

void refuses_what_is_stale(const StoreUnderTest& store) {
  Bench bench(store);
  const Outcome before = bench.outcome(1);
  Outcome does_not_use = bench.outcome(2);
  for (Fact& fact : does_not_use.facts) fact.used = fact.kind != host::kDeviceFact;
  Outcome absent = bench.outcome(3);
  bench.rest_on(absent, host::kDeviceFact, kOtherHub.text());
  bench.tell(device(kHub, "Commissioned"));
  bench.tell(device(kOtherHub, "Pending"));
  absent.facts.erase(absent.facts.begin() + 1);  // rests on the absence alone
  bench.commit({before, does_not_use, absent}, {stale, committed, stale},
               "what has changed since, and what nobody used");
  require(!bench.before(before.request_id), "a stale outcome uses up no RequestID");
  bench.tell(device(kHub, "Pending"));
  bench.commit({before}, {committed}, "a device that changed there and back");
  const Outcome agents = bench.outcome(4);
  bench.tell(acts(kAgent, kHub, "no"));
  bench.commit({agents}, {stale}, "a relation that ended");
  bench.tell(acts(kAgent, kHub, "yes"));
  bench.tell(user(kBroker, "EIS", "Active"));
  bench.commit({agents}, {committed}, "a relation that holds again, whatever its revision");
  const Outcome users = bench.outcome(5);
  bench.tell(user(kAgent, "SNA", "Suspended"));
  bench.commit({users}, {stale}, "a User that was suspended");
  bench.require_whole(3);
}

void aborts(const StoreUnderTest& store) {
  Bench bench(store);
  bench.close();
  const auto broken = store.open();
  const Outcome outcome = [&] {
    Outcome made;
    made.request_id = {kAgent, kBroker, 1};
    made.code = "E1";
    return made;
  }();
  const std::array<const Outcome*, 1> batch{&outcome};
  {
    Ledger ledger(*broken, [](std::string_view) -> std::string { throw StoreError("no key"); });
    try {
      ledger.commit(batch);
      throw BrokenPromise("a head that cannot be signed ends the transaction");
    } catch (const StoreError&) {
      require_same(broken->chains().front()->outcomes(Store::Which::all, 0, 10, false).size(),
                   std::size_t{0}, "outcomes after a transaction that was aborted");
    }
  }
  require_same(text(Ledger(*broken).commit(batch)), text({committed}), "the same, afterwards");
}

void commits_many(const StoreUnderTest& store) {
  Bench bench(store);
  std::vector<Outcome> outcomes;
  for (std::uint64_t counter = 1; counter <= 256; ++counter)
    outcomes.push_back(bench.outcome(counter));
  bench.commit(outcomes, Results(outcomes.size(), committed), "a batch of 256");
  bench.commit({}, {}, "a batch of none");
  bench.ledger().check();
  bench.require_whole(256);
  require_same(bench.chain().audit_head().signature,
               "signed " + hex(audit_head_text(256, bench.chain().audit_head().hash)),
               "the head's signature");
}

void holds_still(const StoreUnderTest& store) {
  Bench bench(store);
  const Outcome outcome = bench.outcome(1);
  bench.close();
  const auto opened = store.open();
  const auto writer = opened->writer(0);
  const std::array<const Outcome*, 1> batch{&outcome};
  std::array<Standing, 1> standings;
  writer->begin(batch, standings);
  auto change = std::async(std::launch::async, [&] { store.tell(device(kHub, "Commissioned")); });
  // Who keeps the promise passes however slow the machine is.
  const bool changed = change.wait_for(std::chrono::milliseconds(200)) == std::future_status::ready;
  writer->abort();
  change.get();
  require(!changed, "nothing that begin() told changes before the transaction has ended");
}

void serves_threads(const StoreUnderTest& store) {
  Bench bench(store);
  std::array<std::future<void>, 3> readers;
  std::atomic<bool> done = false;
  for (std::future<void>& one : readers) {
    one = std::async(std::launch::async, [&] {
      const auto reader = bench.store().reader();
      std::size_t seen = 0;
      while (!done) {
        const std::size_t now = bench.chain().outcomes(Store::Which::all, 0, 1000, false).size();
        require(now >= seen, "outcomes do not disappear");
        seen = now;
        if (seen == 0) continue;
        Inquiry inquiry{.request_id = {kAgent, kBroker, seen}};
        reader->answer({&inquiry, 1});
        require(inquiry.before.has_value(), "what is listed has its answer");
      }
    });
  }
  try {
    for (std::uint64_t counter = 1; counter <= 40; ++counter) {
      bench.tell(device(kOtherHub, counter % 2 == 0 ? "Pending" : "Recovered"));
      bench.commit({bench.outcome(counter)}, {committed}, "an outcome beside readers");
    }
  } catch (...) {
    done = true;
    throw;
  }
  done = true;
  for (auto& reader : readers) reader.get();
}

void serves_lanes(const StoreUnderTest& store) {
  Bench bench(store);
  bench.tell(device(kOtherHub, "Pending"));
  const std::size_t lanes = bench.store().lanes();
  constexpr std::uint64_t kShared = 20, kOwn = 20;
  std::vector<Outcome> shared;
  for (std::uint64_t counter = 1; counter <= kShared; ++counter)
    shared.push_back(bench.outcome(counter, kOtherHub));
  std::atomic<std::size_t> once = 0;
  std::vector<std::future<void>> committing;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    std::vector<Outcome> own;
    for (std::uint64_t i = 1; i <= kOwn; ++i)
      own.push_back(bench.outcome(1000 * (lane + 1) + i, kOtherHub));
    committing.push_back(std::async(std::launch::async, [&, lane, own = std::move(own)] {
      // The first lane's is the bench's.
      std::optional<Ledger> opened;
      if (lane > 0) opened.emplace(bench.store(), SignHead{}, lane);
      Ledger& ledger = opened ? *opened : bench.ledger();
      for (std::size_t i = 0; i < own.size(); ++i) {
        const std::array<const Outcome*, 2> batch{&shared[i], &own[i]};
        const Results results = ledger.commit(batch);
        require_same(text({results[1]}), text({committed}), "an outcome of a lane's own");
        if (results[0] == committed) ++once;
      }
    }));
  }
  for (auto& one : committing) one.get();
  require_same(once.load(), std::size_t{kShared}, "outcomes that all lanes were to store");
  const AuditReport report = verify_audit(bench.store(), {});
  require(report.findings.empty(), "the trail is whole");
  require_same(report.chains.size(), lanes, "chains");
  require_same(report.records, static_cast<std::int64_t>(kShared + kOwn * lanes), "records");
  std::size_t first = 0;
  for (Chain* const chain : bench.store().chains()) {
    for (const StoredOutcome& stored : chain->outcomes(Chain::Which::all, 0, 1000, false)) {
      require_same(stored.chain, chain->name(), "the chain of an outcome");
      if (!stored.repeated) ++first;
    }
  }
  require_same(first, std::size_t{1}, "first returns of a hub, whatever the lane");
}

void remembers_what_was_archived(const StoreUnderTest& store) {
  Bench bench(store);
  if (bench.chain().retention() == nullptr) return;  // it keeps everything
  bench.tell(device(kOtherHub, "Pending"));
  constexpr std::uint64_t kLarge = (1ULL << 63) + 4;  // negative, where integers are signed
  const std::vector<Outcome> outcomes{bench.outcome(1), bench.outcome(2), bench.outcome(kLarge),
                                      bench.outcome(5, kOtherHub)};
  bench.commit(outcomes, Results(4, committed), "four outcomes");
  const auto signed_start = [](std::string_view text) { return "signed " + hex(text); };
  {
    Retention retention(bench.chain(), signed_start);
    retention.remove(3, {});
    retention.give_back_room();
  }
  bench.close();
  bench.open();
  const AuditStart start = bench.chain().audit_start();
  require_same(start.cursor, std::int64_t{3}, "where the trail begins");
  require_same(start.signature, signed_start(audit_start_text(3, start.hash)), "its signature");
  const AuditReport report = verify_audit(bench.store(), {});
  require(report.findings.empty() && report.records == 1, "the trail is whole from there");
  const auto before = bench.before(outcomes[2].request_id);
  require(before && before->digest == outcomes[2].digest && before->archived == 3 &&
              before->chain == bench.chain().name(),
          "what was archived is remembered, and where");
  bench.commit(outcomes, Results(4, duplicate), "the same again");
  bench.commit({bench.outcome(3)}, {committed}, "another return of a hub whose return is archived");
  require(bench.stored().back().repeated, "a return is repeated, even if the first was archived");

  Retention retention(bench.chain(), {});
  require_same(retention.forget(kReceived + 1), std::int64_t{0}, "forgotten too early");
  require_same(retention.forget(kReceived + 2), std::int64_t{3}, "forgotten RequestIDs");
  require(!bench.before(outcomes[2].request_id), "what is forgotten is not known");
  Inquiry inquiry{.request_id = {kAgent, kBroker, 7}};
  bench.answer({&inquiry, 1});
  require(inquiry.forgotten == kLarge, "the highest counter that was forgotten is told");
  bench.commit({bench.outcome(1), bench.outcome(kLarge), bench.outcome(kLarge + 1)},
               {duplicate, duplicate, committed}, "counters up to it, and the one after");
  retention.remove(4, {});
  retention.forget(kReceived + 2);
  bench.answer({&inquiry, 1});
  require(inquiry.forgotten == kLarge, "a lower counter that is forgotten later lowers nothing");
}

// The child: commits batches of two for ever, and says so of each when it is on disk.
[[noreturn]] void commit_for_ever(const StoreUnderTest& store, std::uint64_t first, int told) {
  try {
    Bench bench(store);
    for (std::uint64_t counter = first;; counter += 2) {
      bench.commit({bench.outcome(counter), bench.outcome(counter + 1)}, {committed, committed},
                   "two outcomes");
      if (::write(told, &counter, sizeof counter) != sizeof counter) ::_exit(1);
    }
  } catch (const std::exception& error) {
    [[maybe_unused]] const auto ignored =
        ::write(STDERR_FILENO, error.what(), std::string_view(error.what()).size());
    ::_exit(1);
  }
}

// Kills it after some acknowledged batches, in the midst of whatever it does then. Returns the
// counter of the last one.
std::uint64_t kill_after(const StoreUnderTest& store, std::uint64_t first, int batches) {
  std::array<int, 2> ends{};
  require(::pipe(ends.data()) == 0, "a pipe can be made");
  const pid_t child = ::fork();
  require(child >= 0, "a process can be started");
  if (child == 0) {
    ::close(ends[0]);
    commit_for_ever(store, first, ends[1]);
  }
  ::close(ends[1]);
  std::uint64_t last = 0;
  const auto next = [&] { return ::read(ends[0], &last, sizeof last) == sizeof last; };
  int acknowledged = 0;
  while (acknowledged < batches && next()) ++acknowledged;
  ::kill(child, SIGKILL);
  while (next()) {
  }
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  require_same(acknowledged, batches, "batches before the kill");
  return last;
}

void survives_kills(const StoreUnderTest& store) {
  constexpr int kKills = 6;
  std::size_t records = 0;
  for (int kill = 1; kill <= kKills; ++kill) {
    const std::uint64_t last = kill_after(store, records + 1, kill * 3);
    Bench bench(store);
    records = bench.stored().size();
    require(records >= last + 1, "what was acknowledged is there: expected " +
                                     std::to_string(last + 1) + ", found " +
                                     std::to_string(records));
    require(records % 2 == 0, "a batch is stored as a whole");
    bench.require_whole(records);
    require(bench.before({kAgent, kBroker, records}).has_value(), "the last has its answer");
  }
}

constexpr StorePromise kPromises[] = {
    {"tells facts", tells_facts},
    {"tells facts and earlier answers for many requests in one call", tells_many},
    {"gives outcomes back as they were stored", reads_back},
    {"gives pages of outcomes in commit order", pages},
    {"keeps RequestIDs apart, and each once", keeps_request_ids_apart},
    {"knows which hub was returned before", flags_repeated},
    {"tells what has changed since a decision", refuses_what_is_stale},
    {"stores nothing of a transaction that was aborted", aborts},
    {"takes a large batch in one transaction, with its head", commits_many},
    {"holds still between begin and the end of a transaction", holds_still},
    {"serves many threads", serves_threads},
    {"serves all of its lanes at once", serves_lanes},
    {"remembers what was archived, if it does not keep everything", remembers_what_was_archived},
    {"loses nothing that was acknowledged when it is killed", survives_kills},
};

}  // namespace

std::span<const StorePromise> store_promises() {
  return kPromises;
}

int check_store(const std::function<StoreUnderTest()>& fresh, std::ostream& out) {
  int broken = 0;
  for (const StorePromise& promise : store_promises()) {
    try {
      promise.check(fresh());
      out << "ok    " << promise.text << '\n';
    } catch (const std::exception& error) {
      ++broken;
      out << "FAIL  " << promise.text << ": " << error.what() << '\n';
    }
  }
  return broken;
}

}  // namespace dcc::adaptor
