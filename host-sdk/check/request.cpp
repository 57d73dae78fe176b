// SPDX-License-Identifier: Apache-2.0
#include "check/request.hpp"

#include <algorithm>
#include <cstring>

namespace dcc::check {
namespace {

const dcc_item* place_items(const Request& request, GivenMemory& memory) {
  std::vector<dcc_item> items;
  items.reserve(request.items.size());
  for (const Request::Item& item : request.items) {
    items.push_back({memory.place(item.path), memory.place(item.value)});
  }
  return static_cast<const dcc_item*>(memory.place(items.data(), items.size() * sizeof(dcc_item)));
}

}  // namespace

const dcc_request* place(const Request& request, GivenMemory& memory) {
  dcc_request given{};
  given.size = request.size;
  given.command_variant = request.command_variant;
  given.originator = request.originator;
  given.target = request.target;
  given.counter = request.counter;
  given.srv = memory.place(request.srv);
  given.service_reference = memory.place(request.service_reference);
  given.user_role = memory.place(request.user_role);
  given.body_element = memory.place(request.body_element);
  given.items = place_items(request, memory);
  given.item_count = request.items.size();
  const dcc_str canonical = memory.place(request.canonical);
  given.canonical = {reinterpret_cast<const std::uint8_t*>(canonical.data), canonical.size};
  given.received_at = request.received_at;
  given.deadline = request.deadline;

  // What this plugin's header does not know yet is filled with what is no pointer and no zero.
  std::vector<unsigned char> octets(request.size, 0xa5);
  std::memcpy(octets.data(), &given, std::min(octets.size(), sizeof given));
  return static_cast<const dcc_request*>(memory.place(octets.data(), octets.size()));
}

}  // namespace dcc::check
