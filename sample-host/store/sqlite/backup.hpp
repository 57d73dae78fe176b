// SPDX-License-Identifier: Apache-2.0
//
// A copy of the store's file of one moment, and a copy put back into its place. One thread at a
// time; beside other processes.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "store/store.hpp"

namespace sample::sqlite {

// See copy_store().
void copy_file(const std::filesystem::path& file, const std::filesystem::path& to);

// See restore_store().
Restored restore_file(const std::filesystem::path& from, const std::filesystem::path& file,
                      const std::function<void(const std::string& url)>& examine);

// Removes a database with the files beside it, as far as they are there.
void remove_database(const std::filesystem::path& file);
// Throws StoreError.
void force_to_disk(const std::filesystem::path& path);

// Throws StoreError if a restore into that file has begun and not ended: until it is repeated, what
// is there may lack its log.
void require_no_restore(const std::filesystem::path& file);

}  // namespace sample::sqlite
