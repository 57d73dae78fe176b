// SPDX-License-Identifier: Apache-2.0
#include "archive_store.hpp"
#include "support/store_database.hpp"

namespace faults {
namespace {

class PostgresqlArchiveStore final : public ArchiveStore {
 public:
  support::HostFixture::Options options(support::HostFixture::Options of) const override {
    of.database = database_.options("host-a", 1).database;
    return of;
  }
  std::filesystem::path configuration(const support::HostFixture& host) const override {
    return support::owner_configuration(host);
  }
  std::string chain() const override { return "host-a.0"; }
  void make_place_for_month(const std::string& month) const override {
    database_.session().run("CALL duis.add_month('" + month + "-01')");
  }
  // Whoever may change tables does so behind the triggers' back.
  void tamper(const support::HostFixture&, int cursor) const override {
    database_.session().run(
        "SET session_replication_role = replica; UPDATE duis.outcomes SET code = 'I0'"
        " WHERE seq = " +
        std::to_string(cursor));
  }

 private:
  support::PostgresqlServer server_;
  const support::StoreDatabase database_{server_};
};

}  // namespace

std::unique_ptr<ArchiveStore> make_archive_store() {
  return std::make_unique<PostgresqlArchiveStore>();
}

}  // namespace faults
