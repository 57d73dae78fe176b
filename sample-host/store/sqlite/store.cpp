// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/store.hpp"

#include <mutex>
#include <utility>
#include <vector>

#include "store/sqlite/chain.hpp"
#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/outcomes.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/retention.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/staging.hpp"

namespace sample {
namespace {

class SqliteStore final : public Store {
 public:
  SqliteStore(const std::filesystem::path& file, const SqliteOptions& options)
      : file_(file),
        options_(options),
        checkpointer_(file, options.checkpoint_pages),
        outcomes_(std::make_unique<sqlite::Connection>(file, options.request_patience)),
        identity_(outcomes_.identity()) {
    for (const sqlite::ChainPlace& place : outcomes_.chains()) {
      chains_.push_back(std::make_unique<Chain>(*this, place));
    }
  }

  std::unique_ptr<dcc::adaptor::StoreReader> reader() override {
    return std::make_unique<sqlite::Reader>(file_, options_.request_patience);
  }

  std::unique_ptr<dcc::adaptor::StoreWriter> writer(std::size_t) override {
    auto writer = std::make_unique<sqlite::OutcomeWriter>(file_, options_.request_patience);
    checkpointer_.watch(writer->connection());
    return writer;
  }

  std::vector<dcc::adaptor::Chain*> chains() override {
    std::vector<dcc::adaptor::Chain*> all;
    for (const auto& chain : chains_) all.push_back(chain.get());
    return all;
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

  dcc::adaptor::StoreIdentity identity() override { return identity_; }

  std::unique_ptr<Staging> staging(Table table) override {
    return std::make_unique<sqlite::TableStaging>(connect_for_import(), table);
  }

 private:
  class Chain final : public sqlite::Chain {
   public:
    Chain(SqliteStore& store, sqlite::ChainPlace place)
        : sqlite::Chain(store.outcomes_, store.outcomes_mutex_, std::move(place)), store_(store) {}

    std::unique_ptr<dcc::adaptor::StoreRetention> retention() override {
      return std::make_unique<sqlite::RetentionRows>(store_.connect_for_import(), place());
    }

   private:
    SqliteStore& store_;
  };

  std::unique_ptr<sqlite::Connection> connect_for_import() const {
    auto db = std::make_unique<sqlite::Connection>(file_, options_.import_patience);
    sqlite3_wal_autocheckpoint(db->handle(), options_.checkpoint_pages);
    return db;
  }

  const std::filesystem::path file_;
  const SqliteOptions options_;
  sqlite::Checkpointer checkpointer_;  // outlives the connection that it watches
  std::mutex outcomes_mutex_;          // guards outcomes_
  sqlite::OutcomeReader outcomes_;
  const dcc::adaptor::StoreIdentity identity_;
  std::vector<std::unique_ptr<Chain>> chains_;
};

}  // namespace

std::unique_ptr<Store> open_sqlite_store(const std::filesystem::path& file,
                                         const SqliteOptions& options) {
  sqlite::prepare_file(file);
  return std::make_unique<SqliteStore>(file, options);
}

}  // namespace sample
