// SPDX-License-Identifier: Apache-2.0
#include "host/probe_report.hpp"

#include <algorithm>
#include <array>

namespace dcc::host {
namespace {

struct Field {
  std::string_view name;
  std::string ProbeReport::*value;
};
constexpr std::array<Field, 6> kFields = {{{"id", &ProbeReport::id},
                                           {"version", &ProbeReport::version},
                                           {"build", &ProbeReport::build},
                                           {"srvs", &ProbeReport::srvs},
                                           {"step", &ProbeReport::step},
                                           {"refused", &ProbeReport::refusal}}};

// The text up to the end of its first line, which is taken off it.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

std::string probe_line(std::string ProbeReport::*field, std::string_view text) {
  const auto* at = std::ranges::find(kFields, field, &Field::value);
  return std::string(at->name).append(" ").append(text).append("\n");
}

std::optional<ProbeReport> parse_probe_report(std::string_view text) {
  if (take_line(text) != kProbeGreeting) return std::nullopt;
  ProbeReport report;
  while (!text.empty()) {
    const auto line = take_line(text);
    const auto space = std::min(line.find(' '), line.size());
    const auto* field = std::ranges::find(kFields, line.substr(0, space), &Field::name);
    if (field == kFields.end()) return std::nullopt;
    report.*(field->value) = line.substr(std::min(space + 1, line.size()));
  }
  return report;
}

}  // namespace dcc::host
