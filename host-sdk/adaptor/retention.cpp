// SPDX-License-Identifier: Apache-2.0
#include "adaptor/retention.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "adaptor/audit.hpp"

namespace dcc::adaptor {
namespace {

// In one transaction, for which a request may have to wait: some hundredths of a second.
constexpr std::size_t kOutcomes = 500;
constexpr std::size_t kRequestIds = 5000;

}  // namespace

bool is_forgotten(const RequestId& id, const std::optional<std::uint64_t>& highest) {
  return highest && id.counter <= *highest;
}

Retention::Retention(Chain& chain, SignHead sign)
    : chain_(chain), sign_(std::move(sign)), rows_(chain.retention()) {
  if (rows_ == nullptr) throw StoreError("the store keeps everything: it has no retention");
}

void Retention::remove(std::int64_t cursor, const Progress& progress) {
  for (;;) {
    AuditStart start = chain_.audit_start();
    const auto left = std::max<std::int64_t>(cursor - start.cursor, 0);
    const auto page =
        chain_.outcomes(Chain::Which::all, start.cursor,
                        std::min<std::size_t>(kOutcomes, static_cast<std::size_t>(left)), false);
    if (page.empty()) return;
    start.cursor = page.back().cursor;
    start.hash = page.back().hash;
    start.signature = sign_ ? sign_(audit_start_text(start.cursor, start.hash)) : std::string();
    rows_->archive(start);
    if (progress) progress(start.cursor);
  }
}

std::int64_t Retention::forget(std::int64_t decided_before) {
  std::int64_t forgotten = 0;
  for (;;) {
    auto page = rows_->remembered(kRequestIds);
    const auto end = std::ranges::find_if(
        page, [&](const Remembered& one) { return one.decided_at >= decided_before; });
    page.erase(end, page.end());
    if (page.empty()) return forgotten;
    std::map<Eui64, std::uint64_t> highest;
    for (const Remembered& one : page) {
      std::uint64_t& counter = highest[one.request_id.originator];
      counter = std::max(counter, one.request_id.counter);
    }
    const std::vector<std::pair<Eui64, std::uint64_t>> all(highest.begin(), highest.end());
    rows_->forget(page.back().cursor, all);
    forgotten += static_cast<std::int64_t>(page.size());
  }
}

}  // namespace dcc::adaptor
