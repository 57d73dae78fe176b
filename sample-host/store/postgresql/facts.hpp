// SPDX-License-Identifier: Apache-2.0
//
// Facts as the tables have them, for many requests in one round trip: the register of Users, the
// Device Inventory, orders and appointments. Users, orders and appointments share one revision, a
// device has its own, and that of an absent one is 0. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "host/facts.hpp"
#include "store/postgresql/connection.hpp"

namespace sample::postgresql {

class FactQuestions {
 public:
  // No answer has this revision.
  static constexpr std::int64_t kNoRevision = -1;

  // Asks what has another revision than that. `place` says where the answer belongs. False: the
  // tables have no such kind, or key.
  bool ask(const dcc::host::Fact& question, std::int64_t revision, std::size_t place);
  // An answer to what ask() refused.
  static void is_unanswered(dcc::host::Fact& fact);

  // As calls, after those that are there.
  void put(std::vector<Call>& calls) const;

  // `rows`: what these calls gave, and more behind it, perhaps. Calls `fact` with the place of each
  // question that has an answer, and writes it there.
  void read(std::span<const Rows> rows,
            const std::function<dcc::host::Fact&(std::size_t place)>& fact) const;

 private:
  struct Ids {
    Column ids{Column::Type::int8}, revisions{Column::Type::int8};
    std::vector<std::size_t> places;
  };
  struct Relations {
    Column agents{Column::Type::int8}, devices{Column::Type::int8}, days{Column::Type::text},
        revisions{Column::Type::int8};
    std::vector<std::size_t> places;
  };

  static bool ask(Ids& ids, const dcc::host::Fact& question, std::int64_t revision,
                  std::size_t place);
  static bool ask(Relations& relations, const std::optional<dcc::host::Relation>& relation,
                  std::int64_t revision, std::size_t place);

  Ids users_, devices_;
  Relations acts_, acts_for_any_;
};

}  // namespace sample::postgresql
