// SPDX-License-Identifier: Apache-2.0
//
// What has run: in the cache of private copies each plugin's file that went live has its settings
// beside it, STEM.PLUGIN.SETTINGS.ini by the hashes of both. They are there to decide again what
// was decided by them, and for a start with a broken file. For one thread at a time of each
// process.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/file_content.hpp"

namespace dcc::host {

// A plugin's file and its settings, by their hashes.
using PairId = std::pair<std::string, std::string>;

struct KeptPair {
  std::string stem;
  PairId id;
  std::filesystem::path plugin, settings;  // in the cache; the plugin's may be gone
};

// A trail loses its oldest records first, so what went live longest ago goes first, too.
inline constexpr std::size_t kKeptPairs = 100;

// Keeps the settings beside the copy of the plugin, which goes live with them now. NotAccepted:
// they cannot be written.
void keep_pair(const std::filesystem::path& cache, const std::string& stem,
               const std::string& plugin_hash, const FileContent& settings);

// All that are kept, the last that went live first. A cache that cannot be read has none.
std::vector<KeptPair> kept_pairs(const std::filesystem::path& cache);

// Removes all but those of `in_use` and, of the others, the kKeptPairs that went live last. Answers
// with the hashes of the plugin files that are still named.
std::set<std::string> prune_pairs(const std::filesystem::path& cache,
                                  const std::set<PairId>& in_use);

// Of a kept file, whose name says its hash. NotAccepted: it cannot be read, or is not what it was.
FileContent read_kept(const std::filesystem::path& file, const std::string& hash,
                      std::size_t limit);

// The pair that runs under a stem, noted for the next start; null: none does. NotAccepted: the note
// cannot be written.
void note_running(const std::filesystem::path& cache, const std::string& stem, const PairId* id);
// What was noted; nothing: nothing ran, or it is not there any more.
std::optional<KeptPair> noted_running(const std::filesystem::path& cache, const std::string& stem);
// The stems for which there is a note.
std::set<std::string> noted_stems(const std::filesystem::path& cache);

}  // namespace dcc::host
