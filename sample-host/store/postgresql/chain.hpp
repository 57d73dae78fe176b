// SPDX-License-Identifier: Apache-2.0
//
// A chain in the PostgreSQL store: the outcomes of one lane of one host. From any thread.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/postgresql/retention.hpp"

namespace sample::postgresql {

class Chain final : public dcc::adaptor::Chain {
 public:
  Chain(std::shared_ptr<Server> server, Outcomes& outcomes, ChainRow row)
      : server_(std::move(server)), outcomes_(outcomes), row_(std::move(row)) {}

  std::string name() const override { return row_.name; }
  std::vector<StoredOutcome> outcomes(Which which, std::int64_t cursor, std::size_t limit,
                                      bool with_messages) override {
    return outcomes_.read(row_, which, cursor, limit, with_messages);
  }
  AuditHead audit_head() override { return outcomes_.audit_head(row_); }
  AuditStart audit_start() override { return outcomes_.audit_start(row_); }
  std::unique_ptr<dcc::adaptor::StoreRetention> retention() override {
    return std::make_unique<RetentionRows>(server_, row_);
  }

 private:
  const std::shared_ptr<Server> server_;
  Outcomes& outcomes_;
  const ChainRow row_;
};

}  // namespace sample::postgresql
