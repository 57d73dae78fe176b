// SPDX-License-Identifier: Apache-2.0
//
// Hosts that commit, against somebody who changes what they rest on, in psql. Afterwards it is
// judged by what the server remembers of both: at each commit, did every fact that it rested on
// hold? Without the gate it does not, which shows that the judge can tell.
#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "fixture.hpp"

using namespace sample;

namespace {

const std::int64_t kDuring = unix_ms("2026-06-15", kNoon);

// Something that happens again and again.
class Event {
 public:
  void happens() {
    const std::lock_guard lock(mutex_);
    ++count_;
    changed_.notify_all();
  }
  // Until it has happened so often, but no longer than that.
  void wait_for(std::size_t times, std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, at_most, [&, end = count_ + times] { return count_ >= end; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
};

// A change, and a commit, whatever became of it.
struct Events {
  Event change, commit;
};

// Each change stands in `history` with what is the answer from its commit on.
constexpr std::array kSteps{
    "UPDATE duis.devices SET status = 'Commissioned'; INSERT INTO history VALUES('device',"
    " 'Commissioned')",
    "DELETE FROM duis.orders; INSERT INTO history VALUES('acts', 'no')",
    "DELETE FROM duis.devices; INSERT INTO history VALUES('device', 'absent')",
    "INSERT INTO duis.orders SELECT hub, supplier FROM ids; INSERT INTO history VALUES('acts',"
    " 'yes')",
    "INSERT INTO duis.devices(device_id, type, status) SELECT hub, 'CHF', 'Pending' FROM ids;"
    " INSERT INTO history VALUES('device', 'Pending')",
    "UPDATE duis.users SET status = 'Suspended' WHERE role = 'EIS';"
    " INSERT INTO history VALUES('acts', 'no')",
    "UPDATE duis.users SET status = 'Active' WHERE role = 'EIS';"
    " INSERT INTO history VALUES('acts', 'yes')",
};

void change_for_ever(const Database& database, Events& events, const std::atomic<bool>& done) {
  auto session = database.session();
  for (std::size_t step = 0; !done; step = (step + 1) % kSteps.size()) {
    session.run(std::string("BEGIN; ") + kSteps[step] + "; COMMIT");
    events.change.happens();
    // Or all that is decided would be stale.
    events.commit.wait_for(4, std::chrono::milliseconds(100));
  }
}

// Decides by what is told, and rests on it: a return is accepted if the hub is pending and the
// agent acts.
void commit_many(Store& store, std::uint64_t first, std::uint64_t count, Events& events) {
  const auto reader = store.reader();
  // Between the two round trips there is time for a change, if nothing keeps it from happening.
  Ledger ledger(store, [&](std::string_view) {
    events.change.wait_for(1, std::chrono::milliseconds(5));
    return std::string();
  });
  for (std::uint64_t counter = first; counter < first + count; ++counter) {
    Inquiry inquiry{.request_id = {kAgent, kBroker, counter}};
    inquiry.facts.ask(dcc::host::kDeviceFact, kHub.text());
    inquiry.facts.ask(dcc::host::kActsFact,
                      *dcc::host::acts_key(kAgent.value, kHub.value, kDuring));
    reader->answer({&inquiry, 1});
    Outcome made = outcome(counter);
    made.facts = inquiry.facts.all();
    for (Fact& fact : made.facts) fact.used = true;
    const bool accepted =
        made.facts[0].value("status") == "Pending" && made.facts[1].value("acts") == "yes";
    if (!accepted) made.code = "E5";
    commit(ledger, made);
    events.commit.happens();
  }
}

struct Judged {
  std::size_t outcomes = 0, accepted = 0, absent = 0;
  std::size_t violations = 0;
};

// By the times at which the server ended the transactions: who waits for a lock ends after him who
// held it.
Judged judge(const Database& database, Store& store) {
  auto session = database.session();
  std::map<std::string, std::map<std::int64_t, std::string>> history;
  const std::string at = "(extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::int8";
  for (const auto& row : session.run("SELECT what, value, " + at + " FROM history")) {
    history[row[0]][std::stoll(row[2])] = row[1];
  }
  std::map<std::pair<std::string, std::int64_t>, std::int64_t> committed_at;
  for (const auto& row :
       session.run("SELECT c.host || '.' || c.lane, o.seq, o.at FROM (SELECT chain, seq, " + at +
                   " AS at FROM duis.outcomes_2023_11) o JOIN duis.chains c USING (chain)")) {
    committed_at[{row[0], std::stoll(row[1])}] = std::stoll(row[2]);
  }
  const auto at_that_time = [&](const std::string& what, std::int64_t when) {
    return std::prev(history.at(what).lower_bound(when))->second;
  };
  Judged judged;
  for (const StoredOutcome& stored : all_of(store)) {
    const std::int64_t when = committed_at.at({stored.chain, stored.cursor});
    const Fact &device = stored.outcome.facts.at(0), &acts = stored.outcome.facts.at(1);
    const bool absent = device.state == Fact::State::not_there;
    const std::string status = absent ? "absent" : std::string(*device.value("status"));
    const bool holds =
        status == at_that_time("device", when) && *acts.value("acts") == at_that_time("acts", when);
    ++judged.outcomes;
    judged.accepted += stored.accepted_return ? 1 : 0;
    judged.absent += absent ? 1 : 0;
    judged.violations += holds ? 0 : 1;
  }
  return judged;
}

Judged race(support::PostgresqlServer& of, bool with_gate) {
  constexpr std::uint64_t kEach = 150;
  const Database database(of);
  auto session = database.session();
  fill(*database.open());
  session.run(
      "CREATE TABLE history(what text, value text);"
      " CREATE TABLE ids AS SELECT device_id AS hub, supplier_id AS supplier"
      " FROM duis.orders");
  session.run("INSERT INTO history VALUES('device', 'Pending'), ('acts', 'yes')");
  std::vector<std::unique_ptr<Store>> hosts;
  for (const char* name : {"host-a", "host-b", "host-c"}) hosts.push_back(database.open(name));
  if (!with_gate) {
    for (const char* table : {"users", "orders", "appointments", "revisions", "devices"}) {
      session.run(std::string("DROP TRIGGER gate ON duis.") + table);
    }
  }
  Events events;
  std::atomic<bool> done = false;
  std::thread importer([&] { change_for_ever(database, events, done); });
  std::vector<std::thread> committing;
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    committing.emplace_back([&, i] { commit_many(*hosts[i], 1 + i * kEach, kEach, events); });
  }
  for (std::thread& one : committing) one.join();
  done = true;
  importer.join();
  return judge(database, *hosts.front());
}

}  // namespace

TEST_CASE("what an outcome rests on holds when it is committed, and not without the gate") {
  support::PostgresqlServer of(false, {"track_commit_timestamp=on"});
  const Judged with_gate = race(of, true);
  CHECK(with_gate.violations == 0);
  CHECK(with_gate.outcomes > 50);
  CHECK(with_gate.accepted > 5);
  CHECK(with_gate.absent > 5);
  const Judged without_gate = race(of, false);
  CHECK(without_gate.violations > 0);
}
