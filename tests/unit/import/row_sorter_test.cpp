// SPDX-License-Identifier: Apache-2.0
//
// Rows in memory and rows in a file come out in the same order.
#include "import/row_sorter.hpp"

#include <stdlib.h>

#include <random>
#include <string>

#include "unit/store/fixture.hpp"

using namespace sample;

namespace {

template <typename Row>
std::vector<Row> all(RowSorter<Row, std::less<>>& sorter) {
  std::vector<Row> rows;
  sorter.visit(
      [&](std::span<const Row> part) { rows.insert(rows.end(), part.begin(), part.end()); });
  return rows;
}

}  // namespace

TEST_CASE("rows are sorted, however many runs they make") {
  // Around one run, many runs, and runs that are longer than what is read of one at a time.
  const auto [rows_in_run, count] = GENERATE(table<std::size_t, std::size_t>({{4, 0},
                                                                              {4, 1},
                                                                              {4, 3},
                                                                              {4, 4},
                                                                              {4, 5},
                                                                              {4, 8},
                                                                              {1, 7},
                                                                              {3, 1000},
                                                                              {5000, 20'000},
                                                                              {30'000, 250'000}}));
  CAPTURE(rows_in_run, count);
  RowSorter<std::uint64_t, std::less<>> sorter(rows_in_run);
  std::mt19937_64 random(count);
  std::vector<std::uint64_t> expected;
  for (std::size_t i = 0; i < count; ++i) {
    expected.push_back(random() % (count + 1));  // some of them twice
    sorter.add(expected.back());
  }
  std::ranges::sort(expected);
  CHECK(sorter.size() == count);
  CHECK(all(sorter) == expected);
  CHECK(all(sorter) == expected);
}

TEST_CASE("rows that are no plain octets are sorted in memory") {
  RowSorter<std::string, std::less<>> sorter(2);
  for (const char* row : {"d", "a", "c", "b", "e"}) sorter.add(row);
  CHECK(all(sorter) == std::vector<std::string>{"a", "b", "c", "d", "e"});
}

TEST_CASE("a temporary file that cannot be made is said with its directory") {
  const TemporaryDirectory directory;
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  const std::string absent = (directory / "absent").string();
  ::setenv("TMPDIR", absent.c_str(), 1);
  RowSorter<int, std::less<>> sorter(1);
  sorter.add(2);
  CHECK_THROWS_WITH(sorter.add(1), Catch::Contains(absent) && Catch::Contains("No such file"));
  if (before == nullptr) {
    ::unsetenv("TMPDIR");
  } else {
    ::setenv("TMPDIR", kept.c_str(), 1);
  }
}
