// SPDX-License-Identifier: Apache-2.0
#include "host/one_line.hpp"

#include <algorithm>

namespace dcc::host {
namespace {

bool is_control(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet < 0x20 || octet == 0x7f;
}

bool continues_a_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

std::string one_line(std::string_view text, std::size_t limit) {
  if (text.size() > limit) {
    while (limit > 0 && continues_a_character(text[limit])) --limit;
    text = text.substr(0, limit);
  }
  std::string line(text);
  std::ranges::replace_if(line, is_control, ' ');
  return line;
}

}  // namespace dcc::host
