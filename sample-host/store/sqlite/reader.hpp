// SPDX-License-Identifier: Apache-2.0
//
// A worker's read access to the SQLite store, over a connection of its own. One thread at a time.
#pragma once

#include <chrono>
#include <filesystem>
#include <span>
#include <vector>

#include "store/packing/packing.hpp"
#include "store/sqlite/chains.hpp"
#include "store/sqlite/facts.hpp"
#include "store/sqlite/sqlite.hpp"
#include "store/store.hpp"

namespace sample::sqlite {

class Reader final : public dcc::adaptor::StoreReader {
 public:
  Reader(const std::filesystem::path& file, std::chrono::milliseconds patience);

  void answer(std::span<dcc::adaptor::Inquiry> inquiries) override;

 private:
  // What several statements read within one is of one moment.
  class Moment;

  void answer(dcc::adaptor::Inquiry& inquiry);
  // Of a row of replay_.
  std::string response_in(const Run& row);

  Connection db_;
  const std::vector<ChainPlace> chains_;
  Statement begin_;
  Statement end_;
  Statement replay_;
  Statement remembered_;
  Statement forgotten_;
  FactTables facts_;
  Packing packing_;
};

}  // namespace sample::sqlite
