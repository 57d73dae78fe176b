// SPDX-License-Identifier: Apache-2.0
//
// A search in a store with several chains: what was found in each is put together, newest first.
// Plain values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/search.hpp"

namespace sample {

// What a search looks at of one chain.
struct SearchWindow {
  std::string chain;
  std::int64_t first, before;                        // outcomes from first on, but not `before`
  std::int64_t first_decided_at = 0;                 // if `first` is there
  std::vector<dcc::adaptor::StoredOutcome> found{};  // newest first
  std::size_t taken = 0;                             // of those found
};

// Of a chain that ends with outcome `last`; nothing: there is nothing to look at. All searches look
// at 100,000 outcomes, at most, over all `chains`.
inline std::optional<SearchWindow> window_of(const Search& search, const std::string& chain,
                                             std::int64_t last, std::size_t chains) {
  constexpr std::int64_t kSearched = 100'000;
  const auto share =
      std::max<std::int64_t>(1, kSearched / std::max<std::int64_t>(1, std::int64_t(chains)));
  std::int64_t before = last + 1;
  if (search.before) before = std::min(before, search.before->of(chain));
  if (before <= 1) return std::nullopt;
  return SearchWindow{chain, std::max<std::int64_t>(1, before - share), before};
}

class Merge {
 public:
  Merge(std::vector<SearchWindow>& windows, std::size_t limit) : windows_(windows), limit_(limit) {}

  Found found() {
    Found all;
    while (all.outcomes.size() < limit_) {
      SearchWindow* const window = newest();
      if (window == nullptr) break;
      all.outcomes.push_back(std::move(window->found[window->taken++]));
    }
    dcc::adaptor::Cursors next;
    bool is_more = false;
    for (const SearchWindow& window : windows_) {
      const std::int64_t cursor = where_to_go_on(window);
      if (cursor <= 1) continue;  // cursors begin with 1
      next.set(window.chain, cursor);
      is_more = true;
    }
    if (is_more) all.next = std::move(next);
    return all;
  }

 private:
  bool is_done(const SearchWindow& window) const {
    return window.taken == window.found.size() && window.found.size() < limit_;
  }

  // Null: all are done, or what comes next may be behind what one of them has looked at.
  SearchWindow* newest() {
    SearchWindow* newest = nullptr;
    auto looked_at = std::numeric_limits<std::int64_t>::min();
    for (SearchWindow& window : windows_) {
      if (window.taken < window.found.size()) {
        if (newest == nullptr || decided_at(*newest) < decided_at(window)) newest = &window;
      } else if (is_done(window) && window.first > 1) {
        looked_at = std::max(looked_at, window.first_decided_at);
      }
    }
    return newest != nullptr && decided_at(*newest) >= looked_at ? newest : nullptr;
  }

  static std::int64_t decided_at(const SearchWindow& window) {
    return window.found[window.taken].outcome.decided_at;
  }

  std::int64_t where_to_go_on(const SearchWindow& window) const {
    if (is_done(window)) return window.first;
    return window.taken == 0 ? window.before : window.found[window.taken - 1].cursor;
  }

  std::vector<SearchWindow>& windows_;
  const std::size_t limit_;
};

}  // namespace sample
