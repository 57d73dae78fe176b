// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/store.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "store/postgresql/chain.hpp"
#include "store/postgresql/outcomes.hpp"
#include "store/postgresql/reader.hpp"
#include "store/postgresql/schema.hpp"
#include "store/postgresql/server.hpp"
#include "store/postgresql/staging.hpp"
#include "store/postgresql/writer.hpp"

namespace sample {
namespace {

using postgresql::Clock;

constexpr std::size_t kMaxLanes = 64;
// For a look at the schema, and for making it.
constexpr std::chrono::seconds kPatience{30};

class PostgresqlStore final : public Store {
 public:
  PostgresqlStore(const std::string& url, const PostgresqlOptions& options)
      : options_(options),
        server_(std::make_shared<postgresql::Server>(
            postgresql::Target(url), options.request_patience, options.import_patience)),
        outcomes_(server_) {
    const auto connection = server_->connect_for_requests();
    postgresql::require_schema(*connection, 0, Clock::now() + kPatience);
    identity_ = outcomes_.identity();
  }

  std::unique_ptr<dcc::adaptor::StoreReader> reader() override {
    return std::make_unique<postgresql::Reader>(server_);
  }

  bool is_remote() const override { return true; }

  std::size_t lanes() const override { return options_.lanes; }

  std::unique_ptr<dcc::adaptor::StoreWriter> writer(std::size_t lane) override {
    return std::make_unique<postgresql::Writer>(server_, options_.host, lane);
  }

  std::vector<dcc::adaptor::Chain*> chains() override {
    const std::vector<postgresql::ChainRow> rows = outcomes_.chains(options_.host);
    const std::lock_guard lock(mutex_);
    std::vector<dcc::adaptor::Chain*> all;
    for (const postgresql::ChainRow& row : rows) {
      auto& chain = chains_[row.id];
      if (!chain) chain = std::make_unique<postgresql::Chain>(server_, outcomes_, row);
      all.push_back(chain.get());
    }
    return all;
  }

  dcc::adaptor::StoreIdentity identity() override { return identity_; }

  std::unique_ptr<Staging> staging(Table table) override {
    return std::make_unique<postgresql::TableStaging>(server_, table);
  }

  Found search(const Search& search) override { return outcomes_.search(search); }

  std::vector<RegisteredUser> users(std::optional<Eui64> after, std::size_t limit) override {
    return outcomes_.users(after, limit);
  }

  std::optional<Eui64> ordered_for(Eui64 device) override { return outcomes_.ordered_for(device); }

 private:
  const PostgresqlOptions options_;
  const std::shared_ptr<postgresql::Server> server_;
  postgresql::Outcomes outcomes_;
  dcc::adaptor::StoreIdentity identity_;
  std::mutex mutex_;  // guards chains_
  std::map<std::int64_t, std::unique_ptr<postgresql::Chain>> chains_;
};

}  // namespace

std::unique_ptr<Store> open_postgresql_store(const std::string& url,
                                             const PostgresqlOptions& options) {
  if (!dcc::adaptor::is_host_name(options.host)) {
    throw StoreError("store host '" + options.host +
                     "': expected 1 to 63 letters, digits and hyphens");
  }
  if (options.lanes < 1 || options.lanes > kMaxLanes) {
    throw StoreError("store lanes " + std::to_string(options.lanes) + ": expected 1 to " +
                     std::to_string(kMaxLanes));
  }
  return std::make_unique<PostgresqlStore>(url, options);
}

void init_postgresql_store(const std::string& url) {
  postgresql::Connection connection{postgresql::Target(url)};
  postgresql::init_schema(connection, Clock::now() + kPatience);
}

void check_postgresql_store(const std::string& url) {
  postgresql::Connection connection{postgresql::Target(url)};
  const auto deadline = Clock::now() + kPatience;
  postgresql::require_schema(connection, 1, deadline);
  postgresql::require_rights(connection, deadline);
}

}  // namespace sample
