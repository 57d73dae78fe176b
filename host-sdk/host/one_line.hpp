// SPDX-License-Identifier: Apache-2.0
//
// Text from elsewhere (a plugin, the loader, a file, a request) made fit to be shown: on one line,
// in UTF-8, and with nothing in it that is not seen. What is quoted in a message, in the log or in
// JSON goes through here. Pure; safe from any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "text/utf8.hpp"

namespace dcc::host {

using text::is_utf8;

// `text` with every octet that is no UTF-8 as `mark` and two hexadecimal digits; all else stays.
std::string valid_utf8(std::string text, std::string_view mark = "\\x");

// `text` with every control character replaced by a space, octets that are no UTF-8 as \xNN, and
// characters that are not seen (other spaces, zero width, direction marks) as <U+00A0>; cut to at
// most `limit` octets without splitting a character.
std::string one_line(std::string_view text, std::size_t limit);

// The same, but control characters too as \xNN, and what was cut ends with "...", beyond the limit.
std::string printable(std::string_view text, std::size_t limit = 200);

}  // namespace dcc::host
