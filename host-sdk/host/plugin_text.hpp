// SPDX-License-Identifier: Apache-2.0
//
// Texts that a plugin gives. Header only. Pure; safe from any thread.
#pragma once

#include <string_view>

#include "dcc/plugin.h"

namespace dcc::host {

// Unlike dcc::view() it does not rely on the contract: a null pointer is no text, whatever its size
// says.
inline std::string_view text_in(dcc_str text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

}  // namespace dcc::host
