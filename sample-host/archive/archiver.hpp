// SPDX-License-Identifier: Apache-2.0
//
// Outcomes move from a store into an archive, chain by chain: verified, written by month, read
// back, named in the manifest, and only then removed. Killed anywhere, it is called again. One
// thread at a time, beside running hosts; a second process in the same directory is refused.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adaptor/cursors.hpp"
#include "adaptor/store.hpp"
#include "archive/manifest.hpp"

namespace sample {

struct ArchiveOptions {
  std::filesystem::path directory;  // made if it is not there
  std::int64_t before = 0;         // outcomes decided before it, up to a chain's first that was not
  std::int64_t forget_before = 0;  // RequestIDs of archived outcomes decided before it
  dcc::adaptor::SignHead sign{};   // manifest and start of the trail; may be empty
  std::optional<dcc::duis::PublicKey> key{};           // the store's trail must be signed with it
  std::optional<dcc::duis::PublicKey> manifest_key{};  // an archive that is there, likewise
  std::function<void(const char* done, std::int64_t cursor)> progress{};
};

struct Archived {
  std::vector<ArchivedMonth> written;
  dcc::adaptor::Cursors end;  // the last records of the archive
  std::int64_t removed = 0;   // from the store, now
  std::int64_t forgotten = 0;
  std::string room_kept;  // why the store could not give back the room of all of it, or empty
};

// Throws ArchiveError and StoreError, which say what is wrong; nothing has left the store then but
// what the archive has.
Archived archive(dcc::adaptor::Store& store, const ArchiveOptions& options);

}  // namespace sample
