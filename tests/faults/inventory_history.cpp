// SPDX-License-Identifier: Apache-2.0
#include "inventory_history.hpp"

namespace faults {

void InventoryHistory::imported(const std::string& device, const std::string& status) {
  const std::lock_guard lock(mutex_);
  auto& statuses = statuses_[device];
  if (statuses.empty() || statuses.back() != status) statuses.push_back(status);
}

std::string InventoryHistory::status(const std::string& device) const {
  const std::lock_guard lock(mutex_);
  return statuses_.at(device).back();
}

std::optional<std::string> InventoryHistory::status_at(const std::string& device,
                                                       std::int64_t revision) const {
  const std::lock_guard lock(mutex_);
  const auto found = statuses_.find(device);
  if (found == statuses_.end() || revision < 1 ||
      static_cast<std::size_t>(revision) > found->second.size()) {
    return std::nullopt;
  }
  return found->second[static_cast<std::size_t>(revision) - 1];
}

std::size_t InventoryHistory::changes() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [device, statuses] : statuses_) count += statuses.size() - 1;
  return count;
}

}  // namespace faults
