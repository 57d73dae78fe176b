// SPDX-License-Identifier: Apache-2.0
#include "host/status.hpp"

#include <array>
#include <string_view>

namespace dcc::host {

std::string status_text(dcc_status status) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "DCC_OK",       "DCC_NOT_FOUND", "DCC_UNAVAILABLE", "DCC_INVALID",
      "DCC_CONFLICT", "DCC_NOT_NOW",   "DCC_INTERNAL"};
  static_assert(kNames.size() == DCC_INTERNAL + 1);
  std::string text = "status " + std::to_string(status);
  if (status >= 0 && static_cast<std::size_t>(status) < kNames.size()) {
    text.append(" (").append(kNames[static_cast<std::size_t>(status)]).append(")");
  }
  return text;
}

}  // namespace dcc::host
