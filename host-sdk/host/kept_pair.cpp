// SPDX-License-Identifier: Apache-2.0
#include "host/kept_pair.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <system_error>

#include "host/private_copy.hpp"

namespace dcc::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSettings = ".ini";
constexpr std::string_view kNote = ".runs";
constexpr std::size_t kMaxNote = 1024;  // octets

std::string name_of(const std::string& stem, const PairId& id) {
  return stem + '.' + id.first + '.' + id.second + std::string(kSettings);
}

std::optional<KeptPair> parse(const fs::path& file) {
  std::string name = file.filename().string();
  if (!name.ends_with(kSettings)) return std::nullopt;
  name.resize(name.size() - kSettings.size());
  KeptPair pair;
  pair.id.second = take_hash(name);
  pair.id.first = take_hash(name);
  if (pair.id.first.empty() || pair.id.second.empty()) return std::nullopt;
  pair.stem = name;
  pair.settings = file;
  pair.plugin = copy_path(file.parent_path(), pair.stem, pair.id.first);
  return pair;
}

fs::path note_of(const fs::path& cache, const std::string& stem) {
  return cache / (stem + std::string(kNote));
}

std::int64_t went_live(const fs::path& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) return 0;
  return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

template <class Take>
void for_each_file(const fs::path& cache, Take take) {
  std::error_code error;
  for (fs::directory_iterator it(cache, error), end; !error && it != end; it.increment(error))
    take(it->path());
}

}  // namespace

void keep_pair(const fs::path& cache, const std::string& stem, const std::string& plugin_hash,
               const FileContent& settings) {
  write_private(cache / name_of(stem, {plugin_hash, settings.hash}), settings.bytes);
}

std::vector<KeptPair> kept_pairs(const fs::path& cache) {
  std::vector<std::pair<std::int64_t, KeptPair>> found;
  for_each_file(cache, [&](const fs::path& file) {
    if (auto pair = parse(file)) found.emplace_back(went_live(file), std::move(*pair));
  });
  std::ranges::stable_sort(found, std::greater(), [](const auto& each) { return each.first; });
  std::vector<KeptPair> pairs;
  pairs.reserve(found.size());
  for (auto& [when, pair] : found) pairs.push_back(std::move(pair));
  return pairs;
}

std::set<std::string> prune_pairs(const fs::path& cache, const std::set<PairId>& in_use) {
  std::set<std::string> named;
  std::size_t others = 0;
  for (const KeptPair& pair : kept_pairs(cache)) {
    if (in_use.contains(pair.id) || ++others <= kKeptPairs) {
      named.insert(pair.id.first);
      continue;
    }
    std::error_code ignored;
    fs::remove(pair.settings, ignored);
  }
  return named;
}

FileContent read_kept(const fs::path& file, const std::string& hash, std::size_t limit) {
  FileContent content = read_file(file, limit);
  if (content.hash != hash)
    throw NotAccepted(file.string() + ": its content has another hash than its name, " +
                      content.hash);
  return content;
}

void note_running(const fs::path& cache, const std::string& stem, const PairId* id) {
  const fs::path note = note_of(cache, stem);
  if (id != nullptr) return write_private(note, name_of(stem, *id));
  std::error_code error;
  fs::remove(note, error);
  if (error) throw NotAccepted(note.string() + ": " + error.message());
}

std::optional<KeptPair> noted_running(const fs::path& cache, const std::string& stem) {
  const fs::path note = note_of(cache, stem);
  std::error_code ignored;
  if (!fs::exists(note, ignored)) return std::nullopt;
  auto pair = parse(cache / read_file(note, kMaxNote).bytes);
  if (!pair || pair->stem != stem) return std::nullopt;
  return pair;
}

std::set<std::string> noted_stems(const fs::path& cache) {
  std::set<std::string> stems;
  for_each_file(cache, [&](const fs::path& file) {
    if (file.extension() == kNote) stems.insert(file.stem().string());
  });
  return stems;
}

}  // namespace dcc::host
