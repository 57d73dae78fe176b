// SPDX-License-Identifier: Apache-2.0
//
// A store whose outcomes are decided on days of a test's choice, and its archive.
#pragma once

#include <string>

#include "archive/archiver.hpp"
#include "archive/month.hpp"
#include "unit/store/fixture.hpp"

namespace sample {

class ArchiverFixture : public StoreFixture {
 public:
  void commit_on(const std::string& date) {
    make_place_for_month(directory, date.substr(0, 7) + "-01");
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

}  // namespace sample
