// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/outcomes.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

#include "adaptor/outcome_json.hpp"
#include "store/merge.hpp"

namespace sample::postgresql {
namespace {

// In the order in which stored_outcome() reads them; behind them request and response.
const std::string kColumns =
    "o.chain, o.seq, o.originator, o.target, o.counter, o.digest, o.srv, o.role, o.device_id,"
    " o.code, o.reason, o.received_at, o.decided_at, o.handler, o.settings_hash, o.items, o.facts,"
    " o.repeated, o.accepted_return, o.hash, o.trace, ";

std::string page_sql(const std::string& condition) {
  return "SELECT " + kColumns +
         "CASE WHEN $4::bool THEN o.request ELSE '' END,"
         " CASE WHEN $4::bool THEN o.response ELSE '' END"
         " FROM duis.outcomes o WHERE o.chain = $1::int8 AND o.seq > $2::int8" +
         condition + " ORDER BY o.seq LIMIT $3::int8";
}

const Statement kAll{"all_outcomes", page_sql("")};
const Statement kAcceptedReturns{"accepted_returns", page_sql(" AND o.accepted_return")};
const Statement kHead{"audit_head",
                      "SELECT seq, hash, signature FROM duis.chains WHERE chain = $1::int8"};
const Statement kStart{"audit_start",
                       "SELECT seq, hash, signature FROM duis.starts WHERE chain = $1::int8"};
const Statement kChains{"chains",
                        "SELECT chain, host || '.' || lane, seq FROM duis.chains ORDER BY 2"};
const Statement kFirstChain{"first_chain",
                            "INSERT INTO duis.chains(host, lane) VALUES($1::text, 0)"
                            " ON CONFLICT DO NOTHING"};
// Of each chain, newest first.
const Statement kSearch{
    "search",
    "SELECT " + kColumns +
        "''::bytea, ''::bytea"
        " FROM unnest($1::int8[], $2::int8[], $3::int8[]) AS q(chain, before, first)"
        " CROSS JOIN LATERAL (SELECT * FROM duis.outcomes o"
        " WHERE o.chain = q.chain AND o.seq < q.before AND o.seq >= q.first"
        " AND ($4::int8 IS NULL OR o.device_id = $4::int8)"
        " AND ($5::int8 IS NULL OR o.originator = $5::int8)"
        " AND ($6::text = '' OR o.code = $6::text) AND ($7::text = '' OR o.srv = $7::text)"
        " AND o.received_at >= $8::int8 AND o.received_at < $9::int8"
        " ORDER BY o.seq DESC LIMIT $10::int8) AS o ORDER BY o.chain, o.seq DESC"};
const Statement kDecidedAt{"decided_at",
                           "SELECT n, (SELECT o.decided_at FROM duis.outcomes o"
                           " WHERE o.chain = q.chain AND o.seq = q.seq)"
                           " FROM unnest($1::int8[], $2::int8[]) WITH ORDINALITY"
                           " AS q(chain, seq, n) ORDER BY n"};
const Statement kUsers{"all_users",
                       "SELECT user_id, role, status, name FROM duis.users"
                       " WHERE $1::int8 IS NULL OR user_id > $1::int8"
                       " ORDER BY user_id LIMIT $2::int8"};
const Statement kOrderedFor{"ordered_for",
                            "SELECT supplier_id FROM duis.orders WHERE device_id = $1::int8"};
const Statement kIdentity{"identity", "SELECT id, epoch FROM duis.identity"};

std::int64_t at_most(std::size_t limit) {
  return static_cast<std::int64_t>(
      std::min<std::uint64_t>(limit, std::numeric_limits<std::int64_t>::max()));
}

StoredOutcome stored_outcome(const Rows& rows, int row) {
  const auto text = [&](int column) { return std::string(rows.text(row, column)); };
  StoredOutcome stored;
  Outcome& outcome = stored.outcome;
  stored.cursor = rows.integer(row, 1);
  outcome.request_id = {rows.eui(row, 2), rows.eui(row, 3), rows.eui(row, 4).value};
  outcome.digest = text(5);
  outcome.srv = text(6);
  outcome.role = text(7);
  if (!rows.is_null(row, 8)) outcome.device_id = rows.eui(row, 8);
  outcome.code = text(9);
  outcome.reason = text(10);
  outcome.received_at = rows.integer(row, 11);
  outcome.decided_at = rows.integer(row, 12);
  outcome.handler = text(13);
  outcome.settings_hash = text(14);
  outcome.items = dcc::adaptor::items_from_json(rows.text(row, 15));
  dcc::adaptor::set_facts_text(stored, rows.text(row, 16));
  stored.repeated = rows.boolean(row, 17);
  stored.accepted_return = rows.boolean(row, 18);
  stored.hash = text(19);
  outcome.trace = text(20);
  outcome.request = text(21);
  outcome.response = text(22);
  return stored;
}

StoredOutcome read_outcome(const Target& target, const std::string& chain, const Rows& rows,
                           int row) {
  try {
    StoredOutcome stored = stored_outcome(rows, row);
    stored.chain = chain;
    return stored;
  } catch (const std::exception& error) {
    throw dcc::adaptor::UnreadableOutcome(target.text() + ": outcome " + chain + ":" +
                                          std::to_string(rows.integer(row, 1)) +
                                          " cannot be read: " + error.what());
  }
}

// One for all threads.
struct Shared {
  explicit Shared(const std::shared_ptr<Server>& server) : session(server) {}
  std::mutex mutex;  // guards session
  ReadSession session;
};

std::vector<ChainRow> read_chains(const Rows& rows) {
  std::vector<ChainRow> chains;
  chains.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    chains.push_back({rows.integer(row, 0), std::string(rows.text(row, 1)), rows.integer(row, 2)});
  }
  return chains;
}

}  // namespace

Outcomes::Outcomes(const std::shared_ptr<Server>& server)
    : target_(server->target()),
      run_([shared = std::make_shared<Shared>(server)](const auto&... call) {
        const std::lock_guard lock(shared->mutex);
        return shared->session.read([&](Connection& connection, Deadline deadline) {
          return connection.run(call..., deadline);
        });
      }) {}

std::vector<ChainRow> Outcomes::chains() {
  return read_chains(run(kChains, {}));
}

std::vector<ChainRow> Outcomes::chains(const std::string& host) {
  std::vector<ChainRow> all = chains();
  if (!all.empty()) return all;
  run(kFirstChain, Parameters(host));
  return chains();
}

std::vector<StoredOutcome> Outcomes::read(const ChainRow& chain, Store::Which which,
                                          std::int64_t cursor, std::size_t limit,
                                          bool with_messages) {
  const Rows rows = run(which == Store::Which::all ? kAll : kAcceptedReturns,
                        Parameters(chain.id, cursor, at_most(limit), with_messages));
  std::vector<StoredOutcome> outcomes;
  outcomes.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    outcomes.push_back(read_outcome(target_, chain.name, rows, row));
  }
  return outcomes;
}

AuditHead Outcomes::audit_head(const ChainRow& chain) {
  const Rows rows = run(kHead, Parameters(chain.id));
  return {rows.integer(0, 0), std::string(rows.text(0, 1)), std::string(rows.text(0, 2))};
}

AuditStart Outcomes::audit_start(const ChainRow& chain) {
  const Rows rows = run(kStart, Parameters(chain.id));
  if (rows.size() == 0) return {};  // nothing was archived
  return {rows.integer(0, 0), std::string(rows.text(0, 1)), std::string(rows.text(0, 2)), 0};
}

Found Outcomes::search(const Search& search) {
  const std::vector<ChainRow> chains = read_chains(run(kChains, {}));
  std::vector<SearchWindow> windows;
  std::map<std::int64_t, std::size_t> by_chain;
  Column ids(Column::Type::int8), befores(Column::Type::int8), firsts(Column::Type::int8);
  for (const ChainRow& chain : chains) {
    auto window = window_of(search, chain.name, chain.last, chains.size());
    if (!window) continue;
    ids.add(chain.id);
    befores.add(window->before);
    firsts.add(window->first);
    by_chain[chain.id] = windows.size();
    windows.push_back(std::move(*window));
  }

  const Rows rows =
      run(kSearch, Parameters(ids, befores, firsts, search.device, search.originator, search.code,
                              search.srv, search.since, search.until, at_most(search.limit)));
  for (int row = 0; row < rows.size(); ++row) {
    SearchWindow& window = windows[by_chain.at(rows.integer(row, 0))];
    window.found.push_back(read_outcome(target_, window.chain, rows, row));
  }
  const Rows decided_at = run(kDecidedAt, Parameters(ids, firsts));
  for (int row = 0; row < decided_at.size(); ++row) {
    windows[static_cast<std::size_t>(row)].first_decided_at = decided_at.integer(row, 1);
  }
  return Merge(windows, search.limit).found();
}

std::vector<RegisteredUser> Outcomes::users(std::optional<Eui64> after, std::size_t limit) {
  const Rows rows = run(kUsers, Parameters(after, at_most(limit)));
  std::vector<RegisteredUser> users;
  users.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) {
    users.push_back({rows.eui(row, 0), std::string(rows.text(row, 1)),
                     std::string(rows.text(row, 2)), std::string(rows.text(row, 3))});
  }
  return users;
}

std::optional<Eui64> Outcomes::ordered_for(Eui64 device) {
  const Rows rows = run(kOrderedFor, Parameters(device));
  if (rows.size() == 0) return std::nullopt;
  return rows.eui(0, 0);
}

dcc::adaptor::StoreIdentity Outcomes::identity() {
  const Rows rows = run(kIdentity, {});
  if (rows.size() == 0) throw StoreError(target_.text() + ": has no identity");
  return {std::string(rows.text(0, 0)), rows.integer(0, 1)};
}

}  // namespace sample::postgresql
