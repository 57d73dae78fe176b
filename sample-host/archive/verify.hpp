// SPDX-License-Identifier: Apache-2.0
//
// Is an archive what the host has written, all of it? Without a store. Safe from any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "archive/manifest.hpp"

namespace sample {

struct ArchiveCheck {
  std::optional<dcc::duis::PublicKey> key;  // the manifest must be signed with it
  std::string known_head;                   // as AuditCheck's
  // Where the chains of a store begin that must go on from here, by their names; empty: there is no
  // store.
  std::map<std::string, dcc::adaptor::AuditStart> continued{};
  std::function<void(std::int64_t cursor)> progress{};
};

struct ArchivedChain {
  std::string name;
  std::int64_t records = 0, first = 0, last = 0;
  std::string head;  // of the last record, 32 octets
};

struct ArchiveReport {
  std::vector<ArchivedChain> chains;  // by their names; none: nothing was archived yet
  bool is_signed = false;
  std::vector<std::string> findings;  // one line each; none: it is whole
};

// Reads every record. Throws ArchiveError if there is no manifest that can be believed.
ArchiveReport verify_archive(const std::filesystem::path& directory, const ArchiveCheck& check);

// Reads a month's file: its hash, its records one after the other, their hashes. Throws
// ArchiveError. `take` is given each record; may be empty.
void verify_month(const std::filesystem::path& directory, const ArchivedMonth& month,
                  const std::function<void(const dcc::adaptor::StoredOutcome&)>& take);

}  // namespace sample
