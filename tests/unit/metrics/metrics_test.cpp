// SPDX-License-Identifier: Apache-2.0
//
// What is counted, and how it is told.
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "metrics/exposition.hpp"

using namespace sample::metrics;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using dcc::adaptor::Reply;
using sample::HostState;

namespace {

Reply response(const std::string& srv, const std::string& role, const std::string& code) {
  return {.kind = Reply::Kind::response,
          .srv = srv,
          .role = role,
          .code = code,
          .decision = 30us,
          .commit = 2ms};
}

Reply refusal(std::string_view title) {
  return {.kind = Reply::Kind::not_valid, .title = std::string(title)};
}

std::string told(const Traffic& traffic, const HostState& state = {}) {
  return exposition(traffic.totals(), state);
}

}  // namespace

TEST_CASE("Outcomes are counted by SRV, role and code, over all workers") {
  Traffic traffic;
  WorkerTraffic& first = traffic.worker();
  WorkerTraffic& second = traffic.worker();
  first.replied(response("8.14.3", "SNA", "I99"));
  second.replied(response("8.14.3", "SNA", "I99"));
  second.replied(response("8.14.4", "EIS", "E5"));
  second.replied(response("8.14.4", "", "E1"));
  Reply repeated = response("", "", "");
  repeated.repeated = true;
  first.replied(repeated);
  const std::string text = told(traffic);
  CHECK_THAT(text, Contains("dcc_outcomes_total{srv=\"8.14.3\",role=\"SNA\",code=\"I99\"} 2\n"));
  CHECK_THAT(text, Contains("dcc_outcomes_total{srv=\"8.14.4\",role=\"EIS\",code=\"E5\"} 1\n"));
  CHECK_THAT(text, Contains("dcc_outcomes_total{srv=\"8.14.4\",role=\"none\",code=\"E1\"} 1\n"));
  CHECK_THAT(text, Contains("dcc_repeats_total 1\n"));
  CHECK(traffic.totals().outcomes.size() == 3);
}

TEST_CASE("What is in no fixed set is counted as other") {
  Traffic traffic;
  WorkerTraffic& worker = traffic.worker();
  worker.replied(response("8.14.3", "king", "X1"));
  worker.replied(refusal("00-DB-12-34-56-78-90-01 did it"));
  worker.answered(418, false, {}, 1ms);
  for (std::size_t i = 0; i < 100; ++i)
    worker.replied(response("9." + std::to_string(i), "EIS", "I99"));
  worker.replied(response("8.14.3.of.a.name.too.long", "GIS", "I99"));
  const std::string text = told(traffic);
  CHECK_THAT(text,
             Contains("dcc_outcomes_total{srv=\"8.14.3\",role=\"other\",code=\"other\"} 1\n"));
  CHECK_THAT(text, Contains("dcc_refusals_total{reason=\"other\"} 1\n"));
  CHECK_THAT(text, Contains("dcc_http_answers_total{status=\"other\"} 1\n"));
  CHECK_THAT(text, Contains("dcc_outcomes_total{srv=\"9.13\",role=\"EIS\",code=\"I99\"} 1\n"));
  CHECK_THAT(text, Contains("dcc_outcomes_total{srv=\"other\",role=\"EIS\",code=\"I99\"} 86\n"));
  CHECK_THAT(text, Contains("dcc_outcomes_total{srv=\"other\",role=\"GIS\",code=\"I99\"} 1\n"));
  CHECK_THAT(text, !Contains("00-DB"));
}

TEST_CASE("Every title of a refusal is a reason of its own") {
  namespace title = dcc::adaptor::title;
  const std::string_view titles[] = {
      title::kNotValid,  title::kSignature, title::kSender,    title::kReused, title::kForgotten,
      title::kNoHandler, title::kNoStore,   title::kNotSigned, title::kFailed, title::kOverloaded};
  Traffic traffic;
  WorkerTraffic& worker = traffic.worker();
  for (const auto& one : titles) worker.replied(refusal(one));
  for (const auto& [reason, count] : traffic.totals().refusals) {
    CAPTURE(reason);
    CHECK(count == (reason == kOther ? 0U : 1U));
  }
}

TEST_CASE("Every response code of the schema is told by its name") {
  Traffic traffic;
  WorkerTraffic& worker = traffic.worker();
  for (const auto code : dcc::kResponseCodes)
    worker.replied(response("8.14.3", "EIS", std::string(code)));
  const auto outcomes = traffic.totals().outcomes;
  REQUIRE(outcomes.size() == dcc::kResponseCodes.size());
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    CHECK(outcomes[i].code == dcc::kResponseCodes[i]);
    CHECK(outcomes[i].count == 1);
  }
}

TEST_CASE("A bucket holds what is as long as its bound or shorter") {
  Traffic traffic;
  WorkerTraffic& worker = traffic.worker();
  worker.answered(200, false, 0ns, 1ms);
  worker.answered(200, false, 5us, 1ms + 1ns);
  worker.answered(503, true, {}, 1h);
  traffic.committed(2, true, 1'795'485'942'123);
  traffic.committed(3, true, 1'795'485'943'000);
  traffic.committed(9, false, 1'795'485'944'000);
  const std::string text = told(traffic);
  CHECK_THAT(text, Contains("dcc_queue_wait_seconds_bucket{le=\"5e-06\"} 2\n"));
  CHECK_THAT(text, Contains("dcc_queue_wait_seconds_count 2\n"));
  CHECK_THAT(text, Contains("dcc_request_seconds_bucket{le=\"0.0005\"} 0\n"));
  CHECK_THAT(text, Contains("dcc_request_seconds_bucket{le=\"0.001\"} 1\n"));
  CHECK_THAT(text, Contains("dcc_request_seconds_bucket{le=\"10\"} 2\n"));
  CHECK_THAT(text, Contains("dcc_request_seconds_bucket{le=\"+Inf\"} 3\n"));
  CHECK_THAT(text, Contains("dcc_commit_batch_outcomes_bucket{le=\"2\"} 1\n"));
  CHECK_THAT(text, Contains("dcc_commit_batch_outcomes_sum 5\n"));
  CHECK_THAT(text, Contains("dcc_commits_failed_total 1\n"));
  CHECK_THAT(text, Contains("dcc_http_shed_total 1\n"));
  CHECK(traffic.last_commit() == 1'795'485'943'000);
  CHECK(traffic.last_commit_failed());
}

TEST_CASE("Nothing is lost when several threads count and somebody looks") {
  constexpr std::uint64_t kEach = 20'000;
  Traffic traffic;
  WorkerTraffic& shared = traffic.worker();
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (std::uint64_t n = 0; n < kEach; ++n)
        shared.replied(response("8.14." + std::to_string(n % 20), "SNA", "I99"));
    });
  }
  std::uint64_t before = 0;
  for (int looks = 0; looks < 20; ++looks) {
    std::uint64_t now = 0;
    for (const auto& outcome : traffic.totals().outcomes) now += outcome.count;
    CHECK(now >= before);
    before = now;
  }
  for (auto& thread : threads) thread.join();
  std::uint64_t all = 0;
  for (const auto& outcome : traffic.totals().outcomes) all += outcome.count;
  CHECK(all == 3 * kEach);
}

TEST_CASE("The host's state is told as gauges") {
  HostState state;
  state.phase = HostState::Phase::draining;
  state.version = "1.0.0";
  state.store_usable = false;
  state.certificates = {{"tls", "x", 1'795'485'942'500}};
  state.plugins = {{"ch-returns.so", true, false, 3}};
  state.swaps = 2;
  state.handlers = {{"8.14.3", "ch-returns", {7, 1, 2, 3}}};
  state.watched = false;
  CHECK_THAT(told(Traffic(), state), !Contains("dcc_shadow"));
  state.shadow =
      HostState::Shadow{9, 1, 2, 3, 4, {{"ch-returns", "abc", std::string(64, 'f'), 5, 6, 7, 8}}};
  const std::string text = told(Traffic(), state);
  CHECK_THAT(text, Contains("dcc_host_phase{phase=\"draining\"} 1\n"));
  CHECK_THAT(text, Contains("dcc_host_phase{phase=\"serving\"} 0\n"));
  CHECK_THAT(text, Contains("dcc_store_usable 0\n"));
  CHECK_THAT(text,
             Contains("dcc_certificate_expiry_timestamp_seconds{use=\"tls\"} 1795485942.5\n"));
  CHECK_THAT(text, Contains("dcc_plugin_generation{file=\"ch-returns.so\"} 3\n"));
  CHECK_THAT(text, Contains("dcc_plugin_swaps_total 2\n"));
  CHECK_THAT(text, Contains("dcc_handler_calls_total{srv=\"8.14.3\",owner=\"ch-returns\"} 7\n"));
  CHECK_THAT(text, Contains("dcc_handler_late_total{srv=\"8.14.3\",owner=\"ch-returns\"} 2\n"));
  CHECK_THAT(text, Contains("dcc_plugins_watched 0\n"));
  const std::string candidate =
      "dcc_shadow_decisions_total{plugin=\"ch-returns\",build=\"abc\",settings=\"ffffffffffff\",";
  CHECK_THAT(text, Contains(candidate + "result=\"same\"} 5\n"));
  CHECK_THAT(text, Contains(candidate + "result=\"different\"} 6\n"));
  CHECK_THAT(text, Contains(candidate + "result=\"failed\"} 7\n"));
  CHECK_THAT(text, Contains(candidate + "result=\"asked\"} 8\n"));
  CHECK_THAT(text, Contains("dcc_shadow_offered_total 9\n"));
  CHECK_THAT(text, Contains("dcc_shadow_lost_total 1\n"));
  CHECK_THAT(text, Contains("dcc_shadow_late_total 2\n"));
  CHECK_THAT(text, Contains("dcc_shadow_unhandled_total 3\n"));
  CHECK_THAT(text, Contains("dcc_shadow_crashes_total 4\n"));
}
