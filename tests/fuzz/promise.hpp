// SPDX-License-Identifier: Apache-2.0
//
// What a fuzz target promises about every input. A broken promise ends the program, which is how
// libFuzzer learns of it. Safe from any thread.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace fuzz {

inline void promise(bool kept, std::string_view what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

// Texts that are to be the same.
inline void promise_same(std::string_view got, std::string_view expected, std::string_view what) {
  if (got == expected) return;
  std::fprintf(stderr, "got:      %.*s\nexpected: %.*s\n", static_cast<int>(got.size()), got.data(),
               static_cast<int>(expected.size()), expected.data());
  promise(false, what);
}

// What goes into a log or to a terminal: one line, no control characters.
inline bool is_one_line(std::string_view text) {
  for (const unsigned char c : text)
    if (c < ' ' || c == 0x7F) return false;
  return !text.empty();
}

}  // namespace fuzz
