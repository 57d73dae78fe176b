// SPDX-License-Identifier: Apache-2.0
//
// A store copied into another database, of whatever kind either is: every row, every record as it
// is and with the hash that it has. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adaptor/audit.hpp"

namespace sample {

struct CopyOptions {
  std::optional<dcc::duis::PublicKey> key{};  // the heads must be signed with it
  // HOST.LANE: what the chain of a store that has only one is called on a server. Empty: file.0.
  std::string chain{};
  // Copy what there is now, though hosts may be using the store.
  bool beside_hosts = false;
  // Now and then; may be empty. `all` is 0 as long as it is not known.
  std::function<void(const char* what, std::int64_t done, std::int64_t all)> progress{};
};

struct Copied {
  struct Chain {
    std::string before, name;  // what it was called, and is; empty: the only one
    std::int64_t records = 0;  // that were copied
    dcc::adaptor::AuditHead head;
  };
  struct Table {
    std::string name;
    std::int64_t rows = 0;
  };
  std::vector<Chain> chains;
  std::vector<Table> tables;
  std::int64_t records = 0, rows = 0;  // of all
};

// Verifies the trail of `from`, copies all of it to `to`, a file that is not there or a database
// that init-store has just made, reads that back, verifies its trail and compares. `to` is a store
// only when all of that is done; whatever happens before, it is as it was, also for a process that
// is killed. `from` is only read. Throws StoreError, which says what is wrong with which of them.
Copied copy_to_store(std::string_view from, std::string_view to, const CopyOptions& options);

}  // namespace sample
