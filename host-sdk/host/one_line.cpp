// SPDX-License-Identifier: Apache-2.0
#include "host/one_line.hpp"

#include <algorithm>
#include <array>

#include "text/hex.hpp"
#include "text/utf8.hpp"

namespace dcc::host {
namespace {

using text::character;
using text::is_ascii;

// What is not seen: Unicode's spaces and line ends but U+0020, its controls beyond ASCII, and what
// a display may leave out (Default_Ignorable_Code_Point).
struct Range {
  char32_t first, last;
};
constexpr std::array<Range, 22> kUnseen{
    {{0x80, 0xa0},       {0xad, 0xad},      {0x34f, 0x34f},     {0x61c, 0x61c},
     {0x115f, 0x1160},   {0x1680, 0x1680},  {0x17b4, 0x17b5},   {0x180b, 0x180f},
     {0x2000, 0x200f},   {0x2028, 0x202f},  {0x205f, 0x206f},   {0x2800, 0x2800},
     {0x3000, 0x3000},   {0x3164, 0x3164},  {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
     {0xffa0, 0xffa0},   {0xfff0, 0xfffb},  {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},
     {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}}};

bool is_unseen(char32_t code) {
  const auto range = std::ranges::lower_bound(kUnseen, code, {}, &Range::last);
  return range != kUnseen.end() && range->first <= code;
}

bool is_control(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet < 0x20 || octet == 0x7f;
}

// Without a branch for each octet.
bool holds_control(std::string_view text) {
  unsigned found = 0;
  for (const char c : text) found |= static_cast<unsigned>(is_control(c));
  return found != 0;
}

char32_t code_point(std::string_view character) {
  constexpr std::array<unsigned, 5> kFirstBits{0, 0x7f, 0x1f, 0x0f, 0x07};
  char32_t code = static_cast<unsigned char>(character[0]) & kFirstBits[character.size()];
  for (const char c : character.substr(1)) code = code << 6 | (static_cast<unsigned>(c) & 0x3fU);
  return code;
}

// As Unicode writes it: U+00A0, U+E0001.
std::string code_name(char32_t code) {
  return "<U+" + text::hex(code, code > 0xffff ? 5 : 4, text::kUpperHexDigits) + '>';
}

std::string octet_name(char c, std::string_view mark) {
  return std::string(mark) + text::hex({&c, 1});
}

// How the beginning of `text`, which is not empty, is shown; takes it away from there.
std::string take_shown(std::string_view& text) {
  const std::size_t size = character(text);
  const std::string_view taken = text.substr(0, std::max<std::size_t>(size, 1));
  text.remove_prefix(taken.size());
  if (size == 0 || is_control(taken.front())) return octet_name(taken.front(), "\\x");
  const char32_t code = code_point(taken);
  return is_unseen(code) ? code_name(code) : std::string(taken);
}

}  // namespace

std::string valid_utf8(std::string text, std::string_view mark) {
  if (is_utf8(text)) return text;
  std::string valid;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t size = character(rest);
    valid += size == 0 ? octet_name(rest.front(), mark) : rest.substr(0, size);
    rest.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return valid;
}

std::string one_line(std::string_view text, std::size_t limit) {
  // Each octet is shown as one at least; some more, so that the last character is whole.
  constexpr std::size_t kMore = 3;
  std::string line(text.substr(0, std::max(limit, limit + kMore)));
  for (char& c : line) c = is_control(c) ? ' ' : c;
  if (is_ascii(line)) {
    line.resize(std::min(line.size(), limit));
    return line;
  }
  std::string shown;
  for (std::string_view rest = line; !rest.empty();) {
    const std::string next = take_shown(rest);
    if (shown.size() + next.size() > limit) break;
    shown += next;
  }
  return shown;
}

std::string printable(std::string_view text, std::size_t limit) {
  if (text.size() <= limit && is_ascii(text) && !holds_control(text)) return std::string(text);
  std::string line;
  while (!text.empty()) {
    if (line.size() >= limit) return line + "...";
    line += take_shown(text);
  }
  return line;
}

}  // namespace dcc::host
