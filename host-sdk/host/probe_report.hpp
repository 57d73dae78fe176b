// SPDX-License-Identifier: Apache-2.0
//
// What a probe reports to the host that has started it: lines of text on its standard output, each
// written before what it announces, so that the last one says where a probe ended that did not come
// to its own end. Pure; safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dcc::host {

// The first line: by it a host knows a probe of its own kind.
inline constexpr std::string_view kProbeGreeting = "dcc-plugin-probe report 1";
// The step that follows success: the process ends, and with it what the plugin has left for then.
inline constexpr std::string_view kProbeLastStep = "exit";

// Begins the lines on standard error that the plugin has logged as a warning or an error.
inline constexpr std::string_view kProbeWarning = "warning: ";

struct ProbeReport {
  std::string id, version, build;  // of the plugin; empty: it did not come that far
  std::string srvs;                // what it registers handlers for, with spaces between
  std::string step;                // the last that was begun
  std::string refusal;             // why the plugin is refused; empty: the last step may say it
};

// A line of the report, with its end. `text` is of one line.
std::string probe_line(std::string ProbeReport::*field, std::string_view text);

// Nothing: the text is no report of a probe.
std::optional<ProbeReport> parse_probe_report(std::string_view text);

}  // namespace dcc::host
