// SPDX-License-Identifier: Apache-2.0
//
// `dcc-sample-host audit --verify --decisions`: is the trail whole, and does what it names still
// decide each of its outcomes as it is stored?
#pragma once

#include <filesystem>
#include <ostream>

#include "audit_command.hpp"

namespace sample {

// Verifies the trail, and decides each outcome again by the build and the settings that its record
// names, out of the cache of plugins, in a child process; so it is to be called before there are
// threads. The exit code: 0: all that could be decided came out the same, and the trail is whole;
// 1: some did not, or it is not; 2: it could not be found out, and standard error says why.
int audit_decisions(const std::filesystem::path& config_file, const AuditCommand& command,
                    std::ostream& out);

}  // namespace sample
