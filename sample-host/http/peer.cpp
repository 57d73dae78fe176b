// SPDX-License-Identifier: Apache-2.0
#include "http/peer.hpp"

#include "text/hex.hpp"

namespace sample {
namespace {

bool is_hex(std::string_view text) {
  return text.find_first_not_of(dcc::text::kHexDigits) == std::string_view::npos;
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::string_view traceparent(std::string_view value) {
  constexpr std::string_view kForm = "vv-tttttttttttttttttttttttttttttttt-pppppppppppppppp-ff";
  if (value.size() < kForm.size()) return {};
  const std::string_view known = value.substr(0, kForm.size()), more = value.substr(kForm.size());
  const auto version = known.substr(0, 2), trace = known.substr(3, 32),
             parent = known.substr(36, 16);
  const bool good = is_hex(version) && is_hex(trace) && is_hex(parent) &&
                    is_hex(known.substr(53)) && known[2] == '-' && known[35] == '-' &&
                    known[52] == '-' && version != "ff" && !is_zero(trace) && !is_zero(parent) &&
                    (more.empty() || (version != "00" && more.starts_with('-')));
  return good ? known : std::string_view();
}

LogEvent& add_peer(LogEvent& event, const Peer& peer) noexcept {
  event.text("peer", peer.address);
  if (!peer.trace.empty()) event.text("trace", peer.trace);
  return event;
}

}  // namespace sample
