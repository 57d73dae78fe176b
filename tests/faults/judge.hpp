// SPDX-License-Identifier: Apache-2.0
//
// What must hold when hosts are back after a kill, of one store. For the main thread, while no
// client runs.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include "ledger.hpp"
#include "store_view.hpp"
#include "support/host_fixture.hpp"

namespace faults {

// How often what was checked.
struct Checks {
  std::size_t answers = 0;     // compared with the store, octet by octet
  std::size_t repeats = 0;     // requests sent again
  std::size_t unanswered = 0;  // in flight at a kill
  std::size_t kept = 0;        // of these, committed before the kill
  std::size_t returns = 0;     // read from /returns
  std::size_t integrity = 0;   // of the database
  std::size_t audits = 0;      // by `audit --verify`
};

// Two lines for people; `end`: when requests may have been without an answer.
void print(const Checks& checks, const char* end);

class Judge {
 public:
  using Hosts = std::vector<support::HostFixture*>;
  using Look = std::function<std::unique_ptr<StoreView>()>;

  // `hosts` of one store, which `look` opens. Of several, each is asked what any has answered.
  Judge(Hosts hosts, Look look, Ledger& ledger, std::mt19937_64& random, Checks& checks);

  // After each restart: everything since the last time, and some of what was before.
  void after_restart();
  // At the end of a store: everything once more.
  void at_the_end();

 private:
  void compare(const Exchange& exchange);
  void repeat(const Exchange& exchange);
  void resolve(Exchange& exchange);
  void check_returns();
  void check_outcomes();
  void check_store();
  void violation(const std::string& what, const std::string& request_id);

  const Hosts hosts_;
  const Look look_;
  Ledger& ledger_;
  std::mt19937_64& random_;
  Checks& checks_;
  // Not open at a kill: what a host alone recovers is the question.
  std::unique_ptr<StoreView> store_;

  std::size_t judged_ = 0;  // exchanges
  std::unordered_set<std::string> asked_, returned_, stored_;
  std::string returns_resume_ = "0";
  dcc::adaptor::Cursors outcomes_cursors_;
};

}  // namespace faults
