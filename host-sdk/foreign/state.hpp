// SPDX-License-Identifier: Apache-2.0
//
// What is live, as dcch_state() says it. Pure; safe from any thread.
#pragma once

#include <string>
#include <vector>

#include "host/plugin_directory.hpp"
#include "host/registry.hpp"

namespace dcc::foreign {

std::string state_text(const std::vector<host::PluginReport>& plugins,
                       const host::HandlerTable& handlers);

}  // namespace dcc::foreign
