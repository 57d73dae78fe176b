// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/writer.hpp"

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "store/postgresql/facts.hpp"
#include "store/postgresql/records.hpp"

namespace sample::postgresql {
namespace {

using dcc::adaptor::Record;
using dcc::adaptor::Standing;
using dcc::adaptor::WriteConflict;
using dcc::host::Fact;
using Type = Column::Type;

constexpr std::chrono::milliseconds kPauseBetweenAttempts{50};

const Statement kChain{"chain",
                       "SELECT chain FROM duis.chains WHERE host = $1::text AND lane = $2::int8"};
const Statement kNewChain{"new_chain",
                          "INSERT INTO duis.chains(host, lane) VALUES($1::text, $2::int8)"
                          " ON CONFLICT DO NOTHING"};

const Statement kBegin{"begin", "BEGIN ISOLATION LEVEL READ COMMITTED"};
const Statement kCommit{"commit", "COMMIT"};
const Statement kRollback{"rollback", "ROLLBACK"};
// Waits for a commit of an earlier connection of this chain that is still under way.
const Statement kHead{
    "head", "SELECT seq, hash, signature FROM duis.chains WHERE chain = $1::int8 FOR UPDATE"};
// Changes nothing and is written all the same.
const Statement kTouch{"touch", "UPDATE duis.chains SET seq = seq WHERE chain = $1::int8"};
// Statements of their own, so that those behind them see what was committed before they held.
const Statement kGate{"gate",
                      "SELECT pg_advisory_xact_lock_shared(1, 0),"
                      " pg_advisory_xact_lock_shared(1, 1), pg_advisory_xact_lock_shared(1, 2)"};
const Statement kHubs{"hubs", "SELECT pg_advisory_xact_lock(hub) FROM unnest($1::int8[]) AS hub"};
// Both in one statement: a RequestID that is forgotten meanwhile is either known here or not above
// what was forgotten. One that is neither was never answered, and may become forgotten before the
// commit. OFFSET 0: as in facts.cpp.
const Statement kKnown{
    "known",
    "SELECT n, i.seq, f.counter"
    " FROM unnest($1::int8[], $2::int8[], $3::int8[]) WITH ORDINALITY AS q(a, b, c, n)"
    " LEFT JOIN LATERAL (SELECT seq FROM duis.request_ids"
    " WHERE originator = q.a AND target = q.b AND counter = q.c OFFSET 0) i ON true"
    " LEFT JOIN LATERAL (SELECT counter FROM duis.forgotten WHERE originator = q.a OFFSET 0) f"
    " ON true WHERE i.seq IS NOT NULL OR f.counter IS NOT NULL"};
const Statement kReturned{"returned",
                          "SELECT n FROM unnest($1::int8[]) WITH ORDINALITY AS q(hub, n)"
                          " CROSS JOIN LATERAL (SELECT FROM duis.returns WHERE device_id = q.hub"
                          " OFFSET 0) r"};

// Both are chains' ends.
bool same(const AuditHead& one, const AuditHead& other) {
  return one.cursor == other.cursor && one.hash == other.hash;
}

AuditHead read_head(const Rows& rows) {
  return {rows.integer(0, 0), std::string(rows.text(0, 1)), std::string(rows.text(0, 2))};
}

// What is asked of the batch in its first round trip.
class Questions {
 public:
  Questions(std::span<const Outcome* const> batch, std::span<Standing> standings)
      : batch_(batch), standings_(standings) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const Outcome& outcome = *batch[i];
      originators_.add(outcome.request_id.originator);
      targets_.add(outcome.request_id.target);
      counters_.add(as_signed(outcome.request_id.counter));
      if (outcome.accepted() && outcome.device_id) {
        hubs_.add(*outcome.device_id);
        returns_.push_back(i);
      }
      ask_for_facts(i);
    }
  }

  void put(std::vector<Call>& calls) const {
    if (!returns_.empty()) calls.push_back({kHubs, Parameters(locks())});
    calls.push_back({kKnown, Parameters(originators_, targets_, counters_)});
    if (!returns_.empty()) calls.push_back({kReturned, Parameters(hubs_)});
    facts_.put(calls);
  }

  // `rows`: what the calls gave.
  void read(std::span<const Rows> rows) {
    if (!returns_.empty()) rows = rows.subspan(1);
    each_number(rows[0], [&](std::size_t i, int row) {
      standings_[i].is_known = !rows[0].is_null(row, 1);
      if (!rows[0].is_null(row, 2)) standings_[i].forgotten = rows[0].eui(row, 2).value;
    });
    rows = rows.subspan(1);
    if (!returns_.empty()) {
      each_number(rows[0],
                  [&](std::size_t i, int) { standings_[returns_[i]].was_returned = true; });
      rows = rows.subspan(1);
    }
    facts_.read(rows, [&](std::size_t place) -> Fact& { return changed(used_[place]); });
  }

 private:
  struct Used {
    std::size_t outcome;
    const Fact* fact;
  };

  void ask_for_facts(std::size_t i) {
    for (const Fact& fact : batch_[i]->facts) {
      if (!fact.used) continue;
      if (facts_.ask(fact, fact.revision, used_.size())) {
        used_.push_back({i, &fact});
      } else {
        FactQuestions::is_unanswered(changed({i, &fact}));
      }
    }
  }

  Fact& changed(const Used& used) {
    Fact& now = standings_[used.outcome].changed.emplace_back();
    now.kind = used.fact->kind;
    now.key = used.fact->key;
    return now;
  }

  // In one order, so that no two lanes wait for each other.
  Column locks() const {
    std::vector<Eui64> sorted;
    sorted.reserve(returns_.size());
    for (const std::size_t i : returns_) sorted.push_back(*batch_[i]->device_id);
    std::ranges::sort(sorted);
    Column column(Type::int8);
    Eui64 last;
    for (const Eui64 hub : sorted) {
      if (column.size() == 0 || hub != last) column.add(hub);
      last = hub;
    }
    return column;
  }

  static void each_number(const Rows& rows, const auto& take) {
    for (int row = 0; row < rows.size(); ++row) {
      take(static_cast<std::size_t>(rows.integer(row, 0) - 1), row);
    }
  }

  std::span<const Outcome* const> batch_;
  std::span<Standing> standings_;
  Column originators_{Type::int8}, targets_{Type::int8}, counters_{Type::int8}, hubs_{Type::int8};
  std::vector<std::size_t> returns_;  // which of the batch may be accepted returns
  std::vector<Used> used_;
  FactQuestions facts_;
};

}  // namespace

Writer::Writer(std::shared_ptr<Server> server, const std::string& host, std::size_t lane)
    : server_(std::move(server)), name_(host + "." + std::to_string(lane)) {
  auto connection = server_->connect_for_requests();
  const Parameters its_name(host, static_cast<std::int64_t>(lane));
  const Deadline by = deadline();
  connection->run(kNewChain, its_name, by);
  chain_ = connection->run(kChain, its_name, by).integer(0, 0);
  head_ = pass_barrier(*connection, by);
  connection_ = std::move(connection);
}

AuditHead Writer::begin(std::span<const Outcome* const> batch, std::span<Standing> standings) {
  require_own_chain();
  Questions questions(batch, standings);
  std::vector<Call> calls{{kBegin}, {kHead, Parameters(chain_)}, {kGate}};
  questions.put(calls);
  const std::vector<Rows> rows = ask(calls);
  settle(read_head(rows[1]));
  questions.read(std::span(rows).subspan(3));
  return head_;
}

// Nothing is stored by that, so it is asked again if the connection had been lost since the last
// batch.
std::vector<Rows> Writer::ask(std::span<const Call> calls) {
  const Deadline by = deadline();
  const bool is_new = connection_ == nullptr;
  try {
    return attempt(calls);
  } catch (const ConnectionLost&) {
    if (is_new || Clock::now() >= by) throw;
  }
  return attempt(calls);
}

std::vector<Rows> Writer::attempt(std::span<const Call> calls) {
  if (!connection_) connect();
  is_in_transaction_ = true;
  try {
    return connection_->run(calls, deadline());
  } catch (const ConnectionLost&) {
    connection_.reset();
    throw;
  }
}

void Writer::commit(std::span<const Record> records, const AuditHead& end) {
  if (!connection_) throw StoreError(server_->target().text() + ": no transaction was begun");
  try {
    store(records, end);
  } catch (const Refused& refused) {
    if (refused.code != kUniqueViolation || refused.table != "request_ids") throw;
    throw WriteConflict(refused.what());
  } catch (const ConnectionLost&) {
    connection_.reset();
    if (records.empty()) return;  // there was nothing to store
    sent_ = end;
    resolve();
    if (same(head_, end)) return;
    throw WriteConflict(server_->target().text() + ": the connection was lost before the commit");
  }
  if (!records.empty()) head_ = end;
}

void Writer::store(std::span<const Record> records, const AuditHead& end) {
  std::vector<Call> calls;
  if (!records.empty()) {
    put_records(chain_, records, calls);
    calls.push_back(new_end(chain_, end));
  }
  calls.push_back({kCommit});
  const std::vector<Rows> rows = connection_->run(calls, deadline());
  is_in_transaction_ = false;
  // The commit is on this server's disk and perhaps nowhere else.
  if (connection_->warning()) throw ConnectionLost(*connection_->warning());
  if (rows.back().command() != "COMMIT") {
    throw StoreError(server_->target().text() + ": the commit was answered with " +
                     std::string(rows.back().command()));
  }
}

void Writer::abort() noexcept {
  if (!std::exchange(is_in_transaction_, false) || !connection_) return;
  try {
    connection_->run(kRollback, {}, deadline());
  } catch (const StoreError&) {
    connection_.reset();
  }
}

void Writer::check() {
  require_own_chain();
  if (!connection_) return connect();
  try {
    settle(pass_barrier(*connection_, deadline()));
  } catch (const StoreError&) {
    connection_.reset();
    throw;
  }
}

void Writer::connect() {
  is_in_transaction_ = false;
  auto connection = server_->connect_for_requests();
  settle(pass_barrier(*connection, deadline()));
  connection_ = std::move(connection);
}

// Until it is known what became of the commit that was sent.
void Writer::resolve() {
  const Deadline by = deadline();
  for (;;) {
    try {
      return connect();
    } catch (const StoreError& error) {
      if (is_fenced_) throw;
      if (Clock::now() >= by) {
        throw StoreError(std::string(error.what()) +
                         "; whether the last batch was stored is not known yet");
      }
    }
    std::this_thread::sleep_for(kPauseBetweenAttempts);
  }
}

// Returns where the chain ends, which is on disk then.
AuditHead Writer::pass_barrier(Connection& connection, Deadline deadline) const {
  const std::vector<Call> calls{
      {kBegin}, {kHead, Parameters(chain_)}, {kTouch, Parameters(chain_)}, {kCommit}};
  const std::vector<Rows> rows = connection.run(calls, deadline);
  if (connection.warning()) {
    throw StoreError(server_->target().text() + ": " + *connection.warning());
  }
  return read_head(rows[1]);
}

// Where the chain really ends.
void Writer::settle(const AuditHead& found) {
  if (sent_ && same(found, *sent_)) head_ = *sent_;
  sent_.reset();
  is_fenced_ = !same(found, head_);
  require_own_chain();
}

void Writer::require_own_chain() const {
  if (!is_fenced_) return;
  throw StoreError(server_->target().text() + ": another host commits to chain " + name_ +
                   ", so this one no longer does; is [store] host the same on two machines?");
}

}  // namespace sample::postgresql
