// SPDX-License-Identifier: Apache-2.0
//
// The commands that care for the store as a whole: init-store, upgrade, backup and restore. For the
// main thread.
#pragma once

#include <filesystem>
#include <ostream>
#include <string>

#include "config.hpp"

namespace sample {

// Makes the schema of a store that is a server's, as its owner, or the tables for the months to
// come, and says so. Throws StoreError.
void init_store(const std::string& url, std::ostream& out);

// Brings the configured store to this program's version and says what was done. Throws
// std::exception: there is none, it is a newer version's, others use it.
void upgrade(const Config& config, std::ostream& out);

// Copies the configured store, beside a running host, to the new file `to`, verifies the copy and
// says what it holds. `to` is there only if the copy is good. Throws std::exception.
void backup(const Config& config, const std::filesystem::path& to, std::ostream& out);

// Puts a backup in the place of the configured store and says what is not known any more. Throws
// std::exception; the store is as it was then, or cannot be opened until this is repeated.
void restore(const Config& config, const std::filesystem::path& from, std::ostream& out);

}  // namespace sample
