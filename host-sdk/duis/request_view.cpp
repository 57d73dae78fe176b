// SPDX-License-Identifier: Apache-2.0
#include "duis/request_view.hpp"

namespace dcc::duis {
namespace {

dcc_str view(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

dcc_request& RequestView::of(const Message& message, std::string_view role,
                             std::int64_t received_at, std::int64_t deadline) {
  items_.clear();
  for (const auto& item : message.items) items_.push_back({view(item.path), view(item.value)});
  request_ = {};
  request_.size = sizeof request_;
  request_.command_variant = message.command_variant;
  request_.originator = message.request_id->originator.value;
  request_.target = message.request_id->target.value;
  request_.counter = message.request_id->counter;
  request_.srv = view(message.service_reference_variant);
  request_.service_reference = view(message.service_reference);
  request_.user_role = view(role);
  request_.body_element = view(message.body_element);
  static constexpr dcc_item kNone{};  // the contract has no null pointers to arrays
  request_.items = items_.empty() ? &kNone : items_.data();
  request_.item_count = items_.size();
  request_.canonical = {reinterpret_cast<const std::uint8_t*>(message.canonical.data()),
                        message.canonical.size()};
  request_.received_at = received_at;
  request_.deadline = deadline;
  return request_;
}

}  // namespace dcc::duis
