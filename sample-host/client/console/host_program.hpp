// SPDX-License-Identifier: Apache-2.0
//
// The host's own program, run by the console with the rights of whoever runs the console: what the
// admin interface does not do. Safe from any thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/child_process.hpp"

namespace sample::console {

struct HostProgram {
  std::filesystem::path program;        // dcc-sample-host
  std::filesystem::path configuration;  // the host's; empty: nothing can be run
};

// `arguments`, and --config behind them; blocks, for minutes at most. Throws std::runtime_error:
// there is no configuration, or the program did not come to its end by itself.
dcc::host::ChildResult run_host(const HostProgram& host, std::vector<std::string> arguments);

}  // namespace sample::console
