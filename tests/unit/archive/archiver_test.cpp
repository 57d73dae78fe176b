// SPDX-License-Identifier: Apache-2.0
//
// Which outcomes go into which month, whatever the clock did, and what an archive must have to do
// with its store.
#include "archive/archiver.hpp"

#include "adaptor/audit.hpp"
#include "archive/lookup.hpp"
#include "archive/month.hpp"
#include "archive/verify.hpp"
#include "stores/stores.hpp"
#include "support/empty_store.hpp"
#include "unit/store/fixture.hpp"

using namespace sample;
using Catch::Matchers::Contains;

namespace {

class ArchiverFixture : public StoreFixture {
 public:
  void commit_on(const std::string& date) {
    Outcome one = outcome(++counter_);
    one.facts.clear();
    one.decided_at = one.received_at = unix_ms(date, kNoon);
    REQUIRE(commit(one) == CommitResult::committed);
  }
  Archived archive_before(const std::string& date) {
    ArchiveOptions options;
    options.directory = archive_directory();
    options.before = first_of_month(date).value();
    options.forget_before = 0;
    return archive(*store, options);
  }
  std::filesystem::path archive_directory() const { return directory / "archive"; }

  static std::string text(const Archived& archived) {
    std::string all;
    for (const auto& month : archived.written) {
      all +=
          month.month + ' ' + std::to_string(month.first) + '-' + std::to_string(month.last) + ' ';
    }
    return all + "removed " + std::to_string(archived.removed);
  }

 private:
  std::uint64_t counter_ = 0;
};

// Keeps everything.
class Forever final : public support::EmptyStore {
 public:
  AuditHead audit_head() override { return {0, dcc::adaptor::kAuditOrigin, {}}; }
};

}  // namespace

TEST_CASE_METHOD(ArchiverFixture, "outcomes go by month in the order of their commits") {
  for (const char* date : {"2025-03-10", "2025-04-02", "2025-03-30", "2025-05-05"}) commit_on(date);
  // The third was decided while the clock was put back: it stays with those before it.
  CHECK(text(archive_before("2025-05-01")) == "2025-03 1-1 2025-04 2-3 removed 3");
  // April's file is written: what has its time now goes into the next.
  commit_on("2025-04-20");
  commit_on("2025-07-01");  // a clock that is ahead holds up what comes after it
  commit_on("2025-05-06");
  CHECK(text(archive_before("2025-06-01")) == "2025-05 4-5 removed 2");
  CHECK(text(archive_before("2025-06-01")) == "removed 0");
  CHECK(text(archive_before("2025-04-01")) == "removed 0");
  CHECK(text(archive_before("2025-08-01")) == "2025-07 6-7 removed 2");
  const auto report = verify_archive(archive_directory(), {});
  CHECK(report.findings.empty());
  CHECK(report.records == 7);
  for (std::int64_t cursor = 1; cursor <= 7; ++cursor) {
    const auto found = find_archived(archive_directory(), cursor, std::nullopt);
    REQUIRE(found);
    CHECK(found->outcome.request_id.counter == static_cast<std::uint64_t>(cursor));
  }
  CHECK_FALSE(find_archived(archive_directory(), 8, std::nullopt));
}

TEST_CASE_METHOD(ArchiverFixture, "after a restore an archive goes on only from the same records") {
  commit_on("2025-03-10");
  copy_store("sqlite:" + file().string(), directory / "backup");
  commit_on("2025-04-10");
  const auto restore = [&] {
    close();
    restore_store(directory / "backup", "sqlite:" + file().string(), [](const std::string&) {});
    reopen();
  };
  SECTION("what it has is there again: removed again") {
    CHECK(text(archive_before("2025-04-01")) == "2025-03 1-1 removed 1");
    restore();
    CHECK(text(archive_before("2025-04-01")) == "removed 1");
  }
  SECTION("what it has is not there any more, or is another") {
    CHECK(text(archive_before("2025-05-01")) == "2025-03 1-1 2025-04 2-2 removed 2");
    restore();
    CHECK_THROWS_WITH(archive_before("2025-05-01"),
                      Contains("record 2 is another one in the store, or is not there"));
    commit_on("2025-04-11");
    CHECK_THROWS_WITH(archive_before("2025-05-01"), Contains("give a new directory"));
    CHECK(outcomes().size() == 2);
  }
}

TEST_CASE("a store that keeps everything has no archive") {
  Forever store;
  const TemporaryDirectory directory;
  ArchiveOptions options;
  options.directory = directory / "archive";
  CHECK_THROWS_WITH(archive(store, options), Contains("keeps everything"));
  CHECK_FALSE(std::filesystem::exists(options.directory));
}
