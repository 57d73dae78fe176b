// SPDX-License-Identifier: Apache-2.0
//
// What is said of a host that is not well: each reason says what is wrong and what to do.
#include "admin/health.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using Catch::Matchers::Contains;
using sample::health_reasons;
using sample::HostState;
using sample::LoadReport;
using sample::Reason;

namespace {

constexpr std::int64_t kNow = 1'795'485'942'123;
constexpr std::int64_t kDay = 24LL * 3600 * 1000;

HostState well() {
  HostState state;
  state.now = kNow;
  state.store_file = "/var/lib/store.db";
  state.last_commit = kNow - 1000;
  state.disk_free = 50U << 20U;
  state.disk_size = 100U << 20U;
  state.certificates = {{"users", "90-B3", kNow + 100 * kDay}};
  state.handlers = {{"8.14.3", "ch-returns", {}}};
  return state;
}

// The only reason that there is.
Reason only(const std::vector<Reason>& reasons) {
  REQUIRE(reasons.size() == 1);
  return reasons.front();
}

}  // namespace

TEST_CASE("A host that is well has no reasons, and is ready") {
  CHECK(health_reasons(well(), {}).empty());
  CHECK(sample::not_ready_reasons(well()).empty());
}

TEST_CASE("A host that starts or drains, has no store or no handler is not ready") {
  HostState state = well();
  SECTION("starting") {
    state.phase = HostState::Phase::starting;
    state.handlers.clear();
    CHECK_THAT(only(sample::not_ready_reasons(state)).text, Contains("starting"));
  }
  SECTION("draining") {
    state.phase = HostState::Phase::draining;
    CHECK_THAT(only(sample::not_ready_reasons(state)).text, Contains("elsewhere"));
  }
  SECTION("no store") {
    state.store_usable = false;
    const Reason reason = only(sample::not_ready_reasons(state));
    CHECK(reason.part == "store");
    CHECK(reason.grave);
    CHECK_THAT(reason.text, Contains("who locks it") && !Contains("/var/lib/store.db"));
  }
  SECTION("no handler") {
    state.handlers.clear();
    CHECK_THAT(only(sample::not_ready_reasons(state)).text, Contains("install a plugin"));
  }
}

TEST_CASE("A commit that failed is grave until the store takes what is written") {
  HostState state = well();
  state.last_commit_failed = true;
  const Reason over = only(health_reasons(state, {}));
  CHECK(over.part == "commit");
  CHECK_FALSE(over.grave);
  CHECK_THAT(over.text, Contains("1 s ago"));
  state.store_usable = false;
  state.last_commit = 0;
  const auto reasons = health_reasons(state, {});
  REQUIRE(reasons.size() == 2);
  CHECK(reasons[1].grave);
  CHECK_THAT(reasons[1].text, Contains("none has succeeded since the start"));
}

TEST_CASE("Certificates are told fourteen days before they end, and after") {
  HostState state = well();
  auto& end = state.certificates.front().not_after;
  end = kNow + 14 * kDay + 1;
  CHECK(health_reasons(state, {}).empty());
  end = kNow + 14 * kDay;
  CHECK_THAT(only(health_reasons(state, {})).text, Contains("ends in 14 days"));
  end = kNow - 1;
  CHECK_THAT(only(health_reasons(state, {})).text, Contains("has expired"));
  CHECK_THAT(only(health_reasons(state, {})).text, Contains("answered 403"));
}

TEST_CASE("A disk with less than a twentieth free is told") {
  HostState state = well();
  state.disk_free = 5U << 20U;
  CHECK(health_reasons(state, {}).empty());
  state.disk_free = 4U << 20U;
  const Reason reason = only(health_reasons(state, {}));
  CHECK(reason.part == "disk");
  CHECK_THAT(reason.text, Contains("4 of 100 MiB"));
}

TEST_CASE("Whatever a reload refused, lost lines and an unwatched directory are told") {
  HostState state = well();
  state.log_lines_lost = 3;
  LoadReport report;
  auto& plugin = report.plugins.emplace_back();
  plugin.file = "a.so";
  plugin.live = plugin.refused = true;
  plugin.reason = "no magic";
  report.unwatched = {"/plugins: too many watches"};
  report.refused_credentials = {"x.pem: expired"};
  report.refused_tls = {"tls.pem: expired"};
  report.refused_signing = {"dcc.pem: expired"};
  report.refused_configuration = {"host.ini: bad"};
  report.restart = {"[http] listen"};
  const auto reasons = health_reasons(state, report);
  const auto text_of = [&](const std::string& begin) {
    const auto at = std::find_if(reasons.begin(), reasons.end(), [&](const Reason& reason) {
      return reason.text.starts_with(begin);
    });
    return at == reasons.end() ? std::string() : at->text;
  };
  CHECK_THAT(text_of("a.so: no magic"), Contains("what was live before still is"));
  CHECK_THAT(text_of("/plugins: too many watches"), Contains("reload (SIGHUP)"));
  CHECK_THAT(text_of("x.pem: expired"), Contains("mend or remove it"));
  CHECK_THAT(text_of("tls.pem: expired"), Contains("the one in use stays"));
  CHECK_THAT(text_of("dcc.pem: expired"), Contains("reload"));
  CHECK_THAT(text_of("host.ini: bad"), Contains("mend it"));
  CHECK_THAT(text_of("[http] listen"), Contains("restart the host"));
  CHECK_THAT(text_of("3 lines of the log"), Contains("[log] level"));
  CHECK(reasons.size() == 8);
  CHECK(std::count_if(reasons.begin(), reasons.end(), [](const auto& r) { return r.grave; }) == 6);
}
