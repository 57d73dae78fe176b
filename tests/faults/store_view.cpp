// SPDX-License-Identifier: Apache-2.0
#include "store_view.hpp"

#include <stdexcept>

#include "duis/identifiers.hpp"
#include "support/process.hpp"

namespace faults {

using sample::sqlite::Run;
using sample::sqlite::Statement;

SqliteView::SqliteView(const std::filesystem::path& file) : db_(file, support::kPatience) {}

std::optional<StoreView::Outcome> SqliteView::outcome(const std::string& request_id) {
  const auto id = dcc::duis::RequestId::parse(request_id);
  if (!id) throw std::logic_error("no RequestID: " + request_id);
  Statement select(db_,
                   "SELECT code, response, accepted_return, packed FROM outcomes"
                   " WHERE originator = ?1 AND target = ?2 AND counter = ?3");
  Run row(select, id->originator, id->target, id->counter);
  if (!row.next()) return std::nullopt;
  const std::string_view response =
      row.is_null(3) ? row.text(1) : packing_.unpack(row.text(3)).response;
  return Outcome{std::string(row.text(0)), std::string(response), row.integer(2) != 0};
}

std::vector<std::string> SqliteView::request_ids(dcc::adaptor::Cursors& after) {
  Statement select(db_,
                   "SELECT originator, target, counter, cursor FROM outcomes WHERE cursor > ?1"
                   " ORDER BY cursor");
  Run row(select, after.of({}));
  std::vector<std::string> ids;
  while (row.next()) {
    ids.push_back(dcc::duis::RequestId{row.eui(0), row.eui(1), row.eui(2).value}.text());
    after.set({}, row.integer(3));
  }
  return ids;
}

std::string SqliteView::integrity() {
  Statement check(db_, "PRAGMA integrity_check(5)");
  Run row(check);
  std::string text;
  while (row.next()) text.append(text.empty() ? "" : "; ").append(row.text(0));
  return text;
}

std::int64_t SqliteView::devices_otherwise(std::uint64_t first, std::uint64_t last,
                                           const std::string& status) {
  Statement select(db_,
                   "SELECT ?2 - ?1 + 1 - (SELECT count(*) FROM devices"
                   " WHERE device_id BETWEEN ?1 AND ?2 AND status = ?3)");
  Run row(select, first, last, status);
  return row.next() ? row.integer(0) : -1;
}

void execute(const std::filesystem::path& store, const std::string& sql) {
  sample::sqlite::Connection(store, support::kPatience).execute(sql.c_str());
}

}  // namespace faults
