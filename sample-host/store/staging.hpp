// SPDX-License-Identifier: Apache-2.0
//
// The rows of an import on their way into a table. The database keeps and sorts them, so that there
// may be more than fit in memory.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "duis/identifiers.hpp"

namespace sample {

enum class Table { users, devices, orders, appointments };

// What a column of an imported row has, checked.
using Value = std::variant<dcc::duis::Eui64, std::string_view>;

// A row that is given to a Staging: the columns of an import's file, in its order; an empty
// valid_until is none.
struct StagedRow {
  std::size_t line = 0;  // where the file has it
  std::span<const Value> values;
};
// The next one, which is good until the one after it is asked for; null: there is none.
using NextRow = std::function<const StagedRow*()>;

// Everything is as it was when the first question was asked. For one thread; throws StoreError.
class Staging {
 public:
  // A key that an earlier line has, too; as an import's file has it.
  struct Repeated {
    std::string key;
    std::size_t line = 0, earlier = 0;
  };
  // Called after each transaction with the rows done; may be empty.
  using Progress = std::function<void(std::size_t done)>;

  virtual ~Staging() = default;

  virtual Table table() const = 0;

  // Before all else, once: takes all rows, whose lines rise. Throws what `next` throws.
  virtual void fill(const NextRow& next) = 0;

  // By line. Nothing else may be asked for, or done, when there are any.
  virtual void each_repeated(const std::function<void(const Repeated&)>& take) = 0;

  // How many rows the table has whose keys no row had, and the keys of the first of them, as an
  // import's file has them.
  virtual std::size_t others() = 0;
  virtual std::vector<std::string> first_others(std::size_t limit) = 0;

  // Both in transactions of at most 10,000 rows, sorted by key, safe beside a running host, from
  // another process, too.
  //
  // Upserts by key and returns how many rows changed something. A device row that does raises that
  // device's revision; rows of Users (but for their names), orders and appointments raise the one
  // revision of these three.
  virtual std::size_t apply(const Progress& progress) = 0;
  // Removes the others. A device that is imported again gets a revision that it never had.
  virtual void remove_others(const Progress& progress) = 0;
};

// For a store that is not there yet: what an import would find, and nothing is kept.
std::unique_ptr<Staging> staging_without_store(Table table);

}  // namespace sample
