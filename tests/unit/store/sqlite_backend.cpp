// SPDX-License-Identifier: Apache-2.0
#include "unit/store/fixture.hpp"

namespace sample {

std::unique_ptr<Store> open_store_of_test(const TemporaryDirectory& directory) {
  return open_sqlite_store(directory / "store.db");
}

std::unique_ptr<Store> open_store_of_test_beside(const TemporaryDirectory& directory) {
  return open_store_of_test(directory);
}

void make_place_for_month(const TemporaryDirectory&, const std::string&) {}

const std::size_t kRowsInTransaction = 10'000;

}  // namespace sample
