// SPDX-License-Identifier: Apache-2.0
//
// Leftovers of the SQLite store. The keys that are kept lie in a temporary table, so that there may
// be more than fit in memory; SQLite puts it in a file in $SQLITE_TMPDIR, $TMPDIR or /var/tmp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/sqlite/sqlite.hpp"
#include "store/store.hpp"

namespace sample::sqlite {

class TableLeftovers final : public Leftovers {
 public:
  TableLeftovers(const std::filesystem::path& file, std::chrono::milliseconds patience,
                 int checkpoint_pages, Table table);

  void keep(const RowKey& key) override;
  std::size_t count() override;
  std::vector<std::string> first(std::size_t limit) override;
  void remove(const Store::Progress& progress) override;

 private:
  void find();

  const Table table_;
  Connection db_;
  std::optional<Statement> keep_;
  bool found_ = false;
};

}  // namespace sample::sqlite
