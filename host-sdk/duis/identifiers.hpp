// SPDX-License-Identifier: Apache-2.0
//
// The two identifiers that every DUIS message carries: EUI-64 and RequestID. Both are compared by
// their numbers, never by their spelling. Plain values; safe from any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dcc::duis {

// An EUI-64: names a User (in one role), a Device or a business target. Written as eight
// hyphenated pairs of hexadecimal digits: 90-B3-D5-1F-30-01-00-00 (schema type sr:EUI).
struct Eui64 {
  std::uint64_t value = 0;

  // Exactly the schema's spelling, digits in either case, no surrounding space; else nothing.
  static std::optional<Eui64> parse(std::string_view text);
  // Upper case.
  std::string text() const;

  auto operator<=>(const Eui64&) const = default;
};

// RequestID: originator:target:counter (schema type sr:RequestIDType). The counter may be 0 here,
// as in the schema; that it must not be is checked where a request is read.
struct RequestId {
  Eui64 originator;
  Eui64 target;
  std::uint64_t counter = 0;

  static std::optional<RequestId> parse(std::string_view text);
  std::string text() const;

  auto operator<=>(const RequestId&) const = default;
};

}  // namespace dcc::duis
