// SPDX-License-Identifier: Apache-2.0
//
// A worker's read access to the PostgreSQL store, over a connection of its own: all that is asked
// in one call is one round trip. One thread at a time.
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "store/postgresql/server.hpp"

namespace sample::postgresql {

class Reader final : public dcc::adaptor::StoreReader {
 public:
  explicit Reader(std::shared_ptr<Server> server) : session_(std::move(server)) {}

  void answer(std::span<dcc::adaptor::Inquiry> inquiries) override;

 private:
  ReadSession session_;
};

}  // namespace sample::postgresql
