// SPDX-License-Identifier: Apache-2.0
//
// What the sample host keeps beside an adaptor's outcomes: the register of Users, the Device
// Inventory, orders and appointments, from which the store tells facts, and how these are imported.
// An interface, so that another database can stand behind it; sqlite/store.hpp is the embedded one.
//
// The imports are safe from any thread. Functions throw StoreError as those of adaptor/store.hpp.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adaptor/store.hpp"

namespace sample {

using dcc::duis::Eui64;
using dcc::duis::RequestId;

using dcc::adaptor::AuditHead;
using dcc::adaptor::Outcome;
using dcc::adaptor::StoredOutcome;
using dcc::adaptor::StoreError;

// Rows of an import, typed and checked; `line` is where the file has them. Views are of literals:
// there may be tens of millions of rows.
struct UserRow {
  Eui64 user_id;
  std::string_view role, status;
  std::string name;
  std::size_t line = 0;
};
struct DeviceRow {
  Eui64 device_id;
  std::string_view type, status;
  std::size_t line = 0;
};
struct OrderRow {
  Eui64 device_id, supplier_id;
  std::size_t line = 0;
};
struct AppointmentRow {
  Eui64 agent_id, supplier_id;
  std::string valid_from;   // ISO date, UTC, inclusive
  std::string valid_until;  // likewise; empty: open
  std::size_t line = 0;
};

enum class Table { users, devices, orders, appointments };

// A row's key, whichever table it is of.
struct RowKey {
  Eui64 id;             // the User's, device's or agent's
  Eui64 supplier_id{};  // of appointments, as the next
  std::string_view valid_from{};
};

class Leftovers;

class Store : public dcc::adaptor::Store {
 public:
  // Upserts by key, in the order given, in transactions of at most 10,000 rows; the rows should be
  // sorted by key. An import of many may come in several calls. A device row that changes something
  // raises that device's revision; rows of Users (but for their names), orders and appointments
  // that do raise the one revision of these three. Safe beside a running host, from another process
  // too. `progress` is called after each transaction with the rows done; it may be empty. Returns
  // how many rows changed something.
  using Progress = std::function<void(std::size_t done)>;
  virtual std::size_t import_users(std::span<const UserRow> rows, const Progress& progress) = 0;
  virtual std::size_t import_devices(std::span<const DeviceRow> rows, const Progress& progress) = 0;
  virtual std::size_t import_orders(std::span<const OrderRow> rows, const Progress& progress) = 0;
  virtual std::size_t import_appointments(std::span<const AppointmentRow> rows,
                                          const Progress& progress) = 0;

  // For a file that is the whole truth about a table.
  virtual std::unique_ptr<Leftovers> leftovers(Table table) = 0;
};

// The rows of a table whose keys are not among those that are kept, as they are when first asked
// for. For one thread; throws StoreError.
class Leftovers {
 public:
  virtual ~Leftovers() = default;
  // Not twice the same, and none after the first question.
  virtual void keep(const RowKey& key) = 0;
  virtual std::size_t count() = 0;
  // Of the first of them by key, the keys as an import's file has them.
  virtual std::vector<std::string> first(std::size_t limit) = 0;
  // In transactions of at most 10,000 rows, safe beside a running host. A device that is removed
  // and imported again gets a revision that it never had.
  virtual void remove(const Store::Progress& progress) = 0;
};

// Opens (and creates, if absent) the store that a [store] url names: sqlite:PATH, an absolute path
// by now. Throws StoreError: unknown scheme, not a database, another version's, not writable.
std::unique_ptr<Store> open_store(std::string_view url);

// Reads a store that is there, which may be in use, and throws StoreError if it is damaged, which
// leaves it as it is.
enum class Depth {
  structure,   // every page: a second or two for a gigabyte
  everything,  // also every row against every index, and whose store it is: several times as long;
               // no file is written, made or removed
};
void check_store(std::string_view url, Depth depth);

}  // namespace sample
