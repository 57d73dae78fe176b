// SPDX-License-Identifier: Apache-2.0
//
// A file's octets, or a directory's names, on disk. Header only. Safe from any thread.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "guard/file_descriptor.hpp"

namespace dcc::guard {

// False: it cannot be opened or forced; errno says why.
inline bool force_to_disk(const std::filesystem::path& path) {
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return fd && ::fsync(fd.get()) == 0;
}

}  // namespace dcc::guard
