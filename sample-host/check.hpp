// SPDX-License-Identifier: Apache-2.0
//
// Would `serve` start with this configuration, and find nothing to refuse in what it names? Loads
// no plugin's code into this process, but probes each in one of its own; writes no file.
#pragma once

#include <filesystem>
#include <ostream>

namespace sample {

// Writes a line per thing checked, `ok` or `FAIL` first. True: nothing failed.
bool check(const std::filesystem::path& config_file, std::ostream& out);

}  // namespace sample
