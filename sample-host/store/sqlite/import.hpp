// SPDX-License-Identifier: Apache-2.0
//
// Imports into the SQLite store: upserts in short transactions, so that commits of a running host
// come through in between. See Store::import_*. One thread at a time per connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>

#include "store/sqlite/sqlite.hpp"
#include "store/store.hpp"

namespace sample::sqlite {

inline constexpr std::size_t kRowsPerTransaction = 10'000;

// SQLite hands its lock to whoever asks first, so without a gap an import would take it back at
// once, and a waiting commit would hardly ever see it free. Longer than Connection's retry.
inline constexpr std::chrono::milliseconds kGapForCommits{3};

std::size_t import_users(Connection& db, std::span<const UserRow> rows,
                         const Store::Progress& progress);
std::size_t import_devices(Connection& db, std::span<const DeviceRow> rows,
                           const Store::Progress& progress);
std::size_t import_orders(Connection& db, std::span<const OrderRow> rows,
                          const Store::Progress& progress);
std::size_t import_appointments(Connection& db, std::span<const AppointmentRow> rows,
                                const Store::Progress& progress);

}  // namespace sample::sqlite
