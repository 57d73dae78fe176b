// SPDX-License-Identifier: Apache-2.0
#include "duis/identifiers.hpp"

#include <charconv>

#include "text/hex.hpp"

namespace dcc::duis {
namespace {

constexpr std::size_t kEuiLength = 23;  // eight pairs and seven hyphens

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

}  // namespace

std::optional<Eui64> Eui64::parse(std::string_view text) {
  if (text.size() != kEuiLength) return std::nullopt;
  Eui64 eui;
  for (std::size_t i = 0; i < kEuiLength; ++i) {
    if (i % 3 == 2) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const auto digit = hex_digit(text[i]);
    if (!digit) return std::nullopt;
    eui.value = eui.value << 4 | *digit;
  }
  return eui;
}

std::string Eui64::text() const {
  constexpr std::string_view kDigits = text::kUpperHexDigits;
  std::string out(kEuiLength, '-');
  for (std::size_t pair = 0; pair < 8; ++pair) {
    const unsigned octet = static_cast<unsigned>(value >> (56 - 8 * pair)) & 0xFF;
    out[pair * 3] = kDigits[octet >> 4];
    out[pair * 3 + 1] = kDigits[octet & 15];
  }
  return out;
}

std::optional<RequestId> RequestId::parse(std::string_view text) {
  if (text.size() < 2 * kEuiLength + 3) return std::nullopt;
  if (text[kEuiLength] != ':' || text[2 * kEuiLength + 1] != ':') return std::nullopt;
  const auto originator = Eui64::parse(text.substr(0, kEuiLength));
  const auto target = Eui64::parse(text.substr(kEuiLength + 1, kEuiLength));
  const std::string_view digits = text.substr(2 * kEuiLength + 2);
  if (!originator || !target || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  std::uint64_t counter = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), counter);
  if (error != std::errc{} || end != digits.end()) return std::nullopt;
  return RequestId{*originator, *target, counter};
}

std::string RequestId::text() const {
  return originator.text() + ':' + target.text() + ':' + std::to_string(counter);
}

}  // namespace dcc::duis
