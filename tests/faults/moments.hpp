// SPDX-License-Identifier: Apache-2.0
//
// The moments at which a host is killed: what is begun beside the load, and when the kill comes.
#pragma once

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "ledger.hpp"
#include "support/host_fixture.hpp"

namespace faults {

// What a moment works with. All of it outlives the moment.
struct Stage {
  support::HostFixture& host;
  Ledger& ledger;
  std::mt19937_64& random;
  bool everything_dies = false;  // whatever uses the store is killed with the host
};

// One kill of a host under load. Used once, from the main thread.
class Moment {
 public:
  explicit Moment(const Stage& stage) : stage_(stage) {}
  virtual ~Moment() = default;
  // Returns when the host is to be killed.
  virtual void arrive() = 0;
  virtual void kill() { stage_.host.kill(); }
  // The host has been killed. True: what was begun was under way still at the kill. Nothing: nobody
  // but the host could tell, but it had begun a moment before.
  virtual std::optional<bool> was_under_way() { return std::nullopt; }
  // The host is back: what must hold beyond the load's answers; violations go into the ledger.
  virtual void check() {}

 protected:
  const Stage stage_;
};

struct Phase {
  const char* name;  // "in a checkpoint"
  std::unique_ptr<Moment> (*make)(const Stage& stage);
};

// All phases, in the order in which they are reported.
const std::vector<Phase>& phases();

// What the moments need beside the fixture's world.
void prepare_for_moments(support::HostFixture& host);

}  // namespace faults
