// SPDX-License-Identifier: Apache-2.0
//
// Metrics and health of the real host, as monitors read them: Prometheus's own checker, and a real
// Prometheus that scrapes it and answers every query of the dashboard.
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <cctype>
#include <chrono>
#include <csignal>
#include <regex>

#include "problem.hpp"
#include "shadowed_host.hpp"

using namespace support;
using Catch::Matchers::Contains;
namespace json = boost::json;

namespace {

std::string packaged(const std::string& name) {
  return std::string(DCC_SOURCE_DIR) + "/packaging/prometheus/" + name;
}

std::string metrics(HostFixture& host) {
  const HttpReply reply = host.admin("GET", "/metrics");
  CHECK(reply.status == 200);
  CHECK(reply.field("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  return reply.body;
}

// The value of a sample; -1: there is none.
double value(const std::string& text, const std::string& sample) {
  const auto at = text.find("\n" + sample + " ");
  return at == std::string::npos ? -1 : std::stod(text.substr(at + sample.size() + 2));
}

void check_metrics(HostFixture& host, const std::string& text) {
  const auto file = host.directory() / "metrics.txt";
  write_file(file, text);
  const Finished checked =
      run("/bin/sh", {"-c", "promtool check metrics <'" + file.string() + "'"});
  INFO(checked.out << checked.err);
  CHECK(checked.exit_code == 0);
  CHECK((checked.out + checked.err).empty());
}

// One of each: accepted, rejected, repeated, changed, not valid, not for this host.
void send_some(HostFixture& host) {
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  CHECK(host.answer("sna", "8.14.3", hub("Commissioned")) == "E5");
  const std::string document = host.sign("eis", host.request("eis", "8.14.4", hub("Pending")));
  CHECK(code_of(host.post(document)) == "I99");
  CHECK(code_of(host.post(document)) == "I99");
  CHECK(host.post(edited(document, "No Fault Return (general)", "No Fault Return (generaL)"))
            .status >= 400);
  CHECK(host.post("<x/>").status == 400);
  CHECK(host.client().send("GET", "/nowhere").status == 404);
}

std::string encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (std::isalnum(octet) != 0) {
      out += c;
    } else {
      out += '%';
      out += kDigits[octet >> 4U];
      out += kDigits[octet & 15U];
    }
  }
  return out;
}

// Debian's, scraping one host.
class Prometheus {
 public:
  explicit Prometheus(HostFixture& host) {
    const auto configuration = host.directory() / "prometheus.yml";
    write_file(configuration,
               "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\n"
               "rule_files: ['" +
                   packaged("dcc-sample-host.rules.yml") +
                   "']\n"
                   "scrape_configs:\n"
                   "  - job_name: dcc-sample-host\n"
                   "    static_configs:\n"
                   "      - targets: ['127.0.0.1:" +
                   std::to_string(host.admin_port()) + "']\n");
    process_ = std::make_unique<Process>(
        "prometheus",
        std::vector<std::string>{"--config.file=" + configuration.string(),
                                 "--storage.tsdb.path=" + (host.directory() / "tsdb").string(),
                                 "--web.listen-address=127.0.0.1:0"});
    const std::string line = process_->wait_for_line("msg=\"Listening on\"");
    port_ = static_cast<std::uint16_t>(std::stoul(line.substr(line.rfind(':') + 1)));
    process_->wait_for_line("Server is ready to receive web requests.");
  }
  ~Prometheus() { process_->signal(SIGKILL); }

  // What a query says, as soon as it says anything: what is scraped comes when it comes.
  json::array query(const std::string& expression) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
      const auto reply =
          HttpClient(port_).send("GET", "/api/v1/query?query=" + encoded(expression));
      INFO(expression << ": " << reply.body);
      if (reply.status == 200) {
        json::array found = json::parse(reply.body).at("data").at("result").as_array();
        if (!found.empty() || std::chrono::steady_clock::now() > until) return found;
      } else if (reply.status != 503) {
        FAIL("not a query");
      }
    }
  }

 private:
  std::unique_ptr<Process> process_;
  std::uint16_t port_ = 0;
};

}  // namespace

TEST_CASE("Metrics count what was answered, and promtool has nothing against them") {
  HostFixture host;
  check_metrics(host, metrics(host));
  send_some(host);
  const std::string text = metrics(host);
  INFO(text);
  check_metrics(host, text);
  CHECK(value(text, "dcc_outcomes_total{srv=\"8.14.3\",role=\"SNA\",code=\"I99\"}") == 1);
  CHECK(value(text, "dcc_outcomes_total{srv=\"8.14.3\",role=\"SNA\",code=\"E5\"}") == 1);
  CHECK(value(text, "dcc_outcomes_total{srv=\"8.14.4\",role=\"EIS\",code=\"I99\"}") == 1);
  CHECK(value(text, "dcc_repeats_total") == 1);
  CHECK(value(text, "dcc_http_answers_total{status=\"200\"}") == 4);
  CHECK(value(text, "dcc_http_answers_total{status=\"404\"}") == 1);
  CHECK(value(text, "dcc_refusals_total{reason=\"not a valid DUIS request\"}") >= 1);
  CHECK(value(text, "dcc_http_shed_total") == 0);
  CHECK(value(text, "dcc_request_seconds_count") == 7);
  CHECK(value(text, "dcc_queue_wait_seconds_count") == 6);
  CHECK(value(text, "dcc_decision_seconds_count") == 3);
  CHECK(value(text, "dcc_commit_seconds_count") == 3);
  CHECK(value(text, "dcc_commit_batch_outcomes_sum") == 3);
  CHECK(value(text, "dcc_handler_calls_total{srv=\"8.14.3\",owner=\"ch-returns\"}") >= 2);
  CHECK(value(text, "dcc_handler_failed_total{srv=\"8.14.3\",owner=\"ch-returns\"}") == 0);
  CHECK(value(text, "dcc_plugin_live{file=\"ch-returns.so\"}") == 1);
  CHECK(value(text, "dcc_plugin_generation{file=\"ch-returns.so\"}") == 1);
  CHECK(value(text, "dcc_plugin_swaps_total") == 0);
  CHECK(value(text, "dcc_certificate_expiry_timestamp_seconds{use=\"signing\"}") > 2.5e9);
  CHECK(value(text, "dcc_store_size_bytes") > 0);
  CHECK(value(text, "dcc_store_log_pages") > 0);
  CHECK(value(text, "dcc_last_commit_timestamp_seconds") > 0);
  CHECK(value(text, "dcc_host_phase{phase=\"serving\"}") == 1);
  CHECK(value(text, "dcc_http_connections") >= 1);
  CHECK_FALSE(std::regex_search(text, std::regex("[0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2}){7}")));
}

TEST_CASE("Other settings that go live are a swap, and the next generation") {
  HostFixture host;
  host.drop_plugin(ch_returns_object(), ch_returns_settings() + "\n; otherwise\n");
  CHECK(host.reload() == 200);
  const std::string text = metrics(host);
  CHECK(value(text, "dcc_plugin_generation{file=\"ch-returns.so\"}") == 2);
  CHECK(value(text, "dcc_plugin_swaps_total") == 1);
}

TEST_CASE("What a candidate decides is counted, by build, settings and result") {
  ShadowedHost host(ch_returns_object(), "next",
                    edited(ch_returns_settings(), "SNA = Pending", "SNA = none"));
  host.start();
  send_some(host);
  const json::object shadow = host.settled(3);
  const json::object& candidate = shadow.at("candidates").at(0).as_object();
  const std::string text = metrics(host);
  INFO(text);
  check_metrics(host, text);
  const auto decided = [&](const char* result) {
    return value(text, "dcc_shadow_decisions_total{plugin=\"ch-returns\",build=\"" +
                           std::string(candidate.at("build").as_string()) + "\",settings=\"" +
                           std::string(candidate.at("settings").as_string()).substr(0, 12) +
                           "\",result=\"" + result + "\"}");
  };
  CHECK(decided("different") == 2);
  CHECK(decided("same") == 1);
  CHECK(decided("failed") == 0);
  CHECK(decided("asked") == 0);
  CHECK(value(text, "dcc_shadow_offered_total") == 3);
  for (const std::string name : {"lost", "late", "unhandled", "crashes"})
    CHECK(value(text, "dcc_shadow_" + name + "_total") == 0);
  HostFixture without;
  CHECK(metrics(without).find("dcc_shadow") == std::string::npos);
}

TEST_CASE("readyz says no without a handler, and yes as soon as there is one") {
  HostFixture::Options options;
  options.plugin = false;
  HostFixture host(options);
  host.start();
  CHECK(host.admin("GET", "/livez").status == 200);
  const HttpReply none = host.admin("GET", "/readyz");
  CHECK(none.status == 503);
  CHECK_THAT(none.body, Contains("install a plugin"));
  host.drop_ch_returns();
  CHECK(host.reload() == 200);
  CHECK(host.admin("GET", "/readyz").status == 200);
  CHECK(host.get("/healthz").at("reasons").as_array().empty());
}

TEST_CASE("The listener for monitors tells metrics and readiness, and takes nothing else") {
  HostFixture::Options options;
  options.admin += "[metrics]\nlisten = 127.0.0.1:0\n";
  HostFixture host(options);
  host.start();
  HttpClient monitor(port_in(host.process().wait_for_line("metrics listens on ")));
  for (const char* const path : {"/metrics", "/livez", "/readyz"}) {
    CAPTURE(path);
    CHECK(monitor.send("GET", path, {{"Host", "host.example"}}).status == 200);
    CHECK(monitor.send("POST", path).status == 405);
    CHECK(monitor.send("GET", path, {{"Origin", "http://example.org"}}).status == 403);
  }
  for (const char* const path : {"/healthz", "/plugins", "/outcomes", "/returns", "/audit", "/"}) {
    CAPTURE(path);
    CHECK(monitor.send("GET", path).status == 404);
  }
  CHECK(HttpClient(host.admin_port()).send("POST", "/reload").status == 200);
  CHECK(monitor.send("POST", "/reload").status == 404);
  check_metrics(host, monitor.send("GET", "/metrics").body);
}

TEST_CASE("A real Prometheus scrapes the host, and each query of the dashboard has a series") {
  ShadowedHost host(ch_returns_object(), "next", ch_returns_settings());
  host.start();
  send_some(host);
  host.settled(3);  // a candidate has come to something
  Prometheus prometheus(host);
  const json::array up = prometheus.query("up{job=\"dcc-sample-host\"} == 1");
  REQUIRE(up.size() == 1);
  const json::value dashboard = json::parse(read_file(packaged("dcc-sample-host.dashboard.json")));
  std::size_t queries = 0;
  for (const auto& panel : dashboard.at("panels").as_array()) {
    for (const auto& target : panel.at("targets").as_array()) {
      const std::string expression(target.at("expr").as_string());
      // Only of a rate that is not nothing: there must be something to see.
      if (expression.ends_with("> 0")) send_some(host);
      CAPTURE(expression);
      CHECK_FALSE(prometheus.query(expression).empty());
      ++queries;
    }
  }
  CHECK(queries >= 30);
}

TEST_CASE("The alert rules are as their tests say") {
  const Finished rules =
      run("promtool", {"test", "rules", packaged("dcc-sample-host.rules-test.yml")});
  INFO(rules.out << rules.err);
  CHECK(rules.exit_code == 0);
  // Every series that they name is there.
  HostFixture host;
  send_some(host);
  const std::string text = metrics(host);
  const std::string yaml = read_file(packaged("dcc-sample-host.rules.yml"));
  const std::regex name("dcc_[a-z_]+");
  std::size_t names = 0;
  for (auto at = std::sregex_iterator(yaml.begin(), yaml.end(), name); at != std::sregex_iterator();
       ++at, ++names) {
    std::string family = at->str();
    if (text.find("\n" + family) == std::string::npos) family += "_bucket";
    CAPTURE(family);
    CHECK(text.find("\n" + family) != std::string::npos);
  }
  CHECK(names >= 13);
}
