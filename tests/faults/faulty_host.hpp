// SPDX-License-Identifier: Apache-2.0
//
// A host whose disk, clock and memory a test can let fail while it runs, and the questions that
// every such test ends with. For the main thread.
#pragma once

#include <string>
#include <vector>

#include "shim/switches.h"
#include "support/host_fixture.hpp"

namespace faults {

class FaultyHost : public support::HostFixture {
 public:
  // Not started.
  explicit FaultyHost(const Options& options = Options{});
  // Beside another host, as of HostFixture.
  FaultyHost(const Options& options, const HostFixture& other);
  ~FaultyHost();

  // With the shim; `launcher` as of HostFixture, before it.
  void start_with_shim(const std::vector<std::string>& launcher = {});
  fault_switches& switches() { return *switches_; }

  // A good request of an agent for a hub that may be returned, signed.
  std::string good_request();

  // Requires that the outcomes are these many, that the store is whole by SQLite's judgement and by
  // `audit --verify`, and that all of it is the same after a kill and a start without the shim.
  void check_whole(std::size_t outcomes);

 private:
  fault_switches* switches_;
};

}  // namespace faults
