// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/retention.hpp"

#include <string>

namespace sample::postgresql {
namespace {

using Type = Column::Type;

const Statement kOwner{"owner",
                       "SELECT current_user, pg_get_userbyid(relowner),"
                       " pg_has_role(relowner, 'USAGE') FROM pg_class"
                       " WHERE oid = 'duis.outcomes'::regclass"};
// Every look-up is by key, whatever a plan expects of what is deleted.
const Statement kByKey{"by_key",
                       "SELECT set_config('enable_seqscan', 'off', false),"
                       " set_config('enable_hashjoin', 'off', false),"
                       " set_config('enable_mergejoin', 'off', false)"};
const Statement kBegin{"begin", "BEGIN ISOLATION LEVEL READ COMMITTED"};
const Statement kCommit{"commit", "COMMIT"};
const Statement kRollback{"rollback", "ROLLBACK"};
const Statement kStart{"start", "SELECT seq FROM duis.starts WHERE chain = $1::int8"};
// Before the outcomes: a trigger lets only those go that are before it. It never goes back, whoever
// archives beside us.
const Statement kMoveStart{"move_start",
                           "INSERT INTO duis.starts AS s VALUES($1::int8, $2::int8, $3::bytea,"
                           " $4::bytea) ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq,"
                           " hash = excluded.hash, signature = excluded.signature"
                           " WHERE s.seq < excluded.seq"};
// The lower end is for the index, which keeps what was removed for some time. The hub's first
// return and the RequestID have rows of their own, which stay.
const Statement kRemove{"remove",
                        "WITH gone AS (DELETE FROM duis.outcomes WHERE chain = $1::int8"
                        " AND seq > $2::int8 AND seq <= $3::int8"
                        " RETURNING seq, originator, target, counter, code, decided_at)"
                        " INSERT INTO duis.remembered(chain, seq, originator, target, counter,"
                        " code, decided_at) SELECT $1::int8, * FROM gone"};
const Statement kRemembered{"remembered",
                            "SELECT seq, originator, target, counter, decided_at"
                            " FROM duis.remembered WHERE chain = $1::int8"
                            " ORDER BY seq LIMIT $2::int8"};
// Before the RequestIDs: a trigger lets only those go that are not above it.
const Statement kRaiseForgotten{
    "raise_forgotten",
    "INSERT INTO duis.forgotten AS f SELECT * FROM unnest($1::int8[], $2::int8[])"
    " ON CONFLICT (originator) DO UPDATE SET counter = excluded.counter"
    " WHERE duis.in_order(f.counter) < duis.in_order(excluded.counter)"};
const Statement kForget{"forget",
                        "WITH gone AS (DELETE FROM duis.remembered WHERE chain = $1::int8"
                        " AND seq <= $2::int8 RETURNING originator, target, counter)"
                        " DELETE FROM duis.request_ids r USING gone g WHERE r.originator ="
                        " g.originator AND r.target = g.target AND r.counter = g.counter"};

// A day later than the month: a host whose clock is behind, or a commit under way, still has its
// place.
const std::string kIsOver =
    " c.relname ~ '^outcomes_\\d{4}_\\d\\d$' AND c.relkind = 'r'"
    " AND c.relnamespace = 'duis'::regnamespace"
    " AND to_date(c.relname, '\"outcomes_\"YYYY_MM') + interval '1 month 1 day'"
    " < now() AT TIME ZONE 'UTC'";
const Statement kAttached{"attached",
                          "SELECT c.relname, i.inhdetachpending FROM pg_class c JOIN pg_inherits i"
                          " ON i.inhrelid = c.oid AND i.inhparent = 'duis.outcomes'::regclass"
                          " WHERE" +
                              kIsOver + " ORDER BY NOT i.inhdetachpending, c.relname"};
const Statement kDetached{
    "detached",
    "SELECT c.relname,"
    " to_char(to_date(c.relname, '\"outcomes_\"YYYY_MM'), 'YYYY-MM-DD'),"
    " to_char(to_date(c.relname, '\"outcomes_\"YYYY_MM') + interval '1 month',"
    " 'YYYY-MM-DD') FROM pg_class c WHERE" +
        kIsOver +
        " AND NOT EXISTS(SELECT FROM pg_inherits WHERE inhrelid = c.oid)"
        " ORDER BY c.relname"};

}  // namespace

RetentionRows::RetentionRows(std::shared_ptr<Server> server, const ChainRow& chain)
    : server_(std::move(server)), chain_(chain.id), connection_(server_->connect_for_import()) {
  const Rows owner = run(kOwner);
  if (!owner.boolean(0, 2)) {
    throw StoreError(server_->target().text() + ": user " + std::string(owner.text(0, 0)) +
                     " may not remove outcomes: archive as the schema's owner, " +
                     std::string(owner.text(0, 1)));
  }
  run(kByKey);
  const Rows start = run(kStart, Parameters(chain_));
  if (start.size() > 0) begin_ = start.integer(0, 0);
}

void RetentionRows::archive(const AuditStart& start) {
  const std::vector<Call> calls{
      {kBegin},
      {kMoveStart, Parameters(chain_, start.cursor, start.hash, start.signature)},
      {kRemove, Parameters(chain_, begin_, start.cursor)},
      {kCommit}};
  run(calls);
  begin_ = start.cursor;
}

std::vector<dcc::adaptor::Remembered> RetentionRows::remembered(std::size_t limit) {
  const Rows rows = run(kRemembered, Parameters(chain_, static_cast<std::int64_t>(limit)));
  std::vector<dcc::adaptor::Remembered> all;
  all.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    all.push_back({rows.integer(row, 0),
                   {rows.eui(row, 1), rows.eui(row, 2), rows.eui(row, 3).value},
                   rows.integer(row, 4)});
  }
  return all;
}

void RetentionRows::forget(std::int64_t cursor,
                           std::span<const std::pair<Eui64, std::uint64_t>> highest) {
  Column originators(Type::int8), counters(Type::int8);
  for (const auto& [originator, counter] : highest) {
    originators.add(originator);
    counters.add(as_signed(counter));
  }
  const std::vector<Call> calls{{kBegin},
                                {kRaiseForgotten, Parameters(originators, counters)},
                                {kForget, Parameters(chain_, cursor)},
                                {kCommit}};
  run(calls);
}

// In steps that can each be the last one. A month is detached while hosts commit, and dropped once
// nobody can reach it: a DROP of a month that is attached would wait for all who read, and
// everybody else behind it.
void RetentionRows::give_back_room() {
  finish_detached();
  const Rows months = run(kAttached);
  for (int row = 0; row < months.size(); ++row) {
    const std::string table = "duis." + std::string(months.text(row, 0));
    const bool is_pending = months.boolean(row, 1);  // a detach that was cut off
    if (!is_pending && !is_empty(table)) continue;
    execute("ALTER TABLE duis.outcomes DETACH PARTITION " + table +
            (is_pending ? " FINALIZE" : " CONCURRENTLY"));
  }
  finish_detached();
}

// An outcome that came between the look and the detach puts its month back.
void RetentionRows::finish_detached() {
  const Rows months = run(kDetached);
  for (int row = 0; row < months.size(); ++row) {
    const std::string table = "duis." + std::string(months.text(row, 0));
    execute(is_empty(table) ? "DROP TABLE " + table
                            : "ALTER TABLE duis.outcomes ATTACH PARTITION " + table +
                                  " FOR VALUES FROM ('" + std::string(months.text(row, 1)) +
                                  "') TO ('" + std::string(months.text(row, 2)) + "')");
  }
}

bool RetentionRows::is_empty(const std::string& table) {
  const Statement any{table.c_str(), "SELECT EXISTS(SELECT FROM " + table + ")"};
  return !run(any).boolean(0, 0);
}

std::vector<Rows> RetentionRows::run(std::span<const Call> calls) {
  try {
    return connection_->run(calls, Clock::now() + server_->import_patience());
  } catch (const Refused&) {
    if (calls.size() > 1)
      connection_->run(kRollback, {}, Clock::now() + server_->import_patience());
    throw;
  }
}

Rows RetentionRows::run(const Statement& statement, const Parameters& parameters) {
  const Call call{statement, parameters};
  return std::move(run({&call, 1}).front());
}

void RetentionRows::execute(const std::string& statement) {
  connection_->execute(statement, Clock::now() + server_->import_patience());
}

}  // namespace sample::postgresql
