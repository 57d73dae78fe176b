// SPDX-License-Identifier: Apache-2.0
//
// Private to the duis room: key and certificate files, read only if nobody else can have changed
// (or seen) them. Safe from any thread.
#pragma once

#include <filesystem>
#include <vector>

#include "duis/secret_text.hpp"

namespace dcc::duis {

// Permission bits that a file must not have.
inline constexpr unsigned kOthersMayWrite = 022;
inline constexpr unsigned kOthersMayAccess = 077;

// The whole of a regular file that belongs to root or to this process's user and has none of the
// permission bits `forbidden`, and that nobody else can have put there, as no directory or link on
// the way is another's or for others to write. Throws CryptoError naming the file and what is
// wrong.
SecretText read_guarded_file(const std::filesystem::path& file, unsigned forbidden);

// What is in a directory that belongs to root or to this process's user and that nobody else may
// write, sorted; likewise every directory on the way there. Throws CryptoError likewise.
std::vector<std::filesystem::path> list_guarded_directory(const std::filesystem::path& directory);

}  // namespace dcc::duis
