// SPDX-License-Identifier: Apache-2.0
//
// What each import did to each hub: its status at each of its revisions, kept by who imports and
// not read from the store. Safe from any thread, as long as each hub has one importer.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace faults {

class InventoryHistory {
 public:
  // An import of this row was done. A status that it has already raises no revision.
  void imported(const std::string& device, const std::string& status);

  std::string status(const std::string& device) const;
  // Nothing: no import made such a revision.
  std::optional<std::string> status_at(const std::string& device, std::int64_t revision) const;
  // Revisions after the first, of all hubs.
  std::size_t changes() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> statuses_;  // at revision 1, 2, ...
};

}  // namespace faults
