// SPDX-License-Identifier: Apache-2.0
//
// What the sample host keeps beside an adaptor's outcomes: the register of Users, the Device
// Inventory, orders and appointments, from which the store tells facts, and how these are imported.
// An interface, so that another database can stand behind it; sqlite/store.hpp is the embedded one.
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

// Opens (and creates, if absent) the store that a [store] url names: sqlite:PATH, an absolute path
// by now. Throws StoreError: unknown scheme, not a database, another version's (an older one needs
// upgrade_store), not writable.
std::unique_ptr<Store> open_store(std::string_view url);

struct Upgrade {
  std::int64_t from = 0, to = 0;   // versions; the same: nothing is to be done
  std::vector<std::string> steps;  // what is done, in order
};
// What upgrade_store would do with a store that is there; reads and writes nothing. Throws
// StoreError: not a store of ours, or a newer version's.
Upgrade planned_upgrade(std::string_view url);

struct UpgradeOptions {
  // Signs the head of a trail that an upgrade begins; may be empty.
  dcc::adaptor::SignHead sign_head{};
  // Now and then in a step that takes long; may be empty.
  std::function<void(std::int64_t done, std::int64_t total)> progress{};
};
// Brings a store that is there to this program's version, step by step; killed, it goes on where it
// was when it is called again. Throws StoreError: as planned_upgrade, or others use the store.
Upgrade upgrade_store(std::string_view url, const UpgradeOptions& options);

// Copies a store as it is at one moment, beside whoever uses it, into a new file for its owner
// only, which is on disk then and a store itself. Throws StoreError; what is left of `to` is of no
// use.
void copy_store(std::string_view url, const std::filesystem::path& to);

struct Restored {
  dcc::adaptor::StoreIdentity identity;  // the epoch is a new one
  std::int64_t last_commit = 0;          // Unix milliseconds; 0: the backup has no outcomes
  std::int64_t restored_at = 0;
  std::filesystem::path replaced{};  // where what was there is now; empty: nothing was
};
// Puts a backup into the store's place, and raises its epoch. `examine` is given the url of what
// will be put there, and throws if it shall not be. What was there is kept beside it. Killed, it is
// repeated; between, nothing opens the store. Throws StoreError: not a store, a newer version's,
// others use the one that is there.
Restored restore_store(const std::filesystem::path& from, std::string_view url,
                       const std::function<void(const std::string& url)>& examine);

// Reads a store that is there, which may be in use, and throws StoreError if it is damaged, which
// leaves it as it is.
enum class Depth {
  structure,   // every page: a second or two for a gigabyte
  everything,  // also every row against every index, and whose store it is: several times as long;
               // no file is written, made or removed
};
void check_store(std::string_view url, Depth depth);

}  // namespace sample
