// SPDX-License-Identifier: Apache-2.0
//
// The SQLite store's file: what makes it ours, its tables and indices. Safe from any thread.
#pragma once

#include <cstdint>
#include <filesystem>

#include "store/sqlite/sqlite.hpp"
#include "store/store.hpp"

namespace sample::sqlite {

// Makes sure that `file` is a store of this version in WAL mode, and creates it (readable by its
// owner only, who for root is that of the directory) if it is absent or blank. Throws StoreError:
// no directory, not a database, another application's, another version's, not writable. What is
// refused is left as it was.
void prepare_file(const std::filesystem::path& file);

inline constexpr std::int64_t kVersion = 7;
// What version 4 has more than version 3. A store is who it is for ever; its epoch is another after
// a restore. What was archived is remembered: RequestIDs, then of each originator the highest
// counter, and hubs.
inline constexpr const char* kSchemaSince4 = R"sql(
CREATE TABLE identity(
  one   INTEGER PRIMARY KEY CHECK(one = 1),
  id    BLOB NOT NULL,
  epoch INTEGER NOT NULL
) STRICT;
INSERT INTO identity VALUES(1, randomblob(16), 1);
CREATE TABLE restores(
  epoch       INTEGER PRIMARY KEY,
  last_commit INTEGER NOT NULL,
  restored_at INTEGER NOT NULL
) STRICT;
CREATE TABLE audit_start(
  one       INTEGER PRIMARY KEY CHECK(one = 1),
  cursor    INTEGER NOT NULL,
  hash      BLOB NOT NULL,
  signature BLOB NOT NULL
) STRICT;
CREATE TABLE remembered(
  cursor     INTEGER PRIMARY KEY,
  originator INTEGER NOT NULL,
  target     INTEGER NOT NULL,
  counter    INTEGER NOT NULL,
  digest     BLOB NOT NULL,
  code       TEXT NOT NULL,
  decided_at INTEGER NOT NULL,
  UNIQUE(originator, target, counter)
) STRICT;
CREATE TABLE forgotten(
  originator INTEGER PRIMARY KEY,
  counter    INTEGER NOT NULL
) STRICT;
CREATE TABLE returned(
  device_id INTEGER PRIMARY KEY
) STRICT;
)sql";
// What version 5 has more than version 4.
inline constexpr const char* kSchemaSince5 =
    "ALTER TABLE outcomes ADD COLUMN trace TEXT NOT NULL DEFAULT ''";
// What version 6 has more than version 5: items, facts, request and response as one value
// (store/packing), whose own columns are empty then; NULL: an older outcome, which has them.
inline constexpr const char* kSchemaSince6 = "ALTER TABLE outcomes ADD COLUMN packed BLOB";

// What version 7 has more than version 6: chains of other stores, as copy-store has put them here
// (chains.hpp). Nothing is added to them.
inline constexpr const char* kSchemaSince7 = R"sql(
CREATE TABLE moved_chains(
  number          INTEGER PRIMARY KEY,
  name            TEXT NOT NULL UNIQUE,
  cursor          INTEGER NOT NULL,
  hash            BLOB NOT NULL,
  signature       BLOB NOT NULL,
  start_cursor    INTEGER NOT NULL,
  start_hash      BLOB NOT NULL,
  start_signature BLOB NOT NULL
) STRICT;
)sql";

bool is_blank(Connection& db);
// From 1 to kVersion. Throws StoreError: another application's database, or a newer version's.
std::int64_t version_of(Connection& db);
// Throws StoreError as that does, and of an older version, which can be upgraded.
void require_this_version(Connection& db);

// Makes a blank file, if there is none, as a store's must be. Throws StoreError.
void make_blank_file(const std::filesystem::path& file);

// In a blank database; nothing if another process has done so meanwhile.
void create_tables(Connection& db);

// See check_store.
void check_file(const std::filesystem::path& file, Depth depth);

}  // namespace sample::sqlite
