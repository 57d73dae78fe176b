// SPDX-License-Identifier: Apache-2.0
//
// The host that a plugin meets while it is checked: offers all services, answers lookups as the
// request says, records the outcome, and notes every call that the contract forbids. One per
// instance of the plugin. Its services are safe from any thread, what it offers to checks is for
// one thread at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "check/given_memory.hpp"
#include "check/offered.hpp"
#include "check/request.hpp"
#include "dcc/plugin.h"
#include "host/ini.hpp"
#include "host/staging.hpp"

namespace dcc::check {

// What the plugin did with the host's functions though the contract forbids it.
struct Misuse {
  bool foreign_host = false;  // it had another instance's host, or one that is gone
  std::string what;
  auto operator<=>(const Misuse&) const = default;
};

// Of all hosts of this process, each once. Safe from any thread.
std::set<Misuse> misuses();

// What came of one call of a handler.
struct Reply {
  dcc_status status = DCC_OK;
  bool threw = false;
  std::optional<std::string> code;       // as the handler gave it, if it was the last outcome set
  std::optional<std::string> not_valid;  // likewise
  std::string reason;
  std::vector<std::string> lookups;  // what was asked, in order
  std::set<std::string> failures;    // of its lookups: what was neither an answer nor NOT_FOUND
  bool logged_unknown = false;       // it logged after it was not told something

  bool operator==(const Reply&) const = default;
};

std::string describe(const Reply& reply);

class CheckHost {
 public:
  struct Options {
    std::vector<dcc::host::Setting> settings;
    bool newer = false;  // a later minor version, with a longer structure
    std::optional<std::set<std::string>> services = {};  // offered; absent: all
    bool srvs_taken = false;                             // every registration is a conflict
    Offered offered = {};                                // beyond the contract
  };

  explicit CheckHost(Options options);
  ~CheckHost();
  CheckHost(const CheckHost&) = delete;
  CheckHost& operator=(const CheckHost&) = delete;

  // What the plugin gets.
  const dcc_host* face() const { return face_; }

  // Between these two the plugin may register; what it did is kept until the next begin.
  void begin_activation();
  void end_activation() { activating_ = false; }
  const dcc::host::Staging& staging() const { return *staging_; }

  // Calls a handler of this host's instance, in the calling thread; from any number of threads.
  Reply ask(const dcc::host::Staging::Registration& handler, const Request& request,
            GivenMemory::Guard guard) const;

 private:
  friend struct Services;

  Options options_;
  std::unique_ptr<GivenMemory> memory_;
  std::vector<dcc_setting> settings_;  // views into `memory_`
  const dcc_host* face_;               // likewise
  std::optional<dcc::host::Staging> staging_;
  std::atomic<bool> activating_ = false;
};

}  // namespace dcc::check
