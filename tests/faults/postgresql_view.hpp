// SPDX-License-Identifier: Apache-2.0
//
// The hosts' store on a PostgreSQL server, as its owner reads it.
#pragma once

#include "store_view.hpp"
#include "support/store_database.hpp"

namespace faults {

class PostgresqlView final : public StoreView {
 public:
  explicit PostgresqlView(const support::StoreDatabase& database)
      : database_(database), session_(database.owner_url()) {}

  std::optional<Outcome> outcome(const std::string& request_id) override;
  std::vector<std::string> request_ids(dcc::adaptor::Cursors& after) override;
  std::string integrity() override { return database_.integrity(); }

 private:
  const support::StoreDatabase& database_;
  support::PostgresqlSession session_;
};

}  // namespace faults
