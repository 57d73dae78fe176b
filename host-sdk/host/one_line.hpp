// SPDX-License-Identifier: Apache-2.0
//
// Text from elsewhere (a plugin, the loader) made fit for a log line. Pure; safe from any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dcc::host {

// `text` with every control character replaced by a space, cut to at most `limit` octets without
// splitting a UTF-8 character.
std::string one_line(std::string_view text, std::size_t limit);

}  // namespace dcc::host
