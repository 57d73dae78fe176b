// SPDX-License-Identifier: Apache-2.0
//
// The published DUIS schema, which is not part of this repository: tests use it where a machine has
// it beside the repository. Functions are safe from any thread.
#pragma once

#include <filesystem>
#include <vector>

#include "support/process.hpp"

namespace support {

inline const std::filesystem::path kPublishedSchema =
    DCC_SOURCE_DIR "/../shared/duis/DUIS Schema V5.4.xsd";

// Copies it with all that it imports into `directory`, as libxml2 can read it, which does not find
// an imported schema whose file name has spaces in it. Returns the copy.
std::filesystem::path copy_published_schema(const std::filesystem::path& directory);

// xmllint's judgement of some documents; exit code 0: all are valid.
Finished validate(const std::vector<std::filesystem::path>& documents);

}  // namespace support
