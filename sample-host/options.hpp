// SPDX-License-Identifier: Apache-2.0
//
// Options that several commands have, with the same words. For the main thread.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "dcc/instant.hpp"
#include "duis/identifiers.hpp"

namespace sample {

// --config FILE, required.
void add_config(CLI::App& command, std::string& file);
// A UTC day, or a time with its offset.
void add_instant(CLI::App& command, const char* name, const char* text,
                 std::optional<dcc::Instant>& instant);
// An EUI-64.
void add_eui(CLI::App& command, const char* name, const char* text,
             std::optional<dcc::duis::Eui64>& eui);

}  // namespace sample
