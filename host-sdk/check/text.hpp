// SPDX-License-Identifier: Apache-2.0
//
// Text of unknown make. Pure; safe from any thread.
#pragma once

#include <string>
#include <string_view>

namespace dcc::check {

// Is this well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF)?
bool is_utf8(std::string_view text);

// `text` on one line and in UTF-8, cut after `limit` octets: controls and octets that are no UTF-8
// as \xNN.
std::string printable(std::string_view text, std::size_t limit = 200);

}  // namespace dcc::check
