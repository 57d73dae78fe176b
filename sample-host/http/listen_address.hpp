// SPDX-License-Identifier: Apache-2.0
//
// Where a listener listens, as the configuration writes it. Plain values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace sample {

// Either an address and a port or a Unix socket.
struct ListenAddress {
  std::string address;           // numeric
  std::uint16_t port = 0;        // 0: any free one
  std::filesystem::path socket;  // not empty: a Unix socket

  // ADDRESS:PORT, where an IPv6 address stands in brackets, as in a URL, and localhost is one, too;
  // or unix:PATH. Nothing: neither of them.
  static std::optional<ListenAddress> parse(std::string_view text);

  // Only who is on this machine gets there.
  bool is_local() const;
  // As it was written, with the port that was found.
  std::string text(std::uint16_t actual_port) const;
};

}  // namespace sample
