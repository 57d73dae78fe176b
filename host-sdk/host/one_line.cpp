// SPDX-License-Identifier: Apache-2.0
#include "host/one_line.hpp"

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
  // Written so that there is no branch for each character.
  for (char& c : line) c = is_control(c) ? ' ' : c;
  return line;
}

}  // namespace dcc::host
