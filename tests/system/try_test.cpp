// SPDX-License-Identifier: Apache-2.0
//
// POST /try of the admin interface: what would be answered, and nothing comes of it.
#include <boost/json.hpp>

#include "problem.hpp"
#include "unit/foreign/golden.hpp"

using namespace support;
using namespace foreign_test;
namespace json = boost::json;

namespace {

HttpReply try_out(HostFixture& host, const std::string& message) {
  return HttpClient(host.admin_port()).send("POST", "/try", {}, message);
}

// Those of another plugin, or of a fact that this host does not know.
bool is_elsewhere(const Golden& golden) {
  return golden.message.find("8.14.2") != std::string::npos ||
         golden.message.find("com.example.tariff") != std::string::npos;
}

}  // namespace

TEST_CASE("What is tried is answered as dcc-decide answers it, by the plugin that is live",
          "[R5][R12][quick]") {
  HostFixture host;
  std::size_t held = 0;
  for (const Golden& golden : golden_messages()) {
    if (is_elsewhere(golden)) continue;
    CAPTURE(golden.name);
    const HttpReply reply = try_out(host, golden.message);
    if (!golden.is_error) {
      CHECK(reply.status == 200);
      CHECK(difference(golden, json::parse(reply.body)) == "");
      ++held;
    } else if (reply.status == 413) {
      CHECK(golden.message.size() > 1U << 20);  // the listener's own limit comes first
    } else {
      CHECK(difference(golden, golden.expected.at("status").as_int64(),
                       check_problem(host, reply, 400)) == "");
    }
  }
  CHECK(held > 25);
}

TEST_CASE("What is tried is not stored, counted, or logged", "[R14][R26]") {
  HostFixture host;
  const std::string agent = golden_message("E5: the hub is installed");
  const auto before = host.get("/handlers");
  CHECK(json::parse(try_out(host, agent).body).at("code") == "E5");
  CHECK(host.get("/handlers") == before);
  CHECK(host.outcomes().empty());
  const std::string metrics = host.admin("GET", "/metrics").body;
  CHECK(metrics.find("dcc_outcomes_total{") == std::string::npos);

  // By what is live, from one moment to the next.
  write_file(host.settings() / "ch-returns.ini",
             edited(ch_returns_settings(), "SNA = Pending", "SNA = none"));
  CHECK(host.reload() == 200);
  CHECK(json::parse(try_out(host, agent).body).at("code") == "E2");
  std::filesystem::remove(host.plugins() / "ch-returns.so");
  CHECK(host.reload() == 200);
  CHECK(json::parse(try_out(host, agent).body).at("outcome") == "no_handler");
  CHECK(host.stop().err.find("/try") == std::string::npos);
}

TEST_CASE("Trials are not for web pages, and not without end", "[R23][R25]") {
  HostFixture host;
  const std::string agent = golden_message("E5: the hub is installed");
  check_problem(
      host, HttpClient(host.admin_port()).send("POST", "/try", {{"Origin", "null"}}, agent), 403);
  HttpClient client(host.admin_port());
  HttpReply reply;
  for (int i = 0; i < 9'000 && (reply = client.send("POST", "/try", {}, agent)).status == 200;) ++i;
  CHECK(check_problem(host, reply, 429).find("500 trials a second") != std::string::npos);
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
}
