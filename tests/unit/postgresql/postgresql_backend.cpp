// SPDX-License-Identifier: Apache-2.0
//
// The tests of stores, with a PostgreSQL database in the place of a file.
#include <map>

#include "unit/postgresql/fixture.hpp"

namespace sample {
namespace {

const Database& database_of(const TemporaryDirectory& directory) {
  static std::map<std::filesystem::path, Database> databases;
  return databases.try_emplace(directory / "").first->second;
}

}  // namespace

std::unique_ptr<Store> open_store_of_test(const TemporaryDirectory& directory) {
  return database_of(directory).open();
}

std::unique_ptr<Store> open_store_of_test_beside(const TemporaryDirectory& directory) {
  return database_of(directory).open("host-b");
}

void make_place_for_month(const TemporaryDirectory& directory, const std::string& first) {
  database_of(directory).add_month(first);
}

const std::size_t kRowsInTransaction = 250;

}  // namespace sample
