// SPDX-License-Identifier: Apache-2.0
//
// The hosts' store, read by SQL of the tests' own over a connection of their own. One thread at a
// time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "adaptor/cursors.hpp"
#include "store/packing/packing.hpp"
#include "store/sqlite/sqlite.hpp"

namespace faults {

class StoreView {
 public:
  struct Outcome {
    std::string code, response;
    bool accepted_return = false;
  };

  StoreView() = default;
  virtual ~StoreView() = default;
  StoreView(const StoreView&) = delete;
  StoreView& operator=(const StoreView&) = delete;

  // `request_id` as it is sent.
  virtual std::optional<Outcome> outcome(const std::string& request_id) = 0;
  // RequestIDs of the outcomes after these places, in the order of the chains; `after` becomes the
  // last ones'.
  virtual std::vector<std::string> request_ids(dcc::adaptor::Cursors& after) = 0;
  // "ok", or what is wrong.
  virtual std::string integrity() = 0;
};

// A file, as it lies on disk.
class SqliteView final : public StoreView {
 public:
  explicit SqliteView(const std::filesystem::path& file);

  std::optional<Outcome> outcome(const std::string& request_id) override;
  std::vector<std::string> request_ids(dcc::adaptor::Cursors& after) override;
  // By SQLite's judgement.
  std::string integrity() override;
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
