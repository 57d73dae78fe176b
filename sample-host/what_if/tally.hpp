// SPDX-License-Identifier: Apache-2.0
//
// What became of all outcomes that a candidate has decided again: how many, from which answer to
// which, by SRV, role and the hub's status, with the first of each kind; and whether that is what
// was agreed to beforehand. Plain values; one thread at a time.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adaptor/what_if.hpp"

namespace sample {

// A kind of transition. The answers are response codes, or as WhatIf::Verdict says.
struct Transition {
  std::string srv, role, status, from, to;
  auto operator<=>(const Transition&) const = default;

  bool is_change() const { return from != to; }
};

// One outcome of a kind.
struct Example {
  std::string request_id, device;  // no device: empty
  std::int64_t received_at = 0;    // Unix milliseconds
  std::string was, now;            // the reasons
};

Transition transition_of(const dcc::adaptor::StoredOutcome& stored,
                         const dcc::adaptor::WhatIf::Verdict& verdict);
Example example_of(const dcc::adaptor::StoredOutcome& stored,
                   const dcc::adaptor::WhatIf::Verdict& verdict);

// The changes that were agreed to: a CSV file with the columns srv, role, status, from and to, in
// which * stands for any, and, if there may not be any number of them, count. What `what-if
// --format csv` prints is such a file.
class Agreement {
 public:
  // Nothing was agreed to.
  Agreement() = default;
  // Throws std::runtime_error, which names file, line and what was expected.
  explicit Agreement(const std::filesystem::path& file);

  // Of `count` changes of this kind, how many go beyond what was agreed to. They are used up: each
  // kind is asked for once.
  std::uint64_t beyond(const Transition& change, std::uint64_t count);

 private:
  struct Line {
    Transition agreed;
    std::uint64_t left;
  };
  std::vector<Line> lines_;
};

class Tally {
 public:
  static constexpr std::size_t kExamples = 3;

  struct Entry {
    std::uint64_t count = 0;
    std::uint64_t beyond = 0;       // of a change: not agreed to
    std::vector<Example> examples;  // of a change: the first
  };

  void add(const Transition& transition, const dcc::adaptor::StoredOutcome& stored,
           const dcc::adaptor::WhatIf::Verdict& verdict);
  // Once, after the last.
  void hold_against(Agreement agreement);

  const std::map<Transition, Entry>& entries() const { return entries_; }
  // Why some could not be decided: by kind of fact that the records do not have.
  const std::map<std::string, std::uint64_t, std::less<>>& missing() const { return missing_; }
  std::uint64_t outcomes() const;
  std::uint64_t changes() const;
  std::uint64_t beyond() const;

 private:
  std::map<Transition, Entry> entries_;
  std::map<std::string, std::uint64_t, std::less<>> missing_;
};

}  // namespace sample
