// SPDX-License-Identifier: Apache-2.0
//
// The command that moves outcomes into an archive. For the main thread.
#pragma once

#include <filesystem>
#include <ostream>
#include <string>

#include "config.hpp"

namespace sample {

struct ArchiveCommand {
  std::string before;  // a date, the first of a month
  std::filesystem::path directory;
  std::filesystem::path certificate;  // whose signature the archive has so far; empty: the host's
};

// Archives the configured store's outcomes, beside a running host, and says what was done. Throws
// std::exception, which says what is wrong: nothing has left the store then but what the archive
// has.
void archive(const Config& config, const ArchiveCommand& command, std::ostream& out);

}  // namespace sample
