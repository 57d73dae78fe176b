// SPDX-License-Identifier: Apache-2.0
#include "foreign/json_writer.hpp"

#include <algorithm>

#include "host/one_line.hpp"

namespace dcc::foreign {
namespace {

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\';
}

void escape(char c, std::string& to) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto octet = static_cast<unsigned char>(c);
  if (octet >= ' ') {
    to += '\\';
    to += c;
  } else {
    to += "\\u00";
    to += kDigits[octet >> 4];
    to += kDigits[octet & 15];
  }
}

}  // namespace

void JsonWriter::quote(std::string_view text) {
  text_ += '"';
  while (!text.empty()) {
    const auto plain = std::ranges::find_if_not(text, is_plain);
    text_.append(text.begin(), plain);
    text.remove_prefix(static_cast<std::size_t>(plain - text.begin()));
    if (text.empty()) break;
    escape(text.front(), text_);
    text.remove_prefix(1);
  }
  text_ += '"';
}

std::string JsonWriter::take() && {
  // Octets beyond ASCII stand in texts only, where a backslash is written as two.
  return host::valid_utf8(std::move(text_), R"(\\x)");
}

}  // namespace dcc::foreign
