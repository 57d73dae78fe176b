// SPDX-License-Identifier: Apache-2.0
#include "request.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ch_returns {
namespace {

// A second DeviceID would leave open which hub was decided about: an element counts only alone.
std::string_view only(const dcc_request& request, std::string_view path) {
  std::optional<std::string_view> value;
  for (std::size_t i = 0; i < request.item_count; ++i) {
    if (dcc::view(request.items[i].path) != path) continue;
    if (value) throw NotValid(std::string(path) + " is given twice");
    value = dcc::view(request.items[i].value);
  }
  if (!value) throw NotValid(std::string(path) + " is missing");
  return *value;
}

std::uint64_t read_hub(const dcc_request& request) {
  const std::string_view text = only(request, "DeviceID");
  const auto hub = dcc::parse_eui64(text);
  if (hub) return *hub;
  throw NotValid("DeviceID is \"" + std::string(text) +
                 "\": expected an EUI-64 such as 00-DB-12-34-56-78-90-A2");
}

bool read_found_post_installation(const dcc_request& request) {
  const std::string_view text = only(request, "CHFFaultReturnType");
  if (text == "Fault identified post installation") return true;
  if (text == "Fault identified prior to installation") return false;
  throw NotValid("CHFFaultReturnType is \"" + std::string(text) +
                 "\": expected \"Fault identified prior to installation\" or "
                 "\"Fault identified post installation\"");
}

}  // namespace

Return read_return(Srv srv, const dcc_request& request) {
  return {read_hub(request), srv == Srv::fault_return && read_found_post_installation(request)};
}

}  // namespace ch_returns
