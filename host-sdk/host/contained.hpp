// SPDX-License-Identifier: Apache-2.0
//
// A process that keeps hold of all that it starts, whatever that does to get away. For the program
// itself, before it has threads.
#pragma once

#include <functional>

namespace dcc::host {

// Runs `task` in a child process and ends this one as the child ends: with the code that `task`
// returns, or by the same signal. Before that everything that the child has started, and what that
// has started, is killed and reaped, in whatever session or process group. SIGTERM, and the end of
// the process that has started this one, end the child and the rest likewise. Throws
// std::system_error.
int run_contained(const std::function<int()>& task);

}  // namespace dcc::host
