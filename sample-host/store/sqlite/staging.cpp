// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/staging.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include "store/sqlite/schema.hpp"

namespace sample::sqlite {

// What is particular to a table. ?1 and ?2 bound the rows of temp.sorted or temp.others that a
// transaction is about.
struct TableSql {
  const char* name;
  const char* key;     // its columns
  const char* values;  // the other columns of an import's file
  const char* upsert;
  const char* also;      // after that, for what matters to no request; or null
  const char* removing;  // before rows of `others` are removed; or null
  bool relations;        // it shares the revision of Users, orders and appointments
};

namespace {

constexpr std::size_t kRowsPerTransaction = 10'000;

// SQLite hands its lock to whoever asks first, so without a gap an import would take it back at
// once, and a waiting commit would hardly ever see it free. Longer than Connection's retry.
constexpr std::chrono::milliseconds kGapForCommits{3};

// By Table.
constexpr std::array<TableSql, 4> kTables{{
    {.name = "users",
     .key = "user_id",
     .values = "role, status, name",
     .upsert = "INSERT INTO users SELECT user_id, role, status, name FROM temp.sorted"
               " WHERE n > ?1 AND n <= ?2 ON CONFLICT DO UPDATE"
               " SET role = excluded.role, status = excluded.status, name = excluded.name"
               " WHERE role <> excluded.role OR status <> excluded.status",
     .also = "UPDATE users SET name = new.name FROM temp.sorted AS new"
             " WHERE n > ?1 AND n <= ?2 AND users.user_id = new.user_id AND users.name <> new.name",
     .removing = nullptr,
     // The User can be a Supplier that orders and appointments name, and only an active one
     // confirms.
     .relations = true},
    {.name = "devices",
     .key = "device_id",
     .values = "type, status",
     .upsert = "INSERT INTO devices SELECT device_id, type, status, coalesce("
               "(SELECT value FROM meta WHERE name = 'first_device_revision'), 1)"
               " FROM temp.sorted WHERE n > ?1 AND n <= ?2 ON CONFLICT DO UPDATE"
               " SET type = excluded.type, status = excluded.status, revision = revision + 1"
               " WHERE type <> excluded.type OR status <> excluded.status",
     .also = nullptr,
     // One that comes back must not have a revision that somebody may still remember.
     .removing =
         "INSERT INTO meta SELECT 'first_device_revision', max(revision) + 1 FROM devices"
         " WHERE device_id IN (SELECT device_id FROM temp.others WHERE n > ?1 AND n <= ?2)"
         " HAVING count(*) > 0 ON CONFLICT DO UPDATE SET value = max(value, excluded.value)",
     .relations = false},
    {.name = "orders",
     .key = "device_id",
     .values = "supplier_id",
     .upsert = "INSERT INTO orders SELECT device_id, supplier_id FROM temp.sorted"
               " WHERE n > ?1 AND n <= ?2 ON CONFLICT DO UPDATE"
               " SET supplier_id = excluded.supplier_id WHERE supplier_id <> excluded.supplier_id",
     .also = nullptr,
     .removing = nullptr,
     .relations = true},
    {.name = "appointments",
     .key = "agent_id, supplier_id, valid_from",
     .values = "valid_until",
     .upsert = "INSERT INTO appointments"
               " SELECT agent_id, supplier_id, valid_from, nullif(valid_until, '')"
               " FROM temp.sorted WHERE n > ?1 AND n <= ?2 ON CONFLICT DO UPDATE"
               " SET valid_until = excluded.valid_until"
               " WHERE valid_until IS NOT excluded.valid_until",
     .also = nullptr,
     .removing = nullptr,
     .relations = true},
}};

// How many rows it changed.
template <typename... Values>
std::size_t changes(Connection& db, Statement& statement, const Values&... values) {
  run(statement, values...);
  return static_cast<std::size_t>(sqlite3_changes64(db.handle()));
}

// Does `part` to so many rows, of which it is given bounds as TableSql's statements have them.
template <typename Part>
void in_transactions(Connection& db, std::size_t rows, const Staging::Progress& progress,
                     Part part) {
  for (std::size_t done = 0; done < rows;) {
    if (done > 0) std::this_thread::sleep_for(kGapForCommits);
    const std::size_t end = std::min(done + kRowsPerTransaction, rows);
    Transaction transaction(db);
    part(std::uint64_t{done}, std::uint64_t{end});
    transaction.commit();
    done = end;
    if (progress) progress(done);
  }
}

// Raises the revision of Users, orders and appointments.
constexpr const char* kRaiseRelations =
    "UPDATE meta SET value = value + 1 WHERE name = 'relations_revision'";

// When a temporary file fails, SQLite names neither it nor its directory.
template <typename Work>
void in_temporary_files(Connection& db, Work work) {
  try {
    work();
  } catch (const StoreError& error) {
    char* name = nullptr;  // of another one
    sqlite3_file_control(db.handle(), "main", SQLITE_FCNTL_TEMPFILENAME, &name);
    if (name == nullptr) throw;
    const std::string directory = std::filesystem::path(name).parent_path();
    sqlite3_free(name);
    throw StoreError(error.what() + ("; temporary files are in " + directory));
  }
}

std::string columns(const TableSql& sql) {
  return std::string(sql.key) + ", " + sql.values;
}

std::optional<Statement> prepared(Connection& db, const char* sql) {
  return sql == nullptr ? std::nullopt : std::make_optional<Statement>(db, sql);
}

}  // namespace

TableStaging::TableStaging(std::unique_ptr<Connection> db, Table table)
    : table_(table),
      sql_(kTables.at(static_cast<std::size_t>(table))),
      db_(std::move(db)),
      rows_(*db_, "rows_of_file", columns(sql_)) {
  execute("CREATE TEMP TABLE sorted(n INTEGER PRIMARY KEY, line, " + columns(sql_) + ")");
  execute(std::string("CREATE TEMP TABLE others(n INTEGER PRIMARY KEY, ") + sql_.key + ")");
}

// That their numbers follow each other makes them easy to divide.
void TableStaging::fill(const NextRow& next) {
  in_temporary_files(*db_, [&] {
    rows_.read(next, "INSERT INTO temp.sorted SELECT NULL, line, " + columns(sql_) +
                         " FROM rows_of_file ORDER BY " + sql_.key + ", line");
  });
}

void TableStaging::each_repeated(const std::function<void(const Repeated&)>& take) {
  Statement repeated(*db_, std::string("SELECT a.line, b.line, ") + sql_.key +
                               " FROM temp.sorted AS a CROSS JOIN temp.sorted AS b USING(" +
                               sql_.key + ") WHERE b.n = a.n - 1 ORDER BY a.line");
  for (Run row(repeated); row.next();) {
    take({key_text(row, 2), static_cast<std::size_t>(row.integer(0)),
          static_cast<std::size_t>(row.integer(1))});
  }
}

// Once.
void TableStaging::find_others() {
  if (std::exchange(found_others_, true)) return;
  const std::string key = sql_.key;
  // EUI-64s are stored as signed integers.
  const std::string order = key.substr(0, key.find(',')) + " < 0, " + key;
  in_temporary_files(*db_, [&] {
    execute("INSERT INTO temp.others SELECT NULL, " + key + " FROM (SELECT " + key + " FROM " +
            sql_.name + " EXCEPT SELECT " + key + " FROM temp.sorted) ORDER BY " + order);
  });
}

std::size_t TableStaging::others() {
  find_others();
  return count("temp.others");
}

std::vector<std::string> TableStaging::first_others(std::size_t limit) {
  find_others();
  Statement some(*db_, std::string("SELECT ") + sql_.key + " FROM temp.others ORDER BY n LIMIT ?1");
  std::vector<std::string> keys;
  for (Run row(some, static_cast<std::int64_t>(limit)); row.next();) {
    keys.push_back(key_text(row, 0));
  }
  return keys;
}

std::size_t TableStaging::apply(const Progress& progress) {
  Statement upsert(*db_, sql_.upsert);
  auto also = prepared(*db_, sql_.also);
  Statement raise(*db_, kRaiseRelations);
  std::size_t changed = 0;
  in_transactions(*db_, count("temp.sorted"), progress,
                  [&](std::uint64_t begin, std::uint64_t end) {
                    const std::size_t upserted = changes(*db_, upsert, begin, end);
                    changed += upserted;
                    if (sql_.relations && upserted > 0) run(raise);
                    if (also) changed += changes(*db_, *also, begin, end);
                  });
  return changed;
}

void TableStaging::remove_others(const Progress& progress) {
  find_others();
  auto removing = prepared(*db_, sql_.removing);
  Statement remove(*db_, std::string("DELETE FROM ") + sql_.name + " WHERE (" + sql_.key +
                             ") IN (SELECT " + sql_.key +
                             " FROM temp.others WHERE n > ?1 AND n <= ?2)");
  Statement raise(*db_, kRaiseRelations);
  in_transactions(*db_, count("temp.others"), progress,
                  [&](std::uint64_t begin, std::uint64_t end) {
                    if (removing) run(*removing, begin, end);
                    run(remove, begin, end);
                    if (sql_.relations) run(raise);
                  });
}

std::size_t TableStaging::count(const char* table) {
  Statement count(*db_, std::string("SELECT count(*) FROM ") + table);
  Run row(count);
  row.next();
  return static_cast<std::size_t>(row.integer(0));
}

// From that column on.
std::string TableStaging::key_text(const Run& row, int column) const {
  std::string text = row.eui(column).text();
  if (table_ == Table::appointments) {
    text.append(",").append(row.eui(column + 1).text()).append(",").append(row.text(column + 2));
  }
  return text;
}

}  // namespace sample::sqlite

std::unique_ptr<sample::Staging> sample::staging_without_store(Table table) {
  auto db = std::make_unique<sqlite::Connection>(":memory:", std::chrono::milliseconds{0});
  sqlite::create_tables(*db);
  return std::make_unique<sqlite::TableStaging>(std::move(db), table);
}
