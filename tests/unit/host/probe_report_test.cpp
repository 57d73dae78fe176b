// SPDX-License-Identifier: Apache-2.0
#include "host/probe_report.hpp"

#include <catch2/catch.hpp>

using dcc::host::kProbeGreeting;
using dcc::host::parse_probe_report;
using dcc::host::probe_line;
using dcc::host::ProbeReport;

namespace {

std::string greeting() {
  return std::string(kProbeGreeting) + '\n';
}

}  // namespace

TEST_CASE("a report is read as it was written, and the last step counts") {
  const auto report = parse_probe_report(
      greeting() + probe_line(&ProbeReport::step, "load") + probe_line(&ProbeReport::id, "a-b") +
      probe_line(&ProbeReport::version, "1.0 beta") + probe_line(&ProbeReport::build, "") +
      probe_line(&ProbeReport::step, "create") + probe_line(&ProbeReport::refusal, "a: b c"));
  REQUIRE(report);
  CHECK(report->id == "a-b");
  CHECK(report->version == "1.0 beta");
  CHECK(report->build.empty());
  CHECK(report->step == "create");
  CHECK(report->refusal == "a: b c");
}

TEST_CASE("a report that was cut off is read as far as it goes") {
  const auto report = parse_probe_report(std::string(kProbeGreeting));
  REQUIRE(report);
  CHECK(report->step.empty());
}

TEST_CASE("what is no report of a probe is not taken for one") {
  for (const std::string& text :
       {std::string(), std::string("step exit\n"), std::string("Usage: something\n"),
        "x" + greeting(), greeting() + "stepp exit\n", greeting() + "\n"}) {
    INFO(text);
    CHECK_FALSE(parse_probe_report(text));
  }
}
