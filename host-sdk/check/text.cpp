// SPDX-License-Identifier: Apache-2.0
#include "check/text.hpp"

#include <cstddef>
#include <cstdint>

namespace dcc::check {
namespace {

// How many continuation octets follow this first one; -1: it begins no character.
int continuations(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first < 0xe0) return 1;
  if (first >= 0xe0 && first < 0xf0) return 2;
  if (first >= 0xf0 && first < 0xf5) return 3;
  return -1;
}

// The octets of the UTF-8 character that `text`, which is not empty, begins with; 0: none.
std::size_t character(std::string_view text) {
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

void append_escaped(std::string& line, char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  const auto octet = static_cast<unsigned char>(c);
  line += "\\x";
  line += kDigits[octet >> 4];
  line += kDigits[octet & 0xf];
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = character(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string line;
  while (!text.empty()) {
    if (line.size() >= limit) return line + "...";
    const std::size_t size = character(text);
    const auto first = static_cast<unsigned char>(text.front());
    if (size == 0 || first < 0x20 || first == 0x7f) {
      append_escaped(line, text.front());
      text.remove_prefix(1);
    } else {
      line += text.substr(0, size);
      text.remove_prefix(size);
    }
  }
  return line;
}

}  // namespace dcc::check
