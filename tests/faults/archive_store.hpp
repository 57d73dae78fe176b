// SPDX-License-Identifier: Apache-2.0
//
// What a test of archives must know of the store that its host has. Which one it is, is the test
// program's choice: archive_sqlite.cpp or archive_postgresql.cpp.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "faulty_host.hpp"

namespace faults {

class ArchiveStore {
 public:
  virtual ~ArchiveStore() = default;

  // A host's on it that commits to one chain.
  virtual support::HostFixture::Options options(support::HostFixture::Options of) const = 0;
  // For commands that remove outcomes.
  virtual std::filesystem::path configuration(const support::HostFixture& host) const = 0;
  virtual std::string chain() const = 0;
  // `month` as 2026-05: it takes outcomes of that month from now on.
  virtual void make_place_for_month(const std::string& month) const = 0;
  // Changes what an outcome says.
  virtual void tamper(const support::HostFixture& host, int cursor) const = 0;
};

// A new one.
std::unique_ptr<ArchiveStore> make_archive_store();

}  // namespace faults
