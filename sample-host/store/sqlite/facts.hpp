// SPDX-License-Identifier: Apache-2.0
//
// Facts as the tables have them: the register of Users, the Device Inventory, orders and
// appointments. Over a connection of the owner's; one thread at a time. Functions throw StoreError.
#pragma once

#include <cstdint>

#include "host/facts.hpp"
#include "store/sqlite/sqlite.hpp"

namespace sample::sqlite {

class FactTables {
 public:
  explicit FactTables(Connection& db);

  // Answers it as the tables are now; unavailable: a kind or key that they do not have.
  void answer(dcc::host::Fact& fact);

  // Has an answer's revision not changed? `relations` is relations_revision() of the same
  // transaction. No for those that have one of their own: to ask again costs as much.
  static bool is_current(const dcc::host::Fact& fact, std::int64_t relations);

  // The one revision of Users, orders and appointments.
  std::int64_t relations_revision();

 private:
  void answer_user(dcc::host::Fact& fact);
  void answer_device(dcc::host::Fact& fact);
  void answer_acts(dcc::host::Fact& fact);
  void answer_acts_for_any(dcc::host::Fact& fact);

  Statement user_;
  Statement device_;
  Statement acts_;
  Statement acts_for_any_;
  Statement relations_revision_;
};

}  // namespace sample::sqlite
