// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/leftovers.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "store/sqlite/import.hpp"

namespace sample::sqlite {
namespace {

// A table's name, its key's columns, and what else has to be done when rows of it go.
struct Removal {
  const char* table;
  const char* key;   // a row value, as `others` has it
  const char* also;  // in each transaction; ?1 and ?2 bound the rows of `others`
};

constexpr const char* kRaiseRelations =
    "UPDATE meta SET value = value + 1 WHERE name = 'relations_revision' AND ?1 < ?2";

constexpr Removal removal_of(Table table) {
  switch (table) {
    case Table::users:
      return {"users", "user_id", kRaiseRelations};
    case Table::devices:
      // One that comes back must not have a revision that somebody may still remember.
      return {"devices", "device_id",
              "INSERT INTO meta SELECT 'first_device_revision', max(revision) + 1 FROM devices"
              " WHERE device_id IN (SELECT id FROM temp.others WHERE n > ?1 AND n <= ?2)"
              " HAVING count(*) > 0 ON CONFLICT DO UPDATE SET value = max(value, excluded.value)"};
    case Table::orders:
      return {"orders", "device_id", kRaiseRelations};
    case Table::appointments:
      return {"appointments", "agent_id, supplier_id, valid_from", kRaiseRelations};
  }
  return {};
}

const char* columns_of(Table table) {
  return table == Table::appointments ? "id, supplier_id, valid_from" : "id";
}

}  // namespace

TableLeftovers::TableLeftovers(const std::filesystem::path& file,
                               std::chrono::milliseconds patience, int checkpoint_pages,
                               Table table)
    : table_(table), db_(file, patience) {
  sqlite3_wal_autocheckpoint(db_.handle(), checkpoint_pages);
  db_.execute(
      "CREATE TEMP TABLE kept(id INTEGER, supplier_id INTEGER, valid_from TEXT,"
      " PRIMARY KEY(id, supplier_id, valid_from)) WITHOUT ROWID;"
      "CREATE TEMP TABLE others(n INTEGER PRIMARY KEY, id INTEGER, supplier_id INTEGER,"
      " valid_from TEXT);"
      "BEGIN");  // of temporary tables alone: locks nothing of the store
  keep_.emplace(db_, "INSERT INTO temp.kept VALUES(?1, ?2, ?3)");
}

void TableLeftovers::keep(const RowKey& key) {
  run(*keep_, key.id, key.supplier_id, key.valid_from);
}

// Once, when all that is kept is known.
void TableLeftovers::find() {
  if (std::exchange(found_, true)) return;
  const std::string key = removal_of(table_).key;
  const std::string columns = columns_of(table_);
  // EUI-64s are stored as signed integers.
  const std::string order = key.substr(0, key.find(',')) + " < 0, " + key;
  db_.execute("COMMIT");
  db_.execute(("INSERT INTO temp.others(" + columns + ") SELECT " + key + " FROM " +
               removal_of(table_).table + " WHERE (" + key + ") NOT IN (SELECT " + columns +
               " FROM temp.kept) ORDER BY " + order)
                  .c_str());
}

std::size_t TableLeftovers::count() {
  find();
  Statement count(db_, "SELECT count(*) FROM temp.others");
  Run row(count);
  row.next();
  return static_cast<std::size_t>(row.integer(0));
}

std::vector<std::string> TableLeftovers::first(std::size_t limit) {
  find();
  Statement some(db_, "SELECT id, supplier_id, valid_from FROM temp.others ORDER BY n LIMIT ?1");
  std::vector<std::string> keys;
  for (Run row(some, static_cast<std::int64_t>(limit)); row.next();) {
    keys.push_back(row.eui(0).text());
    if (table_ != Table::appointments) continue;
    keys.back().append(",").append(row.eui(1).text()).append(",").append(row.text(2));
  }
  return keys;
}

void TableLeftovers::remove(const Store::Progress& progress) {
  const std::size_t all = count();
  const auto [table, key, also] = removal_of(table_);
  Statement note(db_, also);
  Statement remove(db_, std::string("DELETE FROM ") + table + " WHERE (" + key + ") IN (SELECT " +
                            columns_of(table_) + " FROM temp.others WHERE n > ?1 AND n <= ?2)");
  for (std::size_t done = 0; done < all;) {
    if (done > 0) std::this_thread::sleep_for(kGapForCommits);
    const std::size_t end = std::min(done + kRowsPerTransaction, all);
    Transaction transaction(db_);
    run(note, std::uint64_t{done}, std::uint64_t{end});
    run(remove, std::uint64_t{done}, std::uint64_t{end});
    transaction.commit();
    done = end;
    if (progress) progress(done);
  }
}

}  // namespace sample::sqlite
