// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/staging.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sample::postgresql {

// What is particular to a table.
struct TableSql {
  const char* name;
  const char* rows;    // the columns of an import's file, with types: first the key, then the rest
  const char* key;     // the columns that are the key
  const char* values;  // the others
  std::int64_t gate;
};

namespace {

// Some milliseconds at the gate. Of more rows an import is no faster while hosts commit.
constexpr std::size_t kRowsPerTransaction = 250;
constexpr std::size_t kRowsPerPage = 10'000;
constexpr std::size_t kBlock = 65'536;
// For what reads or sorts all rows: an hour ends only what hangs.
constexpr std::chrono::hours kForAll{1};

// By Table.
constexpr std::array<TableSql, 4> kTables{{
    {.name = "users",
     .rows = "user_id int8, role text, status text, name text",
     .key = "user_id",
     .values = "role, status, name",
     .gate = 0},
    {.name = "devices",
     .rows = "device_id int8, type text, status text",
     .key = "device_id",
     .values = "type, status",
     .gate = 2},
    {.name = "orders",
     .rows = "device_id int8, supplier_id int8",
     .key = "device_id",
     .values = "supplier_id",
     .gate = 1},
    {.name = "appointments",
     .rows = "agent_id int8, supplier_id int8, valid_from text COLLATE \"C\","
             " valid_until text COLLATE \"C\"",
     .key = "agent_id, supplier_id, valid_from",
     .values = "valid_until",
     .gate = 1},
}};

// ROW(t.role, t.status) of "role, status" and "t": all these columns of one row.
std::string row_of(std::string_view columns, std::string_view row) {
  std::string all = "ROW(";
  for (;;) {
    const auto end = columns.find(", ");
    all.append(row).append(".").append(columns.substr(0, end));
    if (end == std::string_view::npos) return all + ")";
    all += ", ";
    columns.remove_prefix(end + 2);
  }
}

const Statement kBegin{"begin", "BEGIN"};
const Statement kCommit{"commit", "COMMIT"};
const Statement kNeedNotLast{"need_not_last", "SET LOCAL synchronous_commit = off"};
// The rows of a step are looked up by key: nobody waits at the gate until a table was read from end
// to end.
const Statement kByKey{"by_key",
                       "SELECT set_config('enable_seqscan', 'off', true),"
                       " set_config('enable_hashjoin', 'off', true),"
                       " set_config('enable_mergejoin', 'off', true)"};
// Of its own, so that the statement behind it sees what was committed before it held.
const Statement kGate{"gate", "SELECT pg_advisory_xact_lock(1, $1::int8::int4)"};

void put_field(std::string& block, std::string_view octets) {
  put_integer(block, static_cast<std::int32_t>(octets.size()));
  block += octets;
}

void put_row(std::string& block, Table table, const StagedRow& row) {
  put_integer(block, static_cast<std::int16_t>(1 + row.values.size()));
  put_integer(block, std::int32_t{8});
  put_integer(block, std::uint64_t{row.line});
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    if (const auto* const id = std::get_if<Eui64>(&row.values[i])) {
      put_integer(block, std::int32_t{8});
      put_integer(block, id->value);
      continue;
    }
    const auto text = std::get<std::string_view>(row.values[i]);
    const bool is_open_end = table == Table::appointments && i == 3 && text.empty();
    if (is_open_end) {
      put_integer(block, std::int32_t{-1});
    } else {
      put_field(block, text);
    }
  }
}

}  // namespace

TableStaging::TableStaging(std::shared_ptr<Server> server, Table table)
    : table_(table),
      sql_(kTables.at(static_cast<std::size_t>(table))),
      server_(std::move(server)),
      connection_(server_->connect_for_import()) {
  execute(std::string("CREATE TEMP TABLE import_rows(line int8, ") + sql_.rows + ")");
}

void TableStaging::fill(const NextRow& next) {
  using namespace std::string_view_literals;
  bool begun = false;
  const auto put_rows = [&](std::string& block) {
    if (!std::exchange(begun, true)) block += "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"sv;
    while (block.size() < kBlock) {
      const StagedRow* const row = next();
      if (row == nullptr) {
        put_integer(block, std::int16_t{-1});
        return false;
      }
      put_row(block, table_, *row);
      ++rows_;
    }
    return true;
  };
  connection_->copy_in("COPY pg_temp.import_rows FROM STDIN (FORMAT binary)", put_rows,
                       Clock::now() + kForAll);
  execute("ANALYZE pg_temp.import_rows");
}

void TableStaging::each_repeated(const std::function<void(const Repeated&)>& take) {
  const std::string key = sql_.key;
  const Statement different{"different",
                            "SELECT count(DISTINCT (" + key + ")) FROM pg_temp.import_rows"};
  if (run(different, {}).integer(0, 0) == static_cast<std::int64_t>(rows_)) return;
  execute(
      "CREATE TEMP TABLE import_repeated AS SELECT * FROM (SELECT line, lag(line) OVER"
      " (PARTITION BY " +
      key + " ORDER BY line) AS earlier, " + key +
      " FROM pg_temp.import_rows) AS all_rows WHERE earlier IS NOT NULL");
  const Statement page{"repeated", "SELECT line, earlier, " + key +
                                       " FROM pg_temp.import_repeated WHERE line > $1::int8"
                                       " ORDER BY line LIMIT " +
                                       std::to_string(kRowsPerPage)};
  std::int64_t last = -1;
  for (;;) {
    const Rows rows = run(page, Parameters(last));
    if (rows.size() == 0) return;
    for (int row = 0; row < rows.size(); ++row) {
      last = rows.integer(row, 0);
      take({key_text(rows, row, 2), static_cast<std::size_t>(last),
            static_cast<std::size_t>(rows.integer(row, 1))});
    }
  }
}

// Once. EUI-64s are stored as signed integers.
void TableStaging::find_others() {
  if (std::exchange(found_others_, true)) return;
  const std::string key = sql_.key;
  execute("CREATE TEMP TABLE import_others AS SELECT row_number() OVER (ORDER BY " +
          key.substr(0, key.find(',')) + " < 0, " + key + ") AS n, " + key + " FROM duis." +
          sql_.name + " AS t WHERE NOT EXISTS (SELECT FROM pg_temp.import_rows AS r WHERE " +
          same_key() +
          "); ALTER TABLE pg_temp.import_others ADD PRIMARY KEY (n);"
          " ANALYZE pg_temp.import_others");
}

std::size_t TableStaging::others() {
  find_others();
  return count("pg_temp.import_others");
}

std::vector<std::string> TableStaging::first_others(std::size_t limit) {
  find_others();
  const Statement some{"first_others", std::string("SELECT ") + sql_.key +
                                           " FROM pg_temp.import_others ORDER BY n LIMIT $1::int8"};
  const Rows rows = run(some, Parameters(static_cast<std::int64_t>(limit)));
  std::vector<std::string> keys;
  keys.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) keys.push_back(key_text(rows, row, 0));
  return keys;
}

std::size_t TableStaging::apply(const Progress& progress) {
  const std::string name = sql_.name, key = sql_.key, values = sql_.values;
  const std::string columns = key + ", " + values;
  const std::string old_values = row_of(values, "t"), new_values = row_of(values, "r");
  execute("CREATE TEMP TABLE import_changes AS SELECT row_number() OVER (ORDER BY " + key +
          ") AS n, r.* FROM pg_temp.import_rows AS r WHERE NOT EXISTS (SELECT FROM duis." + name +
          " AS t WHERE " + same_key() + " AND " + old_values + " IS NOT DISTINCT FROM " +
          new_values + "); ALTER TABLE pg_temp.import_changes ADD PRIMARY KEY (n)");
  // What was found without a lock may have changed since.
  const Statement merge{
      "merge", "MERGE INTO duis." + name +
                   " AS t USING (SELECT * FROM pg_temp.import_changes"
                   " WHERE n > $1::int8 AND n <= $2::int8) AS r ON " +
                   same_key() + " WHEN MATCHED AND " + old_values + " IS DISTINCT FROM " +
                   new_values + " THEN UPDATE SET (" + values + ") = " + new_values +
                   " WHEN NOT MATCHED THEN INSERT (" + columns + ") VALUES(" + columns + ")"};
  const std::size_t changes = count("pg_temp.import_changes");
  return in_transactions(merge, changes, rows_ - changes, progress);
}

void TableStaging::remove_others(const Progress& progress) {
  find_others();
  const Statement remove{"remove_others", std::string("DELETE FROM duis.") + sql_.name +
                                              " AS t USING pg_temp.import_others AS r"
                                              " WHERE n > $1::int8 AND n <= $2::int8 AND " +
                                              same_key()};
  in_transactions(remove, count("pg_temp.import_others"), 0, progress);
}

// Does `part` to so many rows, of which it is given bounds. Returns how many it changed.
std::size_t TableStaging::in_transactions(const Statement& part, std::size_t rows,
                                          std::size_t done_before, const Progress& progress) {
  std::size_t changed = 0;
  for (std::size_t done = 0; done < rows;) {
    const std::size_t end = std::min(done + kRowsPerTransaction, rows);
    std::vector<Call> calls{{kBegin}, {kByKey}};
    if (end < rows) calls.push_back({kNeedNotLast});
    calls.push_back({kGate, Parameters(sql_.gate)});
    calls.push_back(
        {part, Parameters(static_cast<std::int64_t>(done), static_cast<std::int64_t>(end))});
    calls.push_back({kCommit});
    const auto results = connection_->run(calls, Clock::now() + server_->import_patience());
    if (connection_->warning()) {
      throw StoreError(server_->target().text() + ": " + *connection_->warning());
    }
    changed += results[results.size() - 2].affected();
    done = end;
    if (progress) progress(done_before + done);
  }
  return changed;
}

// Of rows t and r.
std::string TableStaging::same_key() const {
  return row_of(sql_.key, "t") + " = " + row_of(sql_.key, "r");
}

void TableStaging::execute(const std::string& statements) {
  connection_->execute(statements, Clock::now() + kForAll);
}

Rows TableStaging::run(const Statement& statement, const Parameters& parameters) {
  return connection_->run(statement, parameters, Clock::now() + kForAll);
}

std::size_t TableStaging::count(const std::string& table) {
  const Statement count{table.c_str(), "SELECT count(*) FROM " + table};
  return static_cast<std::size_t>(run(count, {}).integer(0, 0));
}

// From that column on.
std::string TableStaging::key_text(const Rows& rows, int row, int column) const {
  std::string text = rows.eui(row, column).text();
  if (table_ == Table::appointments) {
    text.append(",").append(rows.eui(row, column + 1).text()).append(",");
    text.append(rows.text(row, column + 2));
  }
  return text;
}

}  // namespace sample::postgresql
