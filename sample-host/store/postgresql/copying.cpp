// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/copying.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "duis/writer.hpp"
#include "store/postgresql/chain.hpp"
#include "store/postgresql/records.hpp"
#include "store/postgresql/schema.hpp"
#include "store/postgresql/server.hpp"

namespace sample::postgresql {
namespace {

constexpr std::chrono::milliseconds kPatience{10'000};
// For what reads or writes all rows: an hour ends only what hangs.
constexpr std::chrono::hours kForAll{1};
constexpr std::size_t kBlock = 65'536;
constexpr std::string_view kLockNotAvailable = "55P03";

// What a store that nobody has used has no rows in.
constexpr std::array kTables{"users",  "devices",    "orders",      "appointments",
                             "chains", "outcomes",   "request_ids", "returns",
                             "starts", "remembered", "forgotten"};

const Statement kSettings{"copy_settings",
                          "SELECT set_config('idle_in_transaction_session_timeout', '0', false),"
                          " set_config('statement_timeout', '0', false)"};
const Statement kBeginView{"begin_view", "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"};
const Statement kBegin{"begin", "BEGIN ISOLATION LEVEL READ COMMITTED"};
const Statement kCommit{"commit", "COMMIT"};
const Statement kHosts{"hosts", R"sql(
SELECT string_agg(DISTINCT format('%s (%s)', usename, application_name), ', ')
FROM pg_stat_activity JOIN pg_roles ON pg_roles.oid = usesysid
WHERE datname = current_database() AND pid <> pg_backend_pid() AND NOT rolsuper
  AND pg_has_role(usesysid, 'duis_host', 'USAGE'))sql"};
const Statement kRequestIds{"count_request_ids", "SELECT count(*) FROM duis.request_ids"};
const Statement kReturnedHubs{"count_returned_hubs", "SELECT count(*) FROM duis.returns"};
const Statement kRelations{"relations",
                           "SELECT value FROM duis.revisions WHERE name = 'relations'"};
const Statement kSetRevisions{
    "set_revisions",
    "WITH relations AS (UPDATE duis.revisions SET value = $1::int8 WHERE name = 'relations')"
    " SELECT setval('duis.device_revisions', coalesce(max(revision), 1)) FROM duis.devices"};
const Statement kNewChain{
    "copied_chain",
    "INSERT INTO duis.chains(host, lane) VALUES($1::text, $2::int8) RETURNING chain"};
const Statement kAddMonth{"add_month", "CALL duis.add_month($1::text::date)"};

// Every page of outcomes is read by its key, and tables without statistics are not read from end to
// end for it; but what is copied as a whole is.
constexpr const char* kByKey =
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = "
    "off;";
constexpr const char* kAsWhole =
    "SET LOCAL enable_seqscan = on; SET LOCAL enable_bitmapscan = on; SET LOCAL enable_sort = on;";

const Statement kNewStart{"copied_start",
                          "INSERT INTO duis.starts VALUES($1::int8, $2::int8, $3::bytea,"
                          " $4::bytea)"};

// What stands in the place of a table that is another one here.
struct Stand {
  std::string_view name, rows;  // of CopiedTable; a query that gives them
  const char* to_put;           // before them: a table of the session's own for them
  const char* put;              // behind them
};
constexpr std::array kStands{
    Stand{kRemembered, R"sql(
SELECT host || '.' || lane AS chain, r.seq AS cursor, originator, target, counter, digest, code,
  decided_at
FROM duis.remembered r JOIN duis.chains c USING (chain)
  JOIN duis.request_ids USING (originator, target, counter))sql",
          R"sql(
CREATE TEMP TABLE remembered(chain text, cursor int8, originator int8, target int8, counter int8,
  digest bytea, code text, decided_at int8) ON COMMIT DROP)sql",
          R"sql(
INSERT INTO duis.request_ids(originator, target, counter, chain, seq, month, digest)
SELECT originator, target, counter, c.chain, cursor, duis.month_of(decided_at), digest
FROM pg_temp.remembered r JOIN duis.chains c ON r.chain = host || '.' || lane;
INSERT INTO duis.remembered(chain, seq, originator, target, counter, code, decided_at)
SELECT c.chain, cursor, originator, target, counter, code, decided_at
FROM pg_temp.remembered r JOIN duis.chains c ON r.chain = host || '.' || lane)sql"},
    // Where that first return was is not known any more, and nobody asks for it.
    Stand{kReturned, R"sql(
SELECT device_id FROM duis.returns r
WHERE NOT EXISTS(SELECT FROM duis.outcomes o WHERE o.chain = r.chain AND o.seq = r.seq))sql",
          "CREATE TEMP TABLE returned(device_id int8) ON COMMIT DROP",
          "INSERT INTO duis.returns SELECT device_id, 0, 0 FROM pg_temp.returned"}};

const Stand* stand_for(const CopiedTable& table) {
  const auto* const stand = std::ranges::find(kStands, table.name, &Stand::name);
  return stand == kStands.end() ? nullptr : stand;
}

// As it is read from.
std::string rows_of(const CopiedTable& table) {
  const Stand* const stand = stand_for(table);
  if (stand == nullptr) return "duis." + std::string(table.name);
  return "(" + std::string(stand->rows) + ") AS rows";
}

// A connection in a transaction. What it is told by a broken server, or refused, ends the copy.
class Session {
 public:
  explicit Session(const std::string& url)
      : server_(std::make_shared<Server>(Target(url), kPatience, kPatience)),
        connection_(server_->connect_for_import()) {
    run(kSettings);
    require_schema(*connection_, 0, deadline());
  }

  Rows run(const Statement& statement, const Parameters& parameters = {}) {
    return connection_->run(statement, parameters, deadline());
  }
  void run(std::span<const Call> calls) { connection_->run(calls, deadline()); }
  void execute(const std::string& statements) { connection_->execute(statements, deadline()); }

  // Of a statement whose text is made here, and the first value that it gives.
  std::int64_t integer(const std::string& sql) {
    return run(Statement{sql.c_str(), sql}).integer(0, 0);
  }

  Connection& connection() { return *connection_; }
  const std::shared_ptr<Server>& server() const { return server_; }
  const Target& target() const { return server_->target(); }
  std::unique_ptr<Connection> connect_anew() { return server_->connect_for_requests(); }
  static Deadline deadline() { return Clock::now() + kForAll; }

  [[noreturn]] void fail(const std::string& why) const {
    throw StoreError(target().text() + ": " + why);
  }

 private:
  const std::shared_ptr<Server> server_;
  std::unique_ptr<Connection> connection_;
};

class FetchedRows final : public CopiedRows {
 public:
  FetchedRows(Session& session, const CopiedTable& table)
      : session_(session),
        types_(table.types),
        cursor_("copied_" + std::string(table.name)),
        fetch_text_("FETCH 5000 FROM " + cursor_) {
    session_.execute(kAsWhole +
                     ("DECLARE " + cursor_ + " NO SCROLL CURSOR FOR SELECT " + table.columns() +
                      " FROM " + rows_of(table) + " ORDER BY " + std::string(table.key) + ";") +
                     kByKey);
  }

  bool next(std::vector<Cell>& row) override {
    row.clear();
    if (!rows_ || at_ == rows_->size()) {
      rows_.emplace(session_.run(Statement{fetch_text_.c_str(), fetch_text_}));
      at_ = 0;
    }
    if (rows_->size() == 0) return false;
    for (int column = 0; column < static_cast<int>(types_.size()); ++column) {
      row.push_back(cell(column));
    }
    ++at_;
    return true;
  }

 private:
  Cell cell(int column) const {
    if (rows_->is_null(at_, column)) return std::monostate();
    switch (types_[static_cast<std::size_t>(column)]) {
      case 'i':
        return rows_->integer(at_, column);
      case 't':
        return rows_->text(at_, column);
      default:
        return Octets{rows_->text(at_, column)};
    }
  }

  Session& session_;
  const std::string_view types_;
  const std::string cursor_, fetch_text_;
  std::optional<Rows> rows_;
  int at_ = 0;
};

// What the session's transaction sees.
class View final : public CopyView {
 public:
  explicit View(Session& session)
      : session_(session),
        outcomes_(session.target(),
                  [&session](const Statement& statement, const Parameters& parameters) {
                    return session.run(statement, parameters);
                  }),
        ends_(outcomes_.chains()) {
    for (const ChainRow& row : ends_) {
      if (row.last > 0)
        chains_.push_back(std::make_unique<Chain>(session_.server(), outcomes_, row));
    }
  }

  std::vector<dcc::adaptor::Chain*> chains() override {
    std::vector<dcc::adaptor::Chain*> all;
    for (const auto& chain : chains_) all.push_back(chain.get());
    return all;
  }
  std::int64_t request_ids() override { return session_.run(kRequestIds).integer(0, 0); }
  std::int64_t returned_hubs() override { return session_.run(kReturnedHubs).integer(0, 0); }

  std::int64_t count(const CopiedTable& table) override {
    return session_.integer("SELECT count(*) FROM " + rows_of(table));
  }
  std::unique_ptr<CopiedRows> rows(const CopiedTable& table) override {
    return std::make_unique<FetchedRows>(session_, table);
  }
  std::int64_t relations_revision() override { return session_.run(kRelations).integer(0, 0); }

  void require_unchanged() override {
    const auto connection = session_.connect_anew();
    Outcomes now(session_.target(),
                 [&connection](const Statement& statement, const Parameters& parameters) {
                   return connection->run(statement, parameters, Session::deadline());
                 });
    for (const ChainRow& chain : now.chains()) {
      const auto then = std::ranges::find(ends_, chain.id, &ChainRow::id);
      const std::int64_t last = then == ends_.end() ? 0 : then->last;
      if (chain.last == last) continue;
      session_.fail("chain " + chain.name + " ended with outcome " + std::to_string(last) +
                    " when the copy began, and ends with " + std::to_string(chain.last) +
                    " now: stop the hosts, or copy --beside-hosts");
    }
  }

 private:
  Session& session_;
  Outcomes outcomes_;
  const std::vector<ChainRow> ends_;
  std::vector<std::unique_ptr<Chain>> chains_;
};

// A view with the session that it is of.
class ViewOfStore final : public CopyView {
 public:
  ViewOfStore(const std::string& url, bool beside) : session_(url), is_beside_(beside) {
    if (!is_beside_) require_no_hosts();
    session_.run(kBeginView);
    session_.execute(kByKey);
    view_.emplace(session_);
  }

  std::vector<dcc::adaptor::Chain*> chains() override { return view_->chains(); }
  std::int64_t request_ids() override { return view_->request_ids(); }
  std::int64_t returned_hubs() override { return view_->returned_hubs(); }
  std::int64_t count(const CopiedTable& table) override { return view_->count(table); }
  std::unique_ptr<CopiedRows> rows(const CopiedTable& table) override { return view_->rows(table); }
  std::int64_t relations_revision() override { return view_->relations_revision(); }
  void require_unchanged() override {
    if (!is_beside_) view_->require_unchanged();
  }

 private:
  void require_no_hosts() {
    const Rows hosts = session_.run(kHosts);
    if (hosts.is_null(0, 0)) return;
    session_.fail("hosts are connected: " + std::string(hosts.text(0, 0)) +
                  "; stop them first, or copy --beside-hosts");
  }

  Session session_;
  const bool is_beside_;
  std::optional<View> view_;
};

void put_field(std::string& block, const Cell& cell) {
  if (const auto* const number = std::get_if<std::int64_t>(&cell)) {
    put_integer(block, std::int32_t{8});
    put_integer(block, *number);
  } else if (std::holds_alternative<std::monostate>(cell)) {
    put_integer(block, std::int32_t{-1});
  } else {
    const auto* const text = std::get_if<std::string_view>(&cell);
    const std::string_view octets = text != nullptr ? *text : std::get<Octets>(cell).value;
    put_integer(block, static_cast<std::int32_t>(octets.size()));
    block += octets;
  }
}

// The first day of the UTC month.
std::string month_of(std::int64_t unix_ms) {
  return dcc::duis::date_time(unix_ms).substr(0, 7) + "-01";
}

class Copy final : public CopyTarget {
 public:
  explicit Copy(const std::string& url) : session_(url) {
    session_.run(kBegin);
    take_tables();
    session_.execute(kByKey);
  }

  void put(const CopiedTable& table, CopiedRows& rows) override {
    using namespace std::string_view_literals;
    std::vector<Cell> row;
    bool more = rows.next(row);
    if (!more) return;
    const Stand* const stand = stand_for(table);
    if (stand != nullptr) session_.execute(stand->to_put);
    bool begun = false;
    const auto put_rows = [&](std::string& block) {
      if (!std::exchange(begun, true)) block += "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"sv;
      for (; more && block.size() < kBlock; more = rows.next(row)) {
        put_integer(block, static_cast<std::int16_t>(row.size()));
        for (const Cell& cell : row) put_field(block, cell);
      }
      if (!more) put_integer(block, std::int16_t{-1});
      return more;
    };
    session_.connection().copy_in("COPY " + std::string(stand != nullptr ? "pg_temp." : "duis.") +
                                      std::string(table.name) + "(" + table.columns() +
                                      ") FROM STDIN (FORMAT binary)",
                                  put_rows, Session::deadline());
    if (stand != nullptr) session_.execute(kAsWhole + std::string(stand->put) + ";" + kByKey);
  }

  void put_relations_revision(std::int64_t revision) override {
    session_.run(kSetRevisions, Parameters(revision));
  }

  void begin_chain(const std::string& name, const AuditStart& start) override {
    if (start.hashed_later > 0) {
      session_.fail("has no place for a note that outcomes up to " +
                    std::to_string(start.hashed_later) +
                    " got their hashes late, when version 1 of the store was upgraded: this "
                    "version cannot move it");
    }
    const auto dot = name.find('.');
    std::int64_t lane = 0;
    std::from_chars(name.data() + dot + 1, name.data() + name.size(), lane);
    name_ = name;
    chain_ = session_.run(kNewChain, Parameters(name.substr(0, dot), lane)).integer(0, 0);
    if (start.cursor > 0) {
      session_.run(kNewStart, Parameters(chain_, start.cursor, start.hash, start.signature));
    }
  }

  void put(std::span<const dcc::adaptor::Record> records) override {
    for (const auto& record : records) {
      const std::string month = month_of(record.outcome.decided_at);
      if (months_.insert(month).second) session_.run(kAddMonth, Parameters(month));
    }
    std::vector<Call> calls;
    put_records(chain_, records, calls);
    try {
      session_.run(calls);
    } catch (const Refused& refused) {  // what a text is here may be none there
      throw StoreError(std::string(refused.what()) + ", at outcomes " + name_ + ":" +
                       std::to_string(records.front().cursor) + " to " +
                       std::to_string(records.back().cursor));
    }
  }

  void end_chain(const AuditHead& head) override {
    const Call call = new_end(chain_, head);
    session_.run({&call, 1});
  }

  CopyView& written() override { return view_.emplace(session_); }

  void keep() override try {
    const Rows done = session_.run(kCommit);
    const auto& warning = session_.connection().warning();
    if (warning || done.command() != "COMMIT") {
      session_.fail("the commit was answered with " + std::string(done.command()) +
                    (warning ? ", " + *warning : ""));
    }
  } catch (const ConnectionLost& lost) {
    throw StoreError(std::string(lost.what()) +
                     "; whether the copy was committed is not known: repeat the command, which "
                     "says so if it was");
  }

 private:
  // Hosts and imports wait from here on; then nobody else can put anything.
  void take_tables() try {
    std::string all;
    for (const char* table : kTables) all.append(all.empty() ? "duis." : ", duis.").append(table);
    session_.execute("LOCK TABLE " + all + " IN EXCLUSIVE MODE");
    for (const std::string table : kTables) {
      if (session_.integer("SELECT EXISTS(SELECT FROM duis." + table + ")::int4") == 0) continue;
      session_.fail("is not empty, table " + table +
                    " has rows: copy-store fills a database that init-store has just made");
    }
  } catch (const Refused& refused) {
    if (refused.code == kLockNotAvailable) {
      throw StoreError(std::string(refused.what()) + "; others use it: stop hosts and imports");
    }
    if (refused.code != kInsufficientPrivilege) throw;
    throw StoreError(std::string(refused.what()) +
                     "; copy-store writes as the database's owner, as init-store does");
  }

  Session session_;
  std::set<std::string> months_;  // that have a place
  std::string name_;              // of the chain that is being filled
  std::int64_t chain_ = 0;        // its number
  std::optional<View> view_;
};

}  // namespace

std::unique_ptr<CopyView> view_of(const std::string& url, bool beside) {
  return std::make_unique<ViewOfStore>(url, beside);
}

std::unique_ptr<CopyTarget> new_copy(const std::string& url) {
  return std::make_unique<Copy>(url);
}

}  // namespace sample::postgresql
