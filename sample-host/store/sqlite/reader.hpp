// SPDX-License-Identifier: Apache-2.0
//
// A worker's read access to the SQLite store, over a connection of its own. One thread at a time.
#pragma once

#include <chrono>
#include <filesystem>

#include "store/sqlite/sqlite.hpp"
#include "store/store.hpp"

namespace sample::sqlite {

class Reader final : public StoreReader {
 public:
  Reader(const std::filesystem::path& file, std::chrono::milliseconds patience);

  std::optional<User> user(Eui64 user_id) override;
  std::optional<Replay> replay(const RequestId& id) override;
  std::optional<Device> device(std::uint64_t device_id) override;
  Relation acts_for_orderer(std::uint64_t agent_id, std::uint64_t device_id,
                            std::int64_t at) override;
  Relation acts_for_any(std::uint64_t agent_id, std::int64_t at) override;

 private:
  void begin() override;
  void end() noexcept override;

  Connection db_;
  Statement begin_;
  Statement end_;
  Statement user_;
  Statement replay_;
  Statement device_;
  Statement acts_for_orderer_;
  Statement acts_for_any_;
};

}  // namespace sample::sqlite
