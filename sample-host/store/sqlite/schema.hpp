// SPDX-License-Identifier: Apache-2.0
//
// The SQLite store's file: what makes it ours, its tables and indices. Safe from any thread.
#pragma once

#include <filesystem>

#include "store/sqlite/sqlite.hpp"
#include "store/store.hpp"

namespace sample::sqlite {

// Makes sure that `file` is a store of this version in WAL mode, and creates it (readable by its
// owner only, who for root is that of the directory) if it is absent or blank. Throws StoreError:
// no directory, not a database, another application's, another version's, not writable. What is
// refused is left as it was.
void prepare_file(const std::filesystem::path& file);

// In a blank database; nothing if another process has done so meanwhile.
void create_tables(Connection& db);

// See check_store.
void check_file(const std::filesystem::path& file, Depth depth);

}  // namespace sample::sqlite
