// SPDX-License-Identifier: Apache-2.0
//
// What an archive holds: manifest.json in its directory, which is replaced as a whole and signed as
// a whole. Functions throw ArchiveError, which names the file. Safe from any thread, for different
// directories.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "adaptor/outcome.hpp"
#include "duis/crypto.hpp"

namespace sample {

struct ArchiveError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline constexpr std::string_view kManifestName = "manifest.json";

// A file of records, one of which follows the other in a chain of the trail.
struct ArchivedMonth {
  std::string chain;   // its name, as Chain::name
  std::string month;   // 2026-05
  std::string file;    // its name in the directory
  std::string sha256;  // of the file as it lies there, hexadecimal
  std::int64_t octets = 0, records = 0;
  std::int64_t first = 0, last = 0;  // cursors
  std::string before, head;          // hashes of the trail, before the first record and of the last
};

struct Manifest {
  std::string store;                  // whose outcomes, as StoreIdentity::id
  std::vector<ArchivedMonth> months;  // each chain's in their order
  bool is_signed = false;             // as read

  // The last one of a chain; null: the archive has none of it.
  const ArchivedMonth* last_of(std::string_view chain) const;
};

// `key`: whose signature it must have; nothing: it is not asked for. ArchiveError also: not a
// manifest, or a record is missing between two months of a chain.
Manifest read_manifest(const std::filesystem::path& directory,
                       const std::optional<dcc::duis::PublicKey>& key);

// On disk when it returns, for its owner only. `sign` may be empty.
void write_manifest(const std::filesystem::path& directory, const Manifest& manifest,
                    const dcc::adaptor::SignHead& sign);

}  // namespace sample
