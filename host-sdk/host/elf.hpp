// SPDX-License-Identifier: Apache-2.0
//
// Is this whole ELF shared object? Asked before the dynamic loader sees a file, because mapping a
// truncated one ends the process with SIGBUS. Pure; safe from any thread.
#pragma once

#include <string>
#include <string_view>

namespace dcc::host {

// Why the dynamic loader must not be given these octets: they are no ELF shared object of this
// process's word size, or end before something that their headers point to. Empty: nothing found.
std::string why_no_shared_object(std::string_view bytes);

}  // namespace dcc::host
