// SPDX-License-Identifier: Apache-2.0
//
// What is read of the PostgreSQL store beside requests: outcomes in the order of their chains, and
// what people ask. All of it shares one connection. From any thread, if it has that connection.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/postgresql/server.hpp"

namespace sample::postgresql {

// A row of duis.chains.
struct ChainRow {
  std::int64_t id = 0;
  std::string name;       // HOST.LANE
  std::int64_t last = 0;  // the last outcome's cursor
};

class Outcomes {
 public:
  using Run = std::function<Rows(const Statement&, const Parameters&)>;

  // Over a connection of its own.
  explicit Outcomes(const std::shared_ptr<Server>& server);
  // As `run` does it, in a transaction perhaps.
  Outcomes(Target target, Run run) : target_(std::move(target)), run_(std::move(run)) {}

  // By their names.
  std::vector<ChainRow> chains();
  // By their names. If there is none, that host's first one is made.
  std::vector<ChainRow> chains(const std::string& host);
  // See Chain::outcomes, Chain::audit_head and Chain::audit_start.
  std::vector<StoredOutcome> read(const ChainRow& chain, Store::Which which, std::int64_t cursor,
                                  std::size_t limit, bool with_messages);
  AuditHead audit_head(const ChainRow& chain);
  AuditStart audit_start(const ChainRow& chain);
  // See Store::search, users, ordered_for and identity.
  Found search(const Search& search);
  std::vector<RegisteredUser> users(std::optional<Eui64> after, std::size_t limit);
  std::optional<Eui64> ordered_for(Eui64 device);
  dcc::adaptor::StoreIdentity identity();

 private:
  Rows run(const Statement& statement, const Parameters& parameters) {
    return run_(statement, parameters);
  }

  const Target target_;
  const Run run_;
};

}  // namespace sample::postgresql
