// SPDX-License-Identifier: Apache-2.0
//
// What an operator should know of a running host, in words that say what to do. Pure; safe from any
// thread.
#pragma once

#include <string>
#include <vector>

#include "admin/load_report.hpp"
#include "metrics/host_state.hpp"

namespace sample {

struct Reason {
  std::string part;    // store, commit, watch, certificates, disk, plugins, log, ...
  bool grave = false;  // the host is degraded; else it is advice
  std::string text;    // what is wrong, and what to do
};

// Empty: all is well.
std::vector<Reason> health_reasons(const HostState& state, const LoadReport& report);

// Why the host takes no requests just now that it could answer. Empty: it does.
std::vector<Reason> not_ready_reasons(const HostState& state);

}  // namespace sample
