// SPDX-License-Identifier: Apache-2.0
//
// The store that a [store] url names: sqlite:PATH, an absolute path by now, or postgresql://..., as
// libpq has it. Safe from any thread.
// Functions throw StoreError; no message has a password.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "store/store.hpp"

namespace sample {

struct StoreOptions {
  // Of a server: what this host's chains begin with, and how many of them it commits to at once.
  std::string host = "host";
  std::size_t connections = 1;
};

// Is it the URL of a database server?
bool is_server(std::string_view url);
// The file of a sqlite:PATH. Throws StoreError.
std::filesystem::path file_of(std::string_view url);

// Is there a store? Of a database server: true, for only opening it can tell.
bool may_be_there(std::string_view url);

// Makes the schema of a store that is a server's, as the database's owner, and the tables for the
// outcomes of the coming months. Throws StoreError: the schema is another's, or half made; a file
// is made by whoever opens it.
void init_store(std::string_view url);

// Opens (and creates, if it is a file and absent) the store. Throws StoreError: unknown scheme, not
// a database, another version's (an older one needs upgrade_store), not writable.
std::unique_ptr<Store> open_store(std::string_view url, const StoreOptions& options = {});

// What upgrade_store would do with a store that is there; reads and writes nothing. Throws
// StoreError: not a store of ours, or a newer version's.
Upgrade planned_upgrade(std::string_view url);

// Brings a store that is there to this program's version, step by step; killed, it goes on where it
// was when it is called again. Throws StoreError: as planned_upgrade, or others use the store.
Upgrade upgrade_store(std::string_view url, const UpgradeOptions& options);

// Copies a store as it is at one moment, beside whoever uses it, into a new file for its owner
// only, which is on disk then and a store itself. Throws StoreError; what is left of `to` is of no
// use.
void copy_store(std::string_view url, const std::filesystem::path& to);

// Puts a backup into the store's place, and raises its epoch. `examine` is given the url of what
// will be put there, and throws if it shall not be. What was there is kept beside it. Killed, it is
// repeated; between, nothing opens the store. Throws StoreError: not a store, a newer version's,
// others use the one that is there.
Restored restore_store(const std::filesystem::path& from, std::string_view url,
                       const std::function<void(const std::string& url)>& examine);

// Reads a store that is there, which may be in use, and throws StoreError if it is damaged, which
// leaves it as it is.
void check_store(std::string_view url, Depth depth);

}  // namespace sample
