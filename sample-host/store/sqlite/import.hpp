// SPDX-License-Identifier: Apache-2.0
//
// Imports into the SQLite store: upserts in short transactions, so that commits of a running host
// come through in between. See Store::import_*. One thread at a time per connection.
#pragma once

#include <cstddef>
#include <span>

#include "store/sqlite/sqlite.hpp"
#include "store/store.hpp"

namespace sample::sqlite {

std::size_t import_users(Connection& db, std::span<const UserRow> rows,
                         const Store::Progress& progress);
std::size_t import_devices(Connection& db, std::span<const DeviceRow> rows,
                           const Store::Progress& progress);
std::size_t import_orders(Connection& db, std::span<const OrderRow> rows,
                          const Store::Progress& progress);
std::size_t import_appointments(Connection& db, std::span<const AppointmentRow> rows,
                                const Store::Progress& progress);

}  // namespace sample::sqlite
