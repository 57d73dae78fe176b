// SPDX-License-Identifier: Apache-2.0
#include "stores/stores.hpp"

#include "store/postgresql/store.hpp"
#include "store/sqlite/backup.hpp"
#include "store/sqlite/migrations.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/store.hpp"

namespace sample {
namespace {

constexpr std::string_view kFile = "sqlite:";

[[noreturn]] void refuse_server(const char* what) {
  throw StoreError(std::string(what) +
                   " is for a store that is a file; of a PostgreSQL database it is done with "
                   "PostgreSQL's own tools: pg_basebackup and its archive of WAL, or pg_dump");
}

}  // namespace

bool is_server(std::string_view url) {
  return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

// A server's URL may have a password, so a wrong one is named by its beginning.
std::filesystem::path file_of(std::string_view url) {
  if (url.starts_with(kFile) && url.substr(kFile.size()).starts_with('/'))
    return url.substr(kFile.size());
  const auto scheme = url.find("://");
  throw StoreError("store url '" + std::string(url.substr(0, scheme)) +
                   (scheme == std::string_view::npos ? "" : "://...") +
                   "': expected sqlite:PATH with an absolute path, or postgresql://...");
}

bool may_be_there(std::string_view url) {
  return is_server(url) || std::filesystem::exists(file_of(url));
}

void init_store(std::string_view url) {
  if (!is_server(url)) {
    throw StoreError(
        "init-store is for postgresql://...: a store that is a file is made by whoever "
        "opens it");
  }
  init_postgresql_store(std::string(url));
}

std::unique_ptr<Store> open_store(std::string_view url, const StoreOptions& options) {
  if (!is_server(url)) return open_sqlite_store(file_of(url));
  return open_postgresql_store(std::string(url), {options.host, options.connections});
}

Upgrade planned_upgrade(std::string_view url) {
  if (is_server(url)) return {kPostgresqlVersion, kPostgresqlVersion, {}};
  return sqlite::plan_upgrade(file_of(url));
}

Upgrade upgrade_store(std::string_view url, const UpgradeOptions& options) {
  if (is_server(url)) return planned_upgrade(url);
  return sqlite::upgrade_file(file_of(url), options);
}

void copy_store(std::string_view url, const std::filesystem::path& to) {
  if (is_server(url)) refuse_server("backup");
  sqlite::copy_file(file_of(url), to);
}

Restored restore_store(const std::filesystem::path& from, std::string_view url,
                       const std::function<void(const std::string&)>& examine) {
  if (is_server(url)) refuse_server("restore");
  return sqlite::restore_file(from, file_of(url), examine);
}

void check_store(std::string_view url, Depth depth) {
  if (is_server(url)) return check_postgresql_store(std::string(url));
  sqlite::check_file(file_of(url), depth);
}

}  // namespace sample
