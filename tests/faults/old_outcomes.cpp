// SPDX-License-Identifier: Apache-2.0
#include "old_outcomes.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace faults {
namespace {

constexpr std::int64_t kMonth = 31LL * 86'400'000, kMarch2025 = 1'740'787'200'000;
constexpr std::int64_t kBatch = 50;

dcc::adaptor::Outcome outcome(const OldOutcomes& of, std::int64_t n) {
  dcc::adaptor::Outcome outcome;
  outcome.request_id = {{0x90B3D51F30030000 + of.originator},
                        {0x90B3D51F30000002},
                        static_cast<std::uint64_t>(n) + 1};
  outcome.digest = std::string(32, static_cast<char>(n));
  outcome.srv = "8.14.3";
  outcome.code = "I99";
  outcome.device_id = dcc::duis::Eui64{0x00DB000000000000 + static_cast<std::uint64_t>(n)};
  const std::int64_t month = n < of.old() ? n / of.per_month : of.months_until_later;
  outcome.decided_at = outcome.received_at = kMarch2025 + month * kMonth + n;
  outcome.request = "<request>" + std::to_string(n * 7919) + "</request>";
  outcome.response = "<response>" + std::to_string(n * 104729) + "</response>";
  return outcome;
}

}  // namespace

void OldOutcomes::commit(dcc::adaptor::Ledger& ledger) const {
  for (std::int64_t i = 0; i < all(); i += kBatch) {
    std::vector<dcc::adaptor::Outcome> outcomes;
    for (std::int64_t n = i; n < std::min(i + kBatch, all()); ++n)
      outcomes.push_back(outcome(*this, n));
    std::vector<const dcc::adaptor::Outcome*> batch;
    for (const auto& one : outcomes) batch.push_back(&one);
    for (const auto result : ledger.commit(batch)) {
      if (result != dcc::adaptor::CommitResult::committed)
        throw std::runtime_error("an outcome was not committed");
    }
  }
}

}  // namespace faults
