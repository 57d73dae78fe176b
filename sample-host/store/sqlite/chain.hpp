// SPDX-License-Identifier: Apache-2.0
//
// A chain in the SQLite store, read. From any thread.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/outcomes.hpp"

namespace sample::sqlite {

class Chain : public dcc::adaptor::Chain {
 public:
  // `mutex`: the reader's, which others use, too.
  Chain(OutcomeReader& reader, std::mutex& mutex, ChainPlace place)
      : reader_(reader), mutex_(mutex), place_(std::move(place)) {}

  std::string name() const override { return place_.name; }

  std::vector<StoredOutcome> outcomes(Which which, std::int64_t cursor, std::size_t limit,
                                      bool with_messages) override {
    const std::lock_guard lock(mutex_);
    return reader_.read(place_, which, cursor, limit, with_messages);
  }

  AuditHead audit_head() override {
    const std::lock_guard lock(mutex_);
    return reader_.audit_head(place_);
  }

  AuditStart audit_start() override {
    const std::lock_guard lock(mutex_);
    return reader_.audit_start(place_);
  }

 protected:
  const ChainPlace& place() const { return place_; }

 private:
  OutcomeReader& reader_;
  std::mutex& mutex_;
  const ChainPlace place_;
};

}  // namespace sample::sqlite
