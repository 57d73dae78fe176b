// SPDX-License-Identifier: Apache-2.0
//
// What this host gives to the plugins that it runs or tries.
#pragma once

#include "config.hpp"
#include "host/plugin_directory.hpp"

namespace sample {

// Their lines go to the log.
dcc::host::HostServices plugin_services();

// The host's own handlers, as configured.
dcc::host::HandlerTable::Map built_in_handlers(const Config& config);

}  // namespace sample
