// SPDX-License-Identifier: Apache-2.0
//
// The cache of private copies of plugin files. Any number of processes may share one. Safe from
// any thread.
#pragma once

#include <filesystem>

#include "host/file_content.hpp"

namespace dcc::host {

// The path of a file in `cache` that holds exactly `file.bytes`: STEM.HASH.so, written now unless
// it is there and has that content. The directory is made (0700) if absent. Refused: it is open to
// anybody but this process's user, or the copy cannot be written.
std::filesystem::path private_copy(const FileContent& file, const std::filesystem::path& cache);

}  // namespace dcc::host
