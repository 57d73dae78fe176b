// SPDX-License-Identifier: Apache-2.0
//
// What the sample host keeps beside an adaptor's outcomes: the register of Users, the Device
// Inventory, orders and appointments, from which the store tells facts, and how these are imported.
// An interface, so that another database can stand behind it; sqlite/store.hpp is the embedded one,
// and stores/stores.hpp opens the one that a URL names.
//
// All of it is safe from any thread. Functions throw StoreError as those of adaptor/store.hpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adaptor/store.hpp"
#include "store/search.hpp"
#include "store/staging.hpp"

namespace sample {

using dcc::duis::Eui64;
using dcc::duis::RequestId;

using dcc::adaptor::AuditHead;
using dcc::adaptor::AuditStart;
using dcc::adaptor::Outcome;
using dcc::adaptor::StoredOutcome;
using dcc::adaptor::StoreError;

class Store : public dcc::adaptor::Store {
 public:
  // For an import into that table.
  virtual std::unique_ptr<Staging> staging(Table table) = 0;

  // From any thread.
  virtual Found search(const Search& search) = 0;
  // After this one, at most `limit`, in an order that stays. From any thread.
  virtual std::vector<RegisteredUser> users(std::optional<Eui64> after, std::size_t limit) = 0;
  // The Supplier that the device was ordered for; nothing: no order names it. From any thread.
  virtual std::optional<Eui64> ordered_for(Eui64 device) = 0;
};

struct Upgrade {
  std::int64_t from = 0, to = 0;   // versions; the same: nothing is to be done
  std::vector<std::string> steps;  // what is done, in order
};

struct UpgradeOptions {
  // Signs the head of a trail that an upgrade begins; may be empty.
  dcc::adaptor::SignHead sign_head{};
  // Now and then in a step that takes long; may be empty.
  std::function<void(std::int64_t done, std::int64_t total)> progress{};
};

struct Restored {
  dcc::adaptor::StoreIdentity identity;  // the epoch is a new one
  std::int64_t last_commit = 0;          // Unix milliseconds; 0: the backup has no outcomes
  std::int64_t restored_at = 0;
  std::filesystem::path replaced{};  // where what was there is now; empty: nothing was
};

// How a store is read that may be damaged.
enum class Depth {
  structure,   // every page: a second or two for a gigabyte
  everything,  // also every row against every index, and whose store it is: several times as long;
               // no file is written, made or removed
};

}  // namespace sample
