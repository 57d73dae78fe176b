// SPDX-License-Identifier: Apache-2.0
//
// What the log tells, and what it must not.
#include <catch2/catch.hpp>
#include <regex>
#include <sstream>

#include "support/host_fixture.hpp"

using namespace support;

namespace {

// The value of a key in a line such as `... code=E5 reason="..." us=123`.
std::string value_in(const std::string& line, const std::string& key) {
  std::smatch match;
  const std::regex pattern(" " + key + "=(\"[^\"]*\"|[^ ]*)");
  return std::regex_search(line, match, pattern) ? match[1].str() : "none";
}

}  // namespace

TEST_CASE("Each outcome is one line of the log", "[R30]") {
  HostFixture host;
  struct Case {
    const char *user, *role, *code;
    std::string device;
  };
  for (const Case& c :
       {Case{"sna", "SNA", "I99", hub("Pending")}, Case{"sna", "SNA", "E5", hub("Recovery")},
        Case{"gis", "GIS", "E19", kNoDevice}, Case{"es", "ES", "E2", hub("Pending")}}) {
    const auto fields = host.request(c.user, "8.14.3", c.device);
    CHECK(host.answer(c.user, fields) == c.code);
    const std::string line = host.process().wait_for_line("outcome ");
    INFO(line);
    CHECK(value_in(line, "request_id") == fields.request_id);
    CHECK(value_in(line, "srv") == "8.14.3");
    CHECK(value_in(line, "originator") == eui_of(c.user));
    CHECK(value_in(line, "role") == c.role);
    CHECK(value_in(line, "device") == c.device);
    CHECK(value_in(line, "code") == c.code);
    CHECK(value_in(line, "reason").size() > 2);
    CHECK(std::stoi(value_in(line, "us")) > 0);
  }
  auto fields = host.request("eis", "8.14.3", hub("Pending"));
  fields.schema_version = "9";
  CHECK(host.answer("eis", fields) == "400");
  CHECK(host.process().wait_for_line("refused ").find("http=400") != std::string::npos);
}

TEST_CASE("A log of JSON has an object for each answer, with its trace and where its time went",
          "[R30]") {
  HostFixture host(HostFixture::Options{});
  write_file(host.configuration(), read_file(host.configuration()) + "[log]\nformat = json\n");
  host.start();
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  HttpClient client(host.http_port());
  const auto fields = host.request("sna", "8.14.3", hub("Recovery"));
  const auto send = [&](const std::string& traceparent) {
    return client.send("POST", "/api/v1/serviceD",
                       {{"Content-Type", "application/xml"}, {"traceparent", traceparent}},
                       host.sign("sna", fields));
  };
  const auto event = [&](const std::string& name) {
    return boost::json::parse(host.process().wait_for_line("\"event\":\"" + name + '"'))
        .as_object();
  };
  CHECK(code_of(send(trace)) == "E5");
  const auto outcome = event("outcome");
  CHECK(outcome.at("level") == "info");
  CHECK(outcome.at("request_id").as_string() == fields.request_id);
  CHECK(outcome.at("device").as_string() == hub("Recovery"));
  CHECK(outcome.at("code") == "E5");
  CHECK(outcome.at("trace").as_string() == trace);
  CHECK(host.outcomes().at(0).at("trace").as_string() == trace);
  const auto us = [&](const char* name) { return outcome.at(name).as_int64(); };
  CHECK(us("decision_us") > 0);
  CHECK(us("commit_us") > 0);
  CHECK(us("us") >= us("wait_us") + us("decision_us") + us("commit_us"));

  CHECK(send("00-" + std::string(32, '0') + trace.substr(35)).status == 200);
  const auto repeated = event("repeated");
  CHECK_FALSE(repeated.contains("trace"));
  CHECK_FALSE(repeated.contains("commit_us"));
  CHECK(client.send("GET", "/nowhere", {{"traceparent", trace}}, "").status == 404);
  CHECK(event("refused").at("trace").as_string() == trace);
  std::istringstream lines(host.stop().err);
  for (std::string line; std::getline(lines, line);) CHECK_NOTHROW(boost::json::parse(line));
}

TEST_CASE("Every answer is a line of the log with the peer and the time it took", "[R30]") {
  HostFixture host;
  HttpClient client(host.http_port());
  const std::string service = "/api/v1/serviceD";
  const HttpClient::Fields xml{{"Content-Type", "application/xml"}};
  const auto fields = host.request("eis", "8.14.3", hub("Pending"));
  const std::string document = host.sign("eis", fields);
  auto wrong = host.request("eis", "8.14.3", hub("Pending"));
  wrong.srv = "8.14.1";
  struct Case {
    std::string method, target, body, status, line, request_id;
  };
  for (const Case& c :
       {Case{"POST", service, document, "200", "outcome", fields.request_id},
        Case{"POST", service, document, "200", "repeated", fields.request_id},
        Case{"POST", service, host.sign("eis", wrong), "501", "refused", wrong.request_id},
        Case{"POST", service, "", "400", "refused", "\"\""},
        Case{"POST", service, "<x", "400", "refused", "\"\""},
        Case{"POST", "/nowhere", "", "404", "refused", "none"},
        Case{"GET", service, "", "405", "refused", "none"}}) {
    INFO(c.method << " " << c.target << " " << c.status);
    CHECK(std::to_string(client.send(c.method, c.target, xml, c.body).status) == c.status);
    const std::string line = host.process().wait_for_line(" " + c.line + " ");
    INFO(line);
    if (c.line != "outcome") CHECK(value_in(line, "http") == c.status);
    CHECK(value_in(line, "request_id") == c.request_id);
    CHECK(value_in(line, "peer").starts_with("127.0.0.1:"));
    CHECK(std::stoi(value_in(line, "us")) >= 0);
    CHECK((value_in(line, "wait_us") != "none") == (c.target == service && c.method == "POST"));
    CHECK((value_in(line, "commit_us") != "none") == (c.line == "outcome"));
  }
}

TEST_CASE("No private key ever reaches log or client", "[R25]") {
  HostFixture host;
  std::string seen;
  for (const char* user : {"sna", "eis", "unknown"}) {
    const auto fields = host.request(user, "8.14.3", hub("Pending"));
    seen += host.post(host.sign(user, fields)).body;
    seen += host.post("<broken").body;
  }
  for (const char* target : {"/healthz", "/plugins", "/handlers", "/outcomes", "/returns"}) {
    seen += host.admin("GET", target).body;
  }
  write_file(host.credentials().known() / "oops.pem", read_file(host.credentials().key("eis")));
  CHECK(host.reload() == 422);
  seen += host.admin("GET", "/plugins").body;
  seen += host.stop().err;

  for (const char* name : {"dcc", "eis"}) {
    std::istringstream key(read_file(host.credentials().key(name)));
    for (std::string line; std::getline(key, line);) {
      INFO(line);
      CHECK(seen.find(line) == std::string::npos);
    }
  }
}

TEST_CASE("What a client sends cannot forge a line of the log", "[R25]") {
  HostFixture host;
  auto fields = host.request("eis", "8.14.3", hub("Pending"));
  fields.items.back().second = "x\n2026-11-24T03:05:42.123Z info  outcome forged\x1b[2J";
  CHECK(host.post(host.sign("eis", fields)).status == 400);
  fields.items.back().second = "x\n2026-11-24T03:05:42.123Z info  outcome forged";
  CHECK(host.post(host.sign("eis", fields)).status == 400);
  const std::string log = host.stop().err;
  INFO(log);
  CHECK(log.find("\n2026-11-24T03:05:42.123Z") == std::string::npos);
  CHECK(log.find('\x1b') == std::string::npos);
}
