// SPDX-License-Identifier: Apache-2.0
//
// Private to the SDK's libraries and what is built with them: what is UTF-8. Header only, as
// neither dcc-host nor dcc-duis needs the other. Pure; safe from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace dcc::text {

// Written so that there is no branch for each octet.
inline bool is_ascii(std::string_view text) {
  unsigned char all = 0;
  for (const char c : text) all |= static_cast<unsigned char>(c);
  return all < 0x80;
}

// How many continuation octets follow this first one; -1: it begins no character.
inline int continuations(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first < 0xe0) return 1;
  if (first >= 0xe0 && first < 0xf0) return 2;
  if (first >= 0xf0 && first < 0xf5) return 3;
  return -1;
}

// The octets of the UTF-8 character that `text`, which is not empty, begins with; 0: none.
inline std::size_t character(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const int more = continuations(octet(0));
  if (more < 0 || text.size() <= static_cast<std::size_t>(more)) return 0;
  const auto size = static_cast<std::size_t>(more) + 1;
  for (std::size_t i = 1; i < size; ++i) {
    if ((octet(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong =
      (octet(0) == 0xe0 && octet(1) < 0xa0) || (octet(0) == 0xf0 && octet(1) < 0x90);
  const bool surrogate = octet(0) == 0xed && octet(1) >= 0xa0;
  const bool too_large = octet(0) == 0xf4 && octet(1) >= 0x90;
  return overlong || surrogate || too_large ? 0 : size;
}

// Is this well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF)?
inline bool is_utf8(std::string_view text) {
  if (is_ascii(text)) return true;
  while (!text.empty()) {
    const std::size_t size = character(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

// The text behind the mark that editors of some systems begin a file with. Nothing: the mark is
// that of UTF-16.
inline std::optional<std::string_view> without_mark(std::string_view text) {
  constexpr std::string_view kUtf8 = "\xef\xbb\xbf";
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) return std::nullopt;
  return text.starts_with(kUtf8) ? text.substr(kUtf8.size()) : text;
}

}  // namespace dcc::text
