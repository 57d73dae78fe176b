// SPDX-License-Identifier: Apache-2.0
//
// A store without outcomes, readers and writers: for tests that need one of these, or none.
#pragma once

#include <memory>
#include <vector>

#include "adaptor/store.hpp"

namespace support {

class EmptyStore : public dcc::adaptor::Store, public dcc::adaptor::Chain {
 public:
  using Which = Chain::Which;

  std::unique_ptr<dcc::adaptor::StoreReader> reader() override { return nullptr; }
  std::unique_ptr<dcc::adaptor::StoreWriter> writer(std::size_t) override { return nullptr; }
  std::vector<dcc::adaptor::Chain*> chains() override { return {this}; }
  std::vector<dcc::adaptor::StoredOutcome> outcomes(Which, std::int64_t, std::size_t,
                                                    bool) override {
    return {};
  }
  dcc::adaptor::AuditHead audit_head() override { return {}; }
};

}  // namespace support
