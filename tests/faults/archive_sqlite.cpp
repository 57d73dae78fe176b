// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "archive_store.hpp"

namespace faults {
namespace {

class SqliteArchiveStore final : public ArchiveStore {
 public:
  support::HostFixture::Options options(support::HostFixture::Options of) const override {
    return of;
  }
  std::filesystem::path configuration(const support::HostFixture& host) const override {
    return host.configuration();
  }
  std::string chain() const override { return {}; }
  void make_place_for_month(const std::string&) const override {}
  void tamper(const support::HostFixture& host, int cursor) const override {
    REQUIRE(support::run("sqlite3",
                         {host.store().string(), "UPDATE outcomes SET code = 'I0' WHERE cursor = " +
                                                     std::to_string(cursor)})
                .exit_code == 0);
  }
};

}  // namespace

std::unique_ptr<ArchiveStore> make_archive_store() {
  return std::make_unique<SqliteArchiveStore>();
}

}  // namespace faults
