// SPDX-License-Identifier: Apache-2.0
//
// Outcomes that leave the SQLite store, and what is remembered of them. One thread at a time.
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "store/sqlite/chains.hpp"
#include "store/sqlite/sqlite.hpp"

namespace sample::sqlite {

class RetentionRows final : public dcc::adaptor::StoreRetention {
 public:
  RetentionRows(std::unique_ptr<Connection> db, ChainPlace chain);

  void archive(const AuditStart& start) override;
  std::vector<dcc::adaptor::Remembered> remembered(std::size_t limit) override;
  void forget(std::int64_t cursor,
              std::span<const std::pair<Eui64, std::uint64_t>> highest) override;

 private:
  const std::unique_ptr<Connection> db_;
  const ChainPlace chain_;
  Statement remember_;
  Statement remember_hubs_;
  Statement remove_;
  Statement write_start_;
  Statement remembered_;
  Statement forget_;
  Statement highest_;
  Statement write_highest_;
};

}  // namespace sample::sqlite
