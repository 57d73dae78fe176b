// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/retention.hpp"

#include <string>

namespace sample::sqlite {

RetentionRows::RetentionRows(std::unique_ptr<Connection> db, ChainPlace chain)
    : db_(std::move(db)),
      chain_(std::move(chain)),
      remember_(*db_,
                "INSERT INTO remembered SELECT cursor, originator, target, counter, digest, code,"
                " decided_at FROM outcomes WHERE cursor BETWEEN ?2 AND ?1"),
      remember_hubs_(
          *db_,
          "INSERT OR IGNORE INTO returned SELECT device_id FROM outcomes"
          " INDEXED BY accepted_returns WHERE cursor BETWEEN ?2 AND ?1 AND accepted_return = 1"
          " AND device_id IS NOT NULL"),
      remove_(*db_, "DELETE FROM outcomes WHERE cursor BETWEEN ?2 AND ?1"),
      write_start_(*db_, chain_.number == kOwnChain
                             ? "INSERT OR REPLACE INTO audit_start VALUES(1, ?1, ?2, ?3)"
                             : "UPDATE moved_chains SET start_cursor = ?1, start_hash = ?2,"
                               " start_signature = ?3 WHERE number = " +
                                   std::to_string(chain_.number)),
      remembered_(*db_,
                  "SELECT cursor, originator, target, counter, decided_at FROM remembered"
                  " WHERE cursor BETWEEN ?2 AND ?3 ORDER BY cursor LIMIT ?1"),
      forget_(*db_, "DELETE FROM remembered WHERE cursor BETWEEN ?2 AND ?1"),
      highest_(*db_, "SELECT counter FROM forgotten WHERE originator = ?1"),
      write_highest_(*db_, "INSERT OR REPLACE INTO forgotten VALUES(?1, ?2)") {}

void RetentionRows::archive(const AuditStart& start) {
  Transaction transaction(*db_);
  const std::int64_t last = chain_.offset + start.cursor;
  run(remember_, last, chain_.first);
  run(remember_hubs_, last, chain_.first);
  run(remove_, last, chain_.first);
  run(write_start_, start.cursor, Blob{start.hash}, Blob{start.signature});
  transaction.commit();
}

std::vector<dcc::adaptor::Remembered> RetentionRows::remembered(std::size_t limit) {
  std::vector<dcc::adaptor::Remembered> all;
  for (Run row(remembered_, std::uint64_t{limit}, chain_.first, chain_.last); row.next();) {
    all.push_back({row.integer(0) - chain_.offset,
                   {row.eui(1), row.eui(2), row.eui(3).value},
                   row.integer(4)});
  }
  return all;
}

void RetentionRows::forget(std::int64_t cursor,
                           std::span<const std::pair<Eui64, std::uint64_t>> highest) {
  Transaction transaction(*db_);
  for (const auto& [originator, counter] : highest) {
    // Counters are unsigned, and SQLite's integers are not: compared here.
    bool is_higher = true;
    if (Run row(highest_, originator); row.next()) is_higher = row.eui(0).value < counter;
    if (is_higher) run(write_highest_, originator, counter);
  }
  run(forget_, chain_.offset + cursor, chain_.first);
  transaction.commit();
}

}  // namespace sample::sqlite
