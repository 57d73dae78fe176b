// SPDX-License-Identifier: Apache-2.0
#include "tamper.hpp"

#include "store_view.hpp"
#include "support/unpacked_outcomes.hpp"

namespace faults {

const std::vector<Tamper>& tampers() {
  namespace fs = std::filesystem;
  static const std::vector<Tamper> all = {
      // As if the commits had been said to be on disk and were not.
      {"lose-commits",
       [](const fs::path& store) {
         const fs::path log = store.string() + "-wal";
         fs::resize_file(log, fs::file_size(log) / 2);
       }},
      {"lose-outcome",
       [](const fs::path& store) {
         execute(store, "DELETE FROM outcomes WHERE cursor = (SELECT min(cursor) FROM outcomes)");
       }},
      {"change-answer",
       [](const fs::path& store) {
         support::unpack_outcomes(store);
         execute(store,
                 "UPDATE outcomes SET response = CAST(replace(CAST(response AS TEXT), 'sr:', 'SR:')"
                 " AS BLOB) WHERE cursor = (SELECT min(cursor) FROM outcomes)");
       }},
      {"forget-return",
       [](const fs::path& store) {
         execute(store,
                 "UPDATE outcomes SET accepted_return = 0 WHERE cursor ="
                 " (SELECT min(cursor) FROM outcomes WHERE accepted_return = 1)");
       }},
      {"double-return",
       [](const fs::path& store) {
         execute(
             store,
             "INSERT INTO outcomes SELECT (SELECT max(cursor) + 1 FROM outcomes), originator, "
             "target, counter + 1000000 + (SELECT max(cursor) FROM outcomes),"
             " digest, srv, role, device_id, code, reason, accepted_return, repeated,"
             " received_at, decided_at, handler, settings_hash, items, facts, request, response,"
             " hash, trace, packed FROM outcomes WHERE accepted_return = 1 LIMIT 1;"
             "UPDATE audit_head SET cursor = cursor + 1");
       }},
      {"break-index",
       [](const fs::path& store) {
         execute(store,
                 "PRAGMA writable_schema = ON;"
                 "UPDATE sqlite_schema SET sql = replace(sql, ' WHERE accepted_return = 1', '')"
                 " WHERE name = 'accepted_returns_by_device'");
       }},
  };
  return all;
}

}  // namespace faults
