// SPDX-License-Identifier: Apache-2.0
//
// Does a store keep what store.hpp promises? The promises as checks, for the author of a store: all
// of them can be run by a program of three lines, or one by one as tests of whatever framework.
// Library dcc-store-suite. One thread; the check of kills forks, so no other thread may run then.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>

#include "adaptor/store.hpp"

namespace dcc::adaptor {

// A store of its own for one check, which keeps nothing of another's.
struct StoreUnderTest {
  // Opens it: empty for the first time, later as it was left. One is open at a time.
  std::function<std::unique_ptr<Store>()> open;
  // From now on the store answers this fact so: there with these values, or not there. It is of one
  // of the contract's kinds, `acts` is "yes" or "no". Called while the store is open, also from
  // another thread than commits.
  std::function<void(const host::Fact& fact)> tell;
};

// A check that failed: what was expected and what was found.
struct BrokenPromise : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct StorePromise {
  const char* text;  // what a store must do
  // Throws BrokenPromise; StoreError, if the store does.
  void (*check)(const StoreUnderTest& store);
};

std::span<const StorePromise> store_promises();

// Checks all of them, each with a store that `fresh` makes; a line for each. Returns how many are
// broken.
int check_store(const std::function<StoreUnderTest()>& fresh, std::ostream& out);

}  // namespace dcc::adaptor
