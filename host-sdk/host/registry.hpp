// SPDX-License-Identifier: Apache-2.0
//
// Which handler answers which SRV. The table is immutable and replaced in one atomic step; a
// request holds on to the table it started with, so it never sees a mixture.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/handler.hpp"
#include "host/published.hpp"

namespace dcc::host {

class HandlerTable {
 public:
  using Map = std::map<std::string, std::shared_ptr<const Handler>, std::less<>>;

  HandlerTable() = default;
  explicit HandlerTable(Map handlers) : handlers_(std::move(handlers)) {}

  // Null: nobody answers this SRV. The pointer lives as long as the table.
  const Handler* find(std::string_view srv) const {
    const auto it = handlers_.find(srv);
    return it == handlers_.end() || it->second->is_withdrawn() ? nullptr : it->second.get();
  }
  // Those that are withdrawn, too: they still hold their SRVs.
  const Map& handlers() const { return handlers_; }

 private:
  Map handlers_;
};

// The current table.
using LiveHandlers = Published<HandlerTable>;

}  // namespace dcc::host
