// SPDX-License-Identifier: Apache-2.0
//
// The host's metrics in the text format of Prometheus. Safe from any thread.
#pragma once

#include <string>
#include <string_view>

#include "metrics/host_state.hpp"
#include "metrics/traffic.hpp"

namespace sample::metrics {

inline constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

// All families, each with its help and type. Labels are of fixed sets, or what the operator has
// installed: never what a client sends.
std::string exposition(const Totals& totals, const HostState& state);

}  // namespace sample::metrics
