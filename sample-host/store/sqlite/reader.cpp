// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/reader.hpp"

#include <array>
#include <cstdio>
#include <string>

namespace sample::sqlite {
namespace {

// The UTC day of a Unix time in milliseconds, spelled as appointments spell theirs.
std::string utc_day(std::int64_t at) {
  using std::chrono::days;
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(at)};
  const std::chrono::year_month_day day{floor<days>(time)};
  std::array<char, 32> text;
  const int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", int{day.year()},
                                 unsigned{day.month()}, unsigned{day.day()});
  return {text.data(), static_cast<std::size_t>(size)};
}

// One statement reads the answer and its revision, so both are of one moment.
dcc::host::Lookups::Relation relation(Run& run) {
  run.next();
  return {run.integer(0) != 0, run.integer(1)};
}

template <typename Lookup>
auto or_unavailable(Lookup lookup) {
  try {
    return lookup();
  } catch (const StoreError& error) {
    throw dcc::host::Unavailable(error.what());
  }
}

}  // namespace

Reader::Reader(const std::filesystem::path& file, std::chrono::milliseconds patience)
    : db_(file, patience),
      begin_(db_, "BEGIN"),
      end_(db_, "ROLLBACK"),
      user_(db_, "SELECT role, status FROM users WHERE user_id = ?1"),
      replay_(db_,
              "SELECT digest, response FROM outcomes"
              " WHERE originator = ?1 AND target = ?2 AND counter = ?3"),
      device_(db_, "SELECT type, status, revision FROM devices WHERE device_id = ?1"),
      acts_for_orderer_(db_,
                        "SELECT EXISTS(SELECT 1 FROM orders"
                        "  JOIN appointments USING (supplier_id)"
                        "  JOIN users ON users.user_id = orders.supplier_id"
                        "  WHERE device_id = ?2 AND agent_id = ?1 AND valid_from <= ?3"
                        "  AND (valid_until IS NULL OR valid_until >= ?3)),"
                        " (SELECT value FROM meta WHERE name = 'relations_revision')"),
      acts_for_any_(db_,
                    "SELECT EXISTS(SELECT 1 FROM appointments"
                    "  JOIN users ON users.user_id = appointments.supplier_id"
                    "  WHERE agent_id = ?1 AND valid_from <= ?2"
                    "  AND (valid_until IS NULL OR valid_until >= ?2)),"
                    " (SELECT value FROM meta WHERE name = 'relations_revision')") {}

void Reader::begin() {
  if (db_.in_transaction()) run(end_);  // the last one could not be ended
  run(begin_);
}

void Reader::end() noexcept {
  try {
    run(end_);
  } catch (const StoreError&) {
    // begin() tries again.
  }
}

std::optional<User> Reader::user(Eui64 user_id) {
  Run run(user_, user_id);
  if (!run.next()) return std::nullopt;
  return User{std::string(run.text(0)), std::string(run.text(1))};
}

std::optional<Replay> Reader::replay(const RequestId& id) {
  Run run(replay_, id.originator, id.target, id.counter);
  if (!run.next()) return std::nullopt;
  return Replay{std::string(run.text(0)), std::string(run.text(1))};
}

std::optional<dcc::host::Lookups::Device> Reader::device(std::uint64_t device_id) {
  return or_unavailable([&]() -> std::optional<Device> {
    Run run(device_, device_id);
    if (!run.next()) return std::nullopt;
    return Device{std::string(run.text(0)), std::string(run.text(1)), run.integer(2)};
  });
}

dcc::host::Lookups::Relation Reader::acts_for_orderer(std::uint64_t agent_id,
                                                      std::uint64_t device_id, std::int64_t at) {
  const std::string day = utc_day(at);
  return or_unavailable([&] {
    Run run(acts_for_orderer_, agent_id, device_id, std::string_view(day));
    return relation(run);
  });
}

dcc::host::Lookups::Relation Reader::acts_for_any(std::uint64_t agent_id, std::int64_t at) {
  const std::string day = utc_day(at);
  return or_unavailable([&] {
    Run run(acts_for_any_, agent_id, std::string_view(day));
    return relation(run);
  });
}

}  // namespace sample::sqlite
