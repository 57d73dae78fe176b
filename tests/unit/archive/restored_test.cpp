// SPDX-License-Identifier: Apache-2.0
//
// An archive beside a store that was put back from a backup.
#include "fixture.hpp"
#include "stores/stores.hpp"

using namespace sample;
using Catch::Matchers::Contains;

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
