// SPDX-License-Identifier: Apache-2.0
//
// What the sample host keeps beside an adaptor's outcomes: the register of Users, the Device
// Inventory, orders and appointments, from which the store tells facts, and how these are imported.
// An interface, so that another database can stand behind it; sqlite/store.hpp is the embedded one.
//
// All of it is safe from any thread. Functions throw StoreError as those of adaptor/store.hpp.
#pragma once

#include <memory>
#include <string_view>

#include "adaptor/store.hpp"
#include "store/search.hpp"
#include "store/staging.hpp"

namespace sample {

using dcc::duis::Eui64;
using dcc::duis::RequestId;

using dcc::adaptor::AuditHead;
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
