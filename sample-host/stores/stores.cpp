// SPDX-License-Identifier: Apache-2.0
#include "stores/stores.hpp"

#include "store/sqlite/backup.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/store.hpp"

namespace sample {
namespace {

std::filesystem::path file_of(std::string_view url) {
  constexpr std::string_view kScheme = "sqlite:";
  if (!url.starts_with(kScheme) || !url.substr(kScheme.size()).starts_with('/')) {
    throw StoreError("store url '" + std::string(url) +
                     "': expected sqlite:PATH with an absolute path");
  }
  return url.substr(kScheme.size());
}

}  // namespace

bool may_be_there(std::string_view url) {
  return std::filesystem::exists(file_of(url));
}

std::unique_ptr<Store> open_store(std::string_view url, const StoreOptions&) {
  return open_sqlite_store(file_of(url));
}

Upgrade planned_upgrade(std::string_view url) {
  return sqlite::plan_upgrade(file_of(url));
}

Upgrade upgrade_store(std::string_view url, const UpgradeOptions& options) {
  return sqlite::upgrade_file(file_of(url), options);
}

void copy_store(std::string_view url, const std::filesystem::path& to) {
  sqlite::copy_file(file_of(url), to);
}

Restored restore_store(const std::filesystem::path& from, std::string_view url,
                       const std::function<void(const std::string&)>& examine) {
  return sqlite::restore_file(from, file_of(url), examine);
}

void check_store(std::string_view url, Depth depth) {
  sqlite::check_file(file_of(url), depth);
}

}  // namespace sample
