// SPDX-License-Identifier: Apache-2.0
//
// The embedded store: one SQLite file in WAL mode, every commit on disk before it returns.
// Thread-safety as of Store.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "store/store.hpp"

namespace sample {

struct SqliteOptions {
  // How long a commit or a read waits for another connection's lock: less than a client waits.
  std::chrono::milliseconds request_patience{2'000};
  // The same for an import, which may meet another import.
  std::chrono::milliseconds import_patience{60'000};
  // A write-ahead log of more pages (of 4 KiB) is copied into the database.
  int checkpoint_pages = 4'000;
};

// `file`: an absolute path; its directory must exist. Throws StoreError as open_store does.
std::unique_ptr<Store> open_sqlite_store(const std::filesystem::path& file,
                                         const SqliteOptions& options = {});

}  // namespace sample
