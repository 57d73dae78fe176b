// SPDX-License-Identifier: Apache-2.0
//
// A worker's read access to the SQLite store, over a connection of its own. One thread at a time.
#pragma once

#include <chrono>
#include <filesystem>

#include "store/sqlite/facts.hpp"
#include "store/sqlite/sqlite.hpp"
#include "store/store.hpp"

namespace sample::sqlite {

class Reader final : public StoreReader {
 public:
  Reader(const std::filesystem::path& file, std::chrono::milliseconds patience);

  void answer(dcc::host::Facts& facts) override;
  std::optional<Replay> replay(const RequestId& id) override;

 private:
  void begin() override;
  void end() noexcept override;

  Connection db_;
  Statement begin_;
  Statement end_;
  Statement replay_;
  FactTables facts_;
};

}  // namespace sample::sqlite
