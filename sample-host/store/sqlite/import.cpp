// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/import.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <thread>

namespace sample::sqlite {
namespace {

// Whether it changed a row.
template <typename... Values>
bool changes(Connection& db, Statement& statement, const Values&... values) {
  run(statement, values...);
  return sqlite3_changes(db.handle()) > 0;
}

// Applies `upsert` (returns whether the row changed something) to all rows, and `after` to the
// number of changed rows of each transaction before it is committed; it begins with `before`.
// Returns their sum.
template <typename Row, typename Upsert, typename After, typename Before = void (*)()>
std::size_t in_transactions(
    Connection& db, std::span<const Row> rows, const Store::Progress& progress, Upsert upsert,
    After after, Before before = [] {}) {
  std::size_t changed = 0;
  std::size_t done = 0;
  while (done < rows.size()) {
    if (done > 0) std::this_thread::sleep_for(kGapForCommits);
    const auto part = rows.subspan(done, std::min(kRowsPerTransaction, rows.size() - done));
    Transaction transaction(db);
    before();
    const auto part_changed = static_cast<std::size_t>(std::ranges::count_if(part, upsert));
    after(part_changed);
    transaction.commit();
    changed += part_changed;
    done += part.size();
    if (progress) progress(done);
  }
  return changed;
}

// Raises the revision of Users, orders and appointments.
class RelationsRevision {
 public:
  explicit RelationsRevision(Connection& db)
      : raise_(db, "UPDATE meta SET value = value + 1 WHERE name = 'relations_revision'") {}

  void raise_if(bool changed) {
    if (changed) run(raise_);
  }

 private:
  Statement raise_;
};

}  // namespace

std::size_t import_users(Connection& db, std::span<const UserRow> rows,
                         const Store::Progress& progress) {
  Statement add(db, "INSERT INTO users VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING");
  Statement change(db,
                   "UPDATE users SET role = ?2, status = ?3 WHERE user_id = ?1"
                   " AND (role <> ?2 OR status <> ?3)");
  Statement rename(db, "UPDATE users SET name = ?2 WHERE user_id = ?1 AND name <> ?2");
  RelationsRevision relations(db);
  bool matters = false;
  const auto upsert = [&](const UserRow& row) {
    if (changes(db, add, row.user_id, row.role, row.status, row.name)) return matters = true;
    const bool changed = changes(db, change, row.user_id, row.role, row.status);
    if (changed) matters = true;
    return changes(db, rename, row.user_id, row.name) || changed;
  };
  // The User can be a Supplier that orders and appointments name, and only an active one confirms.
  const auto after = [&](std::size_t) {
    relations.raise_if(matters);
    matters = false;
  };
  return in_transactions(db, rows, progress, upsert, after);
}

std::size_t import_devices(Connection& db, std::span<const DeviceRow> rows,
                           const Store::Progress& progress) {
  Statement upsert(db,
                   "INSERT INTO devices VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE"
                   " SET type = ?2, status = ?3, revision = revision + 1"
                   " WHERE type <> ?2 OR status <> ?3");
  Statement first(db, "SELECT value FROM meta WHERE name = 'first_device_revision'");
  std::int64_t revision = 1;  // of a new one: none that was removed had it
  return in_transactions(
      db, rows, progress,
      [&](const DeviceRow& row) {
        return changes(db, upsert, row.device_id, row.type, row.status, revision);
      },
      [](std::size_t) {},
      [&] {
        Run row(first);
        if (row.next()) revision = row.integer(0);
      });
}

std::size_t import_orders(Connection& db, std::span<const OrderRow> rows,
                          const Store::Progress& progress) {
  Statement upsert(db,
                   "INSERT INTO orders VALUES(?1, ?2) ON CONFLICT DO UPDATE"
                   " SET supplier_id = ?2 WHERE supplier_id <> ?2");
  RelationsRevision relations(db);
  return in_transactions(
      db, rows, progress,
      [&](const OrderRow& row) { return changes(db, upsert, row.device_id, row.supplier_id); },
      [&](std::size_t changed) { relations.raise_if(changed > 0); });
}

std::size_t import_appointments(Connection& db, std::span<const AppointmentRow> rows,
                                const Store::Progress& progress) {
  Statement upsert(db,
                   "INSERT INTO appointments VALUES(?1, ?2, ?3, nullif(?4, ''))"
                   " ON CONFLICT DO UPDATE SET valid_until = excluded.valid_until"
                   " WHERE valid_until IS NOT excluded.valid_until");
  RelationsRevision relations(db);
  return in_transactions(
      db, rows, progress,
      [&](const AppointmentRow& row) {
        return changes(db, upsert, row.agent_id, row.supplier_id, row.valid_from, row.valid_until);
      },
      [&](std::size_t changed) { relations.raise_if(changed > 0); });
}

}  // namespace sample::sqlite
