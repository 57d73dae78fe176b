// SPDX-License-Identifier: Apache-2.0
//
// What the programs say about many measurements.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace bench {

// The value that a share (0.99) of the values does not exceed; 0 if there are none.
inline double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto wanted = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  const auto index = std::min(wanted, values.size() - 1);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(index);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

inline double median(const std::vector<double>& values) {
  return quantile(values, 0.5);
}

}  // namespace bench
