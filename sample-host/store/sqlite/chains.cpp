// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/chains.hpp"

#include <algorithm>
#include <utility>

#include "store/copying.hpp"

namespace sample::sqlite {
namespace {

constexpr std::int64_t kRoom = std::int64_t{1} << 40;
constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();

}  // namespace

std::int64_t ChainPlace::row_after(std::int64_t cursor) const {
  if (number == kOwnChain) {
    return std::max(first,
                    cursor == std::numeric_limits<std::int64_t>::max() ? cursor : cursor + 1);
  }
  return offset + std::clamp<std::int64_t>(cursor, -1, kRoom - 1) + 1;
}

ChainPlace moved_chain(std::int64_t number, std::string name) {
  const std::int64_t offset = kLowest + number * kRoom;
  return {std::move(name), number, offset, offset, offset + kRoom - 1};
}

ChainPlace own_chain(std::int64_t others) {
  ChainPlace own;
  if (others > 0) own.name = kFileChain;
  own.first = kLowest + others * kRoom;
  return own;
}

const ChainPlace& chain_of(const std::vector<ChainPlace>& chains, std::int64_t row) {
  return *std::ranges::find_if(
      chains, [row](const ChainPlace& chain) { return chain.first <= row && row <= chain.last; });
}

std::vector<ChainPlace> chains_of(Connection& db) {
  std::vector<ChainPlace> chains;
  Statement select(db, "SELECT number, name FROM moved_chains ORDER BY number");
  for (Run row(select); row.next();) {
    chains.push_back(moved_chain(row.integer(0), std::string(row.text(1))));
  }
  chains.push_back(own_chain(std::ssize(chains)));
  std::ranges::sort(chains, {}, &ChainPlace::name);
  return chains;
}

}  // namespace sample::sqlite
