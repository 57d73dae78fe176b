// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/store.hpp"

#include <mutex>
#include <utility>

#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/import.hpp"
#include "store/sqlite/leftovers.hpp"
#include "store/sqlite/outcomes.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/schema.hpp"

namespace sample {
namespace {

class SqliteStore final : public Store {
 public:
  SqliteStore(const std::filesystem::path& file, const SqliteOptions& options)
      : file_(file),
        options_(options),
        checkpointer_(file, options.checkpoint_pages),
        outcomes_(file, options.request_patience) {}

  std::unique_ptr<dcc::adaptor::StoreReader> reader() override {
    return std::make_unique<sqlite::Reader>(file_, options_.request_patience);
  }

  std::unique_ptr<dcc::adaptor::StoreWriter> writer() override {
    auto writer = std::make_unique<sqlite::OutcomeWriter>(file_, options_.request_patience);
    checkpointer_.watch(writer->connection());
    return writer;
  }

  std::vector<StoredOutcome> outcomes(Which which, std::int64_t cursor, std::size_t limit,
                                      bool with_messages) override {
    const std::lock_guard lock(outcomes_mutex_);
    return outcomes_.read(which, cursor, limit, with_messages);
  }

  AuditHead audit_head() override {
    const std::lock_guard lock(outcomes_mutex_);
    return outcomes_.audit_head();
  }

  std::size_t import_users(std::span<const UserRow> rows, const Progress& progress) override {
    return import(sqlite::import_users, rows, progress);
  }
  std::size_t import_devices(std::span<const DeviceRow> rows, const Progress& progress) override {
    return import(sqlite::import_devices, rows, progress);
  }
  std::size_t import_orders(std::span<const OrderRow> rows, const Progress& progress) override {
    return import(sqlite::import_orders, rows, progress);
  }
  std::size_t import_appointments(std::span<const AppointmentRow> rows,
                                  const Progress& progress) override {
    return import(sqlite::import_appointments, rows, progress);
  }
  std::unique_ptr<Leftovers> leftovers(Table table) override {
    return std::make_unique<sqlite::TableLeftovers>(file_, options_.import_patience,
                                                    options_.checkpoint_pages, table);
  }

 private:
  // Over a connection of its own, which checkpoints in the importing thread: that paces an import
  // that would otherwise outrun the checkpointer.
  template <typename Import, typename Rows>
  std::size_t import(Import import_rows, Rows rows, const Progress& progress) {
    sqlite::Connection db(file_, options_.import_patience);
    sqlite3_wal_autocheckpoint(db.handle(), options_.checkpoint_pages);
    return import_rows(db, rows, progress);
  }

  const std::filesystem::path file_;
  const SqliteOptions options_;
  sqlite::Checkpointer checkpointer_;  // outlives the connection that it watches
  std::mutex outcomes_mutex_;          // guards outcomes_
  sqlite::OutcomeReader outcomes_;
};

std::filesystem::path file_of(std::string_view url) {
  constexpr std::string_view kScheme = "sqlite:";
  if (!url.starts_with(kScheme) || !url.substr(kScheme.size()).starts_with('/')) {
    throw StoreError("store url '" + std::string(url) +
                     "': expected sqlite:PATH with an absolute path");
  }
  return url.substr(kScheme.size());
}

}  // namespace

std::unique_ptr<Store> open_sqlite_store(const std::filesystem::path& file,
                                         const SqliteOptions& options) {
  sqlite::prepare_file(file);
  return std::make_unique<SqliteStore>(file, options);
}

std::unique_ptr<Store> open_store(std::string_view url) {
  return open_sqlite_store(file_of(url));
}

void check_store(std::string_view url, Depth depth) {
  sqlite::check_file(file_of(url), depth);
}

}  // namespace sample
