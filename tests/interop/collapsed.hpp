// SPDX-License-Identifier: Apache-2.0
//
// White space in a value as XML Schema collapses it (part 2, 4.3.6), written a second time for the
// oracles: the reader's own may be wrong.
#pragma once

#include <string>
#include <string_view>

namespace interop {

inline std::string collapsed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!space)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace interop
