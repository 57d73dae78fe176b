// SPDX-License-Identifier: Apache-2.0
//
// Private to the SDK's libraries and what is built with them: hexadecimal digits. Header only, as
// neither dcc-host nor dcc-duis needs the other. Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dcc::text {

inline constexpr std::string_view kHexDigits = "0123456789abcdef";
inline constexpr std::string_view kUpperHexDigits = "0123456789ABCDEF";

// The last so many digits of a number.
inline std::string hex(std::uint64_t number, int digits, std::string_view alphabet = kHexDigits) {
  std::string text;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    text += alphabet[number >> shift & 0xf];
  return text;
}

// Two digits for each octet.
inline std::string hex(std::string_view octets) {
  std::string text;
  text.reserve(2 * octets.size());
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    text += kHexDigits[octet >> 4];
    text += kHexDigits[octet & 0xf];
  }
  return text;
}

}  // namespace dcc::text
