// SPDX-License-Identifier: Apache-2.0
//
// Which outcomes go into which month, whatever the clock did, and what an archive must have to do
// with its store.
#include "adaptor/audit.hpp"
#include "archive/lookup.hpp"
#include "archive/verify.hpp"
#include "fixture.hpp"
#include "support/empty_store.hpp"

using namespace sample;
using Catch::Matchers::Contains;

namespace {

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
  REQUIRE(report.chains.size() == 1);
  CHECK(report.chains.front().records == 7);
  const auto find = [&](std::uint64_t counter, std::int64_t cursor, const std::string& name) {
    const Outcome one = outcome(counter);
    return find_archived(archive_directory(), one.request_id, {one.digest, {}, cursor, name},
                         std::nullopt);
  };
  for (std::uint64_t counter = 1; counter <= 7; ++counter) {
    const auto cursor = static_cast<std::int64_t>(counter);
    for (const std::string& name : {chain().name(), std::string("renamed.0")}) {
      const auto found = find(counter, cursor, name);
      REQUIRE(found);
      CHECK(found->cursor == cursor);
      CHECK(found->outcome.request_id.counter == counter);
    }
  }
  CHECK_FALSE(find(8, 8, chain().name()));
  CHECK_FALSE(find(7, 6, chain().name()));
}

TEST_CASE("a store that keeps everything has no archive") {
  Forever store;
  const TemporaryDirectory directory;
  ArchiveOptions options;
  options.directory = directory / "archive";
  CHECK_THROWS_WITH(archive(store, options), Contains("keeps everything"));
  CHECK_FALSE(std::filesystem::exists(options.directory));
}
