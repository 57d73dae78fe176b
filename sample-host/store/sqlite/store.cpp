// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/store.hpp"

#include <mutex>
#include <utility>

#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/outcomes.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/retention.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/staging.hpp"

namespace sample {
namespace {

class SqliteStore final : public Store, private dcc::adaptor::Chain {
 public:
  using Which = Store::Which;

  SqliteStore(const std::filesystem::path& file, const SqliteOptions& options)
      : file_(file),
        options_(options),
        checkpointer_(file, options.checkpoint_pages),
        outcomes_(file, options.request_patience),
        identity_(outcomes_.identity()) {}

  std::unique_ptr<dcc::adaptor::StoreReader> reader() override {
    return std::make_unique<sqlite::Reader>(file_, options_.request_patience);
  }

  std::unique_ptr<dcc::adaptor::StoreWriter> writer(std::size_t) override {
    auto writer = std::make_unique<sqlite::OutcomeWriter>(file_, options_.request_patience);
    checkpointer_.watch(writer->connection());
    return writer;
  }

  std::vector<dcc::adaptor::Chain*> chains() override { return {this}; }

  std::vector<StoredOutcome> outcomes(Which which, std::int64_t cursor, std::size_t limit,
                                      bool with_messages) override {
    const std::lock_guard lock(outcomes_mutex_);
    return outcomes_.read(which, cursor, limit, with_messages);
  }

  AuditHead audit_head() override {
    const std::lock_guard lock(outcomes_mutex_);
    return outcomes_.audit_head();
  }

  Found search(const Search& search) override {
    const std::lock_guard lock(outcomes_mutex_);
    return outcomes_.search(search);
  }

  std::vector<RegisteredUser> users(std::optional<Eui64> after, std::size_t limit) override {
    const std::lock_guard lock(outcomes_mutex_);
    return outcomes_.users(after, limit);
  }

  std::optional<Eui64> ordered_for(Eui64 device) override {
    const std::lock_guard lock(outcomes_mutex_);
    return outcomes_.ordered_for(device);
  }

  AuditStart audit_start() override {
    const std::lock_guard lock(outcomes_mutex_);
    return outcomes_.audit_start();
  }

  std::unique_ptr<dcc::adaptor::StoreRetention> retention() override {
    auto db = std::make_unique<sqlite::Connection>(file_, options_.import_patience);
    sqlite3_wal_autocheckpoint(db->handle(), options_.checkpoint_pages);
    return std::make_unique<sqlite::RetentionRows>(std::move(db));
  }

  dcc::adaptor::StoreIdentity identity() override { return identity_; }

  std::unique_ptr<Staging> staging(Table table) override {
    auto db = std::make_unique<sqlite::Connection>(file_, options_.import_patience);
    sqlite3_wal_autocheckpoint(db->handle(), options_.checkpoint_pages);
    return std::make_unique<sqlite::TableStaging>(std::move(db), table);
  }

 private:
  const std::filesystem::path file_;
  const SqliteOptions options_;
  sqlite::Checkpointer checkpointer_;  // outlives the connection that it watches
  std::mutex outcomes_mutex_;          // guards outcomes_
  sqlite::OutcomeReader outcomes_;
  const dcc::adaptor::StoreIdentity identity_;
};

}  // namespace

std::unique_ptr<Store> open_sqlite_store(const std::filesystem::path& file,
                                         const SqliteOptions& options) {
  sqlite::prepare_file(file);
  return std::make_unique<SqliteStore>(file, options);
}

}  // namespace sample
