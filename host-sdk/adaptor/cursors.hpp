// SPDX-License-Identifier: Apache-2.0
//
// Where a reader stands in each chain of a store. A plain value.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace dcc::adaptor {

class Cursors {
 public:
  Cursors() = default;
  // Of a store with one chain.
  explicit Cursors(std::int64_t cursor) { set({}, cursor); }

  // Of the last outcome that was read; of a chain that is not named, 0: none was.
  std::int64_t of(std::string_view chain) const;
  void set(std::string_view chain, std::int64_t cursor);

  const std::map<std::string, std::int64_t, std::less<>>& all() const { return cursors_; }

  // A number from 0 to INT64_MAX, for the only chain of a store; or CHAIN:NUMBER,CHAIN:NUMBER in
  // the order of the chains' names, without those that are 0. 0 is the beginning of all. Nothing:
  // it is not as text() writes it.
  static std::optional<Cursors> parse(std::string_view text);
  std::string text() const;

  bool operator==(const Cursors&) const = default;

 private:
  std::map<std::string, std::int64_t, std::less<>> cursors_;  // none is 0
};

// What a host calls its chains by: 1 to 63 letters, digits and hyphens.
bool is_host_name(std::string_view text);

// A chain's name as in Cursors: letters, digits, hyphens, a dot, digits.
bool is_chain_name(std::string_view text);

}  // namespace dcc::adaptor
