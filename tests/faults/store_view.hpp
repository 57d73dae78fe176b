// SPDX-License-Identifier: Apache-2.0
//
// The host's store as it lies on disk, read by SQL of the tests' own over a connection of their
// own. One thread at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "store/packing/packing.hpp"
#include "store/sqlite/sqlite.hpp"

namespace faults {

class StoreView {
 public:
  struct Outcome {
    std::string code, response;
    bool accepted_return = false;
  };

  explicit StoreView(const std::filesystem::path& file);

  // `request_id` as it is sent.
  std::optional<Outcome> outcome(const std::string& request_id);
  // RequestIDs of the outcomes after a cursor, in commit order; `cursor` becomes the last one's.
  std::vector<std::string> request_ids(std::int64_t& cursor);
  // What SQLite's integrity check says: "ok", or what is wrong.
  std::string integrity();
  // How many devices do not have this status.
  std::int64_t devices_otherwise(std::uint64_t first, std::uint64_t last,
                                 const std::string& status);

 private:
  sample::sqlite::Connection db_;
  sample::Packing packing_;
};

// One or more statements, by a connection of its own: for those who tamper.
void execute(const std::filesystem::path& store, const std::string& sql);

}  // namespace faults
