// SPDX-License-Identifier: Apache-2.0
//
// Where the files under test are: those of this build, or what the environment says.
//
//   DCC_INSTALLED_ROOT  a directory into which packages were unpacked ("/" for installed ones)
//   CH_RETURNS          a shared object in the place of ch-returns.so, such as a mutant
//
// Safe from any thread, as long as none changes the environment.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace support {

// A file by its path in a package and by its path in a build.
inline std::filesystem::path under_test(const char* in_package, const std::string& in_build) {
  const char* root = std::getenv("DCC_INSTALLED_ROOT");
  return root != nullptr && *root != '\0' ? std::filesystem::path(root) / in_package
                                          : std::filesystem::path(in_build);
}

inline std::filesystem::path ch_returns_object() {
  const char* object = std::getenv("CH_RETURNS");
  if (object != nullptr && *object != '\0') return object;
  return under_test("usr/lib/dcc/plugins/ch-returns.so", DCC_BINARY_DIR "/plugins/ch-returns.so");
}

}  // namespace support
