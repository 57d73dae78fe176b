// SPDX-License-Identifier: Apache-2.0
//
// A file's content replaced, on disk under its name or not at all. Header only. Safe from any
// thread, but two for the same file.
#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "guard/force_to_disk.hpp"

namespace dcc::guard {

// Whoever reads the file finds all of the old or all of the new content. Its mode becomes 0644.
// Throws std::runtime_error, which names the file: it cannot be written, or not be renamed.
inline void replace_file(const std::filesystem::path& file, std::string_view content) {
  namespace fs = std::filesystem;
  const fs::path fresh = file.parent_path() / ('.' + file.filename().string() + ".new");
  std::ofstream out(fresh, std::ios::binary);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  if (!out.flush() || !force_to_disk(fresh))
    throw std::runtime_error(fresh.string() + ": cannot be written");
  out.close();
  fs::permissions(fresh, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read |
                             fs::perms::others_read);
  fs::rename(fresh, file);
  force_to_disk(file.parent_path());
}

}  // namespace dcc::guard
