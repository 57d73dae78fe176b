// SPDX-License-Identifier: Apache-2.0
//
// An error of the system in words that say what to do. Safe from any thread.
#pragma once

#include <string>

namespace dcc::host {

// The text of an errno; of a limit that is reached also its name, for "Too many open files" sends
// nobody to the right place.
std::string error_text(int error);

}  // namespace dcc::host
