// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/outcomes.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "adaptor/audit.hpp"
#include "adaptor/outcome_json.hpp"
#include "store/merge.hpp"

namespace sample::sqlite {
using dcc::adaptor::kAuditOrigin;
using dcc::adaptor::Record;
using dcc::adaptor::Standing;

namespace {

// In the order in which insert() binds them and stored_outcome() reads them.
constexpr std::string_view kBeforeFacts =
    "originator, target, counter, digest, srv, role, device_id, code, reason, received_at,"
    " decided_at, handler, settings_hash, items, ";
constexpr std::string_view kBehindFacts = ", repeated, accepted_return, cursor, hash, ";

constexpr std::string_view kSelectHead = "SELECT cursor, hash, signature FROM audit_head";

std::string insert_sql() {
  return "INSERT INTO outcomes(" + outcome_columns() +
         ", request, response)"
         " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
         " ?19, ?20, ?21, ?22, ?23)";
}

// `selection`: an index to use and a condition to add.
std::string select_sql(std::string_view index, std::string_view condition) {
  return "SELECT " + outcome_columns() +
         ", iif(?3, request, x''), iif(?3, response, x'') FROM outcomes" + std::string(index) +
         " WHERE cursor BETWEEN ?1 AND ?4" + std::string(condition) + " ORDER BY cursor LIMIT ?2";
}

// Newest first.
std::string search_sql() {
  return "SELECT " + outcome_columns() +
         ", x'', x'' FROM outcomes WHERE cursor < ?1 AND cursor >= ?2"
         " AND (?3 IS NULL OR device_id = ?3) AND (?4 IS NULL OR originator = ?4)"
         " AND (?5 = '' OR code = ?5) AND (?6 = '' OR srv = ?6)"
         " AND received_at >= ?7 AND received_at < ?8 ORDER BY cursor DESC LIMIT ?9";
}

std::uint64_t at_most(std::size_t limit) {
  return std::min<std::uint64_t>(limit, std::numeric_limits<std::int64_t>::max());
}

constexpr int kCursorColumn = 17;
constexpr int kPackedColumn = 20;

AuditHead read_head(Run& row) {
  if (!row.next()) return {0, kAuditOrigin, {}};
  return {row.integer(0), std::string(row.text(1)), std::string(row.text(2))};
}

}  // namespace

std::string outcome_columns(std::string_view facts, std::string_view trace,
                            std::string_view packed) {
  std::string columns(kBeforeFacts);
  columns.append(facts).append(kBehindFacts).append(trace).append(", ").append(packed);
  return columns;
}

StoredOutcome stored_outcome(const Run& row, Packing& packing, bool with_messages) {
  const auto text = [&row](int column) { return std::string(row.text(column)); };
  StoredOutcome stored;
  Outcome& outcome = stored.outcome;
  outcome.request_id = {row.eui(0), row.eui(1), row.eui(2).value};
  outcome.digest = text(3);
  outcome.srv = text(4);
  outcome.role = text(5);
  if (!row.is_null(6)) outcome.device_id = row.eui(6);
  outcome.code = text(7);
  outcome.reason = text(8);
  outcome.received_at = row.integer(9);
  outcome.decided_at = row.integer(10);
  outcome.handler = text(11);
  outcome.settings_hash = text(12);
  stored.repeated = row.integer(15) != 0;
  stored.accepted_return = row.integer(16) != 0;
  stored.cursor = row.integer(kCursorColumn);
  stored.hash = text(18);
  outcome.trace = text(19);
  Content content{row.text(13), row.text(14), row.text(21), row.text(22)};
  if (!row.is_null(kPackedColumn)) {
    content = packing.unpack(row.text(kPackedColumn));
    if (!with_messages) content.request = content.response = {};
  }
  outcome.items = dcc::adaptor::items_from_json(content.items);
  dcc::adaptor::set_facts_text(stored, content.facts);
  outcome.request = content.request;
  outcome.response = content.response;
  return stored;
}

OutcomeWriter::OutcomeWriter(const std::filesystem::path& file, std::chrono::milliseconds patience)
    : db_(file, patience),
      is_known_(db_,
                "SELECT 1 FROM outcomes WHERE originator = ?1 AND target = ?2 AND counter = ?3"
                " UNION ALL"
                " SELECT 1 FROM remembered WHERE originator = ?1 AND target = ?2 AND counter = ?3"),
      forgotten_(db_, "SELECT counter FROM forgotten WHERE originator = ?1"),
      facts_(db_),
      was_returned_(db_,
                    "SELECT 1 FROM outcomes INDEXED BY accepted_returns_by_device"
                    " WHERE device_id = ?1 AND accepted_return = 1"
                    " UNION ALL SELECT 1 FROM returned WHERE device_id = ?1 LIMIT 1"),
      insert_(db_),
      head_(db_, kSelectHead),
      write_head_(db_, "INSERT OR REPLACE INTO audit_head VALUES(1, ?1, ?2, ?3)"),
      // Another value each time, or there would be nothing to write.
      write_check_(db_,
                   "INSERT INTO meta VALUES('checks', 1)"
                   " ON CONFLICT(name) DO UPDATE SET value = value + 1") {}

AuditHead OutcomeWriter::begin(std::span<const Outcome* const> batch,
                               std::span<Standing> standings) {
  transaction_.emplace(db_);
  const std::int64_t relations = facts_.relations_revision();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    standings[i] = standing_of(*batch[i], relations);
  }
  Run row(head_);
  return read_head(row);
}

void OutcomeWriter::commit(std::span<const Record> records, const AuditHead& end) {
  for (const Record& record : records) insert_.put(record);
  if (!records.empty()) run(write_head_, end.cursor, Blob{end.hash}, Blob{end.signature});
  transaction_->commit();
  transaction_.reset();
}

void OutcomeWriter::check() {
  Transaction transaction(db_);
  run(write_check_);
  transaction.commit();
}

Standing OutcomeWriter::standing_of(const Outcome& outcome, std::int64_t relations) {
  const RequestId& id = outcome.request_id;
  if (Run(is_known_, id.originator, id.target, id.counter).next()) return {.is_known = true};
  Standing standing;
  if (Run highest(forgotten_, id.originator); highest.next()) {
    standing.forgotten = highest.eui(0).value;
  }
  for (const dcc::host::Fact& fact : outcome.facts) {
    if (!fact.used || FactTables::is_current(fact, relations)) continue;
    dcc::host::Fact& now = standing.changed.emplace_back();
    now.kind = fact.kind;
    now.key = fact.key;
    facts_.answer(now);
  }
  standing.was_returned =
      outcome.accepted() && outcome.device_id && Run(was_returned_, *outcome.device_id).next();
  return standing;
}

OutcomeInsert::OutcomeInsert(Connection& db) : insert_(db, insert_sql()) {}

void OutcomeInsert::put(const Record& record, std::int64_t offset) {
  const Outcome& outcome = record.outcome;
  const RequestId& id = outcome.request_id;
  const std::string_view packed =
      packing_.pack({record.items, record.facts, outcome.request, outcome.response});
  run(insert_, id.originator, id.target, id.counter, Blob{outcome.digest}, outcome.srv,
      outcome.role, outcome.device_id, outcome.code, outcome.reason, outcome.received_at,
      outcome.decided_at, outcome.handler, outcome.settings_hash, std::string_view(),
      std::string_view(), record.repeated, record.accepted_return, offset + record.cursor,
      Blob{record.hash}, outcome.trace, Blob{packed}, Blob{}, Blob{});
}

OutcomeReader::OutcomeReader(std::unique_ptr<Connection> db)
    : db_(std::move(db)),
      chains_(chains_of(*db_)),
      all_(*db_, select_sql("", "")),
      accepted_returns_(*db_,
                        select_sql(" INDEXED BY accepted_returns", " AND accepted_return = 1")),
      head_(*db_, std::string(kSelectHead) +
                      " WHERE ?1 < 0 UNION ALL"
                      " SELECT cursor, hash, signature FROM moved_chains WHERE number = ?1"),
      search_(*db_, search_sql()),
      decided_at_(*db_, "SELECT decided_at FROM outcomes WHERE cursor = ?1"),
      users_(*db_,
             "SELECT user_id, role, status, name FROM users WHERE ?1 IS NULL OR user_id > ?1"
             " ORDER BY user_id LIMIT ?2"),
      ordered_for_(*db_, "SELECT supplier_id FROM orders WHERE device_id = ?1"),
      start_(*db_,
             "SELECT cursor, hash, signature,"
             " (SELECT value FROM meta WHERE name = 'hashed_later')"
             " FROM (SELECT 1) LEFT JOIN audit_start"),
      moved_start_(*db_,
                   "SELECT start_cursor, start_hash, start_signature FROM moved_chains"
                   " WHERE number = ?1") {}

AuditHead OutcomeReader::audit_head(const ChainPlace& chain) {
  Run row(head_, chain.number);
  return read_head(row);
}

AuditStart OutcomeReader::audit_start(const ChainPlace& chain) {
  AuditStart start;
  if (chain.number != kOwnChain) {
    Run row(moved_start_, chain.number);
    if (!row.next())
      throw StoreError("store " + db_->file().string() + ": has no chain " + chain.name);
    return {row.integer(0), std::string(row.text(1)), std::string(row.text(2))};
  }
  Run row(start_);
  if (!row.next()) return start;
  start.hashed_later = row.integer(3);
  if (row.is_null(0)) return start;  // nothing was archived
  start.cursor = row.integer(0);
  start.hash = row.text(1);
  start.signature = row.text(2);
  return start;
}

dcc::adaptor::StoreIdentity OutcomeReader::identity() {
  Statement select(*db_, "SELECT id, epoch FROM identity");
  Run row(select);
  if (!row.next()) throw StoreError("store " + db_->file().string() + ": has no identity");
  return {std::string(row.text(0)), row.integer(1)};
}

std::vector<StoredOutcome> OutcomeReader::read(const ChainPlace& chain, Store::Which which,
                                               std::int64_t cursor, std::size_t limit,
                                               bool with_messages) {
  Run run(which == Store::Which::all ? all_ : accepted_returns_, chain.row_after(cursor),
          at_most(limit), with_messages, chain.last);
  return read(chain, run, with_messages);
}

Found OutcomeReader::search(const Search& search) {
  std::vector<SearchWindow> windows;
  for (const ChainPlace& chain : chains_) {
    auto window = window_of(search, chain.name, audit_head(chain).cursor, chains_.size());
    if (!window) continue;
    Run run(search_, chain.offset + window->before, chain.offset + window->first, search.device,
            search.originator, search.code, search.srv, search.since, search.until,
            at_most(search.limit));
    window->found = read(chain, run, false);
    Run first(decided_at_, chain.offset + window->first);
    if (first.next()) window->first_decided_at = first.integer(0);
    windows.push_back(std::move(*window));
  }
  return Merge(windows, search.limit).found();
}

std::vector<RegisteredUser> OutcomeReader::users(std::optional<Eui64> after, std::size_t limit) {
  std::vector<RegisteredUser> users;
  Run run(users_, after, at_most(limit));
  while (run.next()) {
    users.push_back(
        {run.eui(0), std::string(run.text(1)), std::string(run.text(2)), std::string(run.text(3))});
  }
  return users;
}

std::optional<Eui64> OutcomeReader::ordered_for(Eui64 device) {
  Run run(ordered_for_, device);
  if (!run.next()) return std::nullopt;
  return run.eui(0);
}

std::vector<StoredOutcome> OutcomeReader::read(const ChainPlace& chain, Run& run,
                                               bool with_messages) {
  std::vector<StoredOutcome> outcomes;
  while (run.next()) {
    const std::int64_t cursor = run.integer(kCursorColumn) - chain.offset;
    try {
      StoredOutcome& stored = outcomes.emplace_back(stored_outcome(run, packing_, with_messages));
      stored.cursor = cursor;
      stored.chain = chain.name;
    } catch (const std::exception& error) {
      throw dcc::adaptor::UnreadableOutcome("store " + db_->file().string() + ": outcome " +
                                            (chain.name.empty() ? "" : chain.name + ":") +
                                            std::to_string(cursor) +
                                            " cannot be read: " + error.what());
    }
  }
  return outcomes;
}

}  // namespace sample::sqlite
