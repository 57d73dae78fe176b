// SPDX-License-Identifier: Apache-2.0
//
// The console's listener: who may ask it, and what it answers.
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <csignal>
#include <string>
#include <vector>

#include "console_fixture.hpp"

using namespace support;
using Catch::Matchers::Contains;
using console_test::answer;
using console_test::ask;
using console_test::Console;
using console_test::page_fields;
using console_test::refusal;
namespace json = boost::json;

namespace {

json::object question(const std::string& user, const std::string& device) {
  return {{"user", user}, {"srv", "8.14.3"}, {"device", device}, {"items", json::object()}};
}

}  // namespace

TEST_CASE("Only the console's own page reaches it, by its name, with the token of its start") {
  HostFixture host;
  Console console(host);
  const std::string own = "127.0.0.1:" + std::to_string(console.port());
  const auto send = [&](const char* method, const char* target, HttpClient::Fields fields) {
    return HttpClient(console.port()).send(method, target, fields, method[0] == 'P' ? "{}" : "");
  };
  const auto with = [&](const char* name, const std::string& value) {
    auto fields = page_fields(console);
    value.empty() ? void(fields.erase(name)) : void(fields[name] = value);
    return fields;
  };
  CHECK(send("POST", "/ask/state", page_fields(console)).status == 200);

  for (const std::string& name :
       {"localhost:" + std::to_string(console.port()), std::string("127.0.0.1"),
        std::string("127.0.0.1:1"), "example.org:" + std::to_string(console.port())}) {
    CAPTURE(name);
    CHECK_THAT(refusal(send("POST", "/ask/state", with("Host", name)), 403), Contains(own));
    CHECK_THAT(refusal(send("GET", "/", {{"Host", name}}), 403), Contains(own));
  }
  for (const std::string& origin :
       {std::string(), std::string("null"), std::string("http://example.org"), "https://" + own,
        "http://localhost:" + std::to_string(console.port())}) {
    CAPTURE(origin);
    CHECK_THAT(refusal(send("POST", "/ask/state", with("Origin", origin)), 403),
               Contains("own page"));
  }
  CHECK(send("GET", "/console.js", {{"Origin", "http://example.org"}}).status == 403);
  for (const std::string& token : {std::string(), std::string("0"), console.token() + "0",
                                   std::string(console.token().size(), '0')}) {
    CAPTURE(token);
    CHECK_THAT(refusal(send("POST", "/ask/state", with("X-Console-Token", token)), 403),
               Contains("another start"));
  }
  Console other(host);
  CHECK(other.token() != console.token());
  CHECK(send("POST", "/ask/state", with("X-Console-Token", other.token())).status == 403);

  CHECK(send("GET", "/ask/state", page_fields(console)).field("allow") == "POST");
  CHECK(send("POST", "/", page_fields(console)).field("allow") == "GET, HEAD");
  refusal(send("GET", "/../etc/passwd", {}), 404);
  refusal(send("GET", "/page/index.html", {}), 404);
  refusal(send("POST", "/ask/nothing", page_fields(console)), 404);
  refusal(send("POST", "/ask/", page_fields(console)), 404);
  console.process().signal(SIGTERM);
  CHECK(console.process().wait().exit_code == 0);
}

TEST_CASE("The console's page takes nothing from elsewhere and may not be framed or kept") {
  HostFixture host;
  Console console(host);
  for (const char* path : {"/", "/console.js", "/console.css", "/console.svg"}) {
    CAPTURE(path);
    const HttpReply reply = HttpClient(console.port()).send("GET", path);
    CHECK(reply.status == 200);
    CHECK(reply.body.find("http://") == (std::string_view(path) == "/console.svg"
                                             ? reply.body.find("http://www.w3.org/2000/svg")
                                             : std::string::npos));
    CHECK(reply.body.find("innerHTML") == std::string::npos);
    CHECK(reply.body.find(console.token()) == std::string::npos);
    const std::string policy = reply.field("content-security-policy");
    for (const char* part : {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'",
                             "form-action 'none'", "require-trusted-types-for 'script'"})
      CHECK_THAT(policy, Contains(part));
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(reply.field("x-content-type-options") == "nosniff");
    CHECK(reply.field("cache-control") == "no-store");
  }
}

TEST_CASE("The rule is asked of the live plugin, for each role, status and SRV") {
  HostFixture host;
  Console console(host);
  const auto rule = answer(console, "rule", {{"at", 1'795'485'942'000}});
  const json::array& columns = rule.at("columns").as_array();
  const json::array& rows = rule.at("rows").as_array();
  REQUIRE(rule.at("srvs").as_array().size() == 2);
  std::size_t cells = 0;
  for (const json::value& row : rows) {
    const std::string hub(row.at("hub").as_string());
    for (const json::value& of_srv : row.at("cells").as_array()) {
      for (std::size_t i = 0; i < columns.size(); ++i, ++cells) {
        const auto& role = columns[i].at("role").as_string();
        const bool confirmed =
            columns[i].at("note").as_string().find(", confirmed") != json::string::npos;
        const bool supplier = role == "EIS" || role == "GIS";
        CAPTURE(hub, std::string(role), confirmed);
        const char* expected = !supplier && role != "SNA"      ? "E2"
                               : hub == "not in the inventory" ? "E19"
                               : hub == "no hub: an ESME"      ? "E11"
                               : supplier                      ? "I99"
                               : hub != "Pending"              ? "E5"
                               : confirmed                     ? "I99"
                                                               : "E4";
        CHECK(of_srv.at(i).at("code") == expected);
        CHECK_FALSE(of_srv.at(i).at("reason").as_string().empty());
      }
    }
  }
  CHECK(cells == 2 * 11 * 9);
  CHECK(host.outcomes().empty());
  std::filesystem::remove(host.plugins() / "ch-returns.so");
  CHECK(host.reload() == 200);
  const auto without = answer(console, "rule", {{"at", 1'795'485'942'000}});
  CHECK(without.at("rows").at(0).at("cells").at(0).at(0).at("code") == "501");
}

TEST_CASE("A candidate is tried beside what runs, and nothing of it comes near the host") {
  HostFixture host;
  Console console(host, Console::May::write_and_import,
                  {"--candidate", ch_returns_object().string()});
  const json::object question{
      {"at", 1'795'485'942'000}, {"settings", ch_returns_settings()}, {"other_build", false}};
  const auto with = [&](const char* name, const json::value& value) {
    auto other = question;
    other[name] = value;
    return other;
  };
  const auto live = answer(console, "rule", {{"at", question.at("at")}});
  CHECK(answer(console, "candidate", question) == live);
  CHECK(answer(console, "candidate", with("other_build", true)) == live);

  const std::string wider =
      edited(ch_returns_settings(), "SNA = Pending", "SNA = Pending, Commissioned");
  const auto candidate = answer(console, "candidate", with("settings", json::string(wider)));
  std::size_t others = 0;
  for (std::size_t row = 0; row < live.at("rows").as_array().size(); ++row) {
    const auto& was = live.at("rows").at(row);
    const auto& is = candidate.at("rows").at(row);
    for (std::size_t srv = 0; srv < 2; ++srv) {
      for (std::size_t i = 0; i < 9; ++i) {
        const auto& code = is.at("cells").at(srv).at(i).at("code");
        if (code == was.at("cells").at(srv).at(i).at("code")) continue;
        ++others;
        CHECK(is.at("hub") == "Commissioned");
        CHECK(code == (i == 2 ? "I99" : "E4"));
      }
    }
  }
  CHECK(others == 2);  // of the first SRV: its agents, confirmed and not
  CHECK(candidate.at("handlers") != live.at("handlers"));

  CHECK_THAT(
      refusal(ask(console, "candidate",
                  with("settings", json::string(edited(wider, "SNA = Pending", "SNA = Pnding")))),
              400),
      Contains("the candidate is refused: ") && Contains("Pnding"));
  CHECK_THAT(refusal(ask(console, "candidate", with("settings", 1)), 400), Contains("settings"));
  CHECK(answer(console, "rule", {{"at", question.at("at")}}) == live);
  CHECK(host.outcomes().empty());

  write_file(host.directory() / "text.so", "no plugin");
  Console broken(host, Console::May::write_and_import,
                 {"--candidate", (host.directory() / "text.so").string()});
  CHECK_THAT(refusal(ask(broken, "candidate", with("other_build", true)), 400),
             Contains("the candidate is refused: "));
  Console none(host);
  CHECK_THAT(refusal(ask(none, "candidate", with("other_build", true)), 502),
             Contains("--candidate"));
  Console bare(host, Console::May::nothing_more);
  CHECK_THAT(refusal(ask(bare, "candidate", question), 502), Contains("--settings"));
}

TEST_CASE("A request is signed, sent and explained, with the answer's signature and the facts") {
  HostFixture host;
  Console console(host);
  const auto sent = answer(console, "send", question("sna", hub("Commissioned")));
  CHECK(sent.at("code") == "E5");
  CHECK(sent.at("meaning") == "Device (SMI) status incompatible");
  CHECK(sent.at("status") == 200);
  CHECK(sent.at("milliseconds").as_double() > 0);
  CHECK(sent.at("signature") == json::object{{"verified", true}, {"text", "signed by " + kBroker}});
  CHECK(sent.at("outcome").at("code") == "E5");
  CHECK(sent.at("outcome").at("request_id") == sent.at("request_id"));
  CHECK(sent.at("outcome").at("facts").as_array().size() == 3);

  const json::value document = sent.at("document");
  const auto again = answer(console, "send", {{"document", document}, {"change", false}});
  CHECK(again.at("answer") == sent.at("answer"));
  CHECK(host.outcomes().size() == 1);
  const auto changed = answer(console, "send", {{"document", document}, {"change", true}});
  CHECK(changed.at("code") == "HTTP 403");
  CHECK(changed.at("signature").is_null());
  CHECK(changed.at("outcome").is_null());
  auto other = question("sna", hub("Commissioned"));
  const std::string id(sent.at("request_id").as_string());
  other["counter"] = id.substr(id.rfind(':') + 1);
  other["items"] = {{"AdditionalInformation", "<b>another</b>"}};
  CHECK(answer(console, "send", other).at("code") == "HTTP 409");

  // A host that signs with a key that this console does not know.
  const auto others = host.credentials().known() / "dcc.pem";
  std::filesystem::rename(others, host.directory() / "dcc.pem");
  const auto unknown = answer(console, "send", {{"document", document}, {"change", false}});
  CHECK(unknown.at("signature").at("verified") == false);
  CHECK_FALSE(unknown.at("signature").at("text").as_string().empty());
}

TEST_CASE(
    "A record is read with both messages, decided again on its facts, and the trail verified") {
  HostFixture host;
  Console console(host);
  const auto sent = answer(console, "send", question("sna", hub("Commissioned")));
  CHECK(answer(console, "audit", json::object()).at("cursor") == 1);
  const auto record = answer(console, "record", {{"request_id", sent.at("request_id")}});
  CHECK(record.at("request") == sent.at("document"));
  CHECK(record.at("response") == sent.at("answer"));
  CHECK(record.at("facts") == sent.at("outcome").at("facts"));
  CHECK(answer(console, "record", {{"cursor", 1}}) == record);

  // On the facts of then, whatever the inventory says now.
  host.import_rows("devices", hub("Commissioned") + ",CHF,Pending\n");
  for (const char* side : {"was", "now"})
    CHECK(answer(console, "decide-again", {{"cursor", 1}}).at(side).at("code") == "E5");
  const auto verified = answer(console, "verify", json::object());
  CHECK(verified.at("whole") == true);
  CHECK_THAT(std::string(verified.at("said").as_string()), Contains("1 records read"));
  CHECK(host.outcomes().size() == 1);

  CHECK_THAT(refusal(ask(console, "record", {{"cursor", 2}}), 502), Contains("cursor 2"));
  CHECK_THAT(refusal(ask(console, "decide-again", {{"cursor", 0}}), 400), Contains("cursor"));
  CHECK_THAT(refusal(ask(console, "record", {{"request_id", "1:2:3"}}), 400),
             Contains("request_id: 1:2:3"));
  CHECK_THAT(refusal(ask(console, "record", json::object()), 400), Contains("cursor"));
  Console bare(host, Console::May::nothing_more);
  CHECK_THAT(refusal(ask(bare, "verify", json::object()), 502), Contains("without --config"));
}

TEST_CASE("Outcomes are told as they come, and a load is bounded, counted and stopped") {
  HostFixture host;
  Console console(host);
  answer(console, "send", question("eis", hub("Pending")));
  const auto now = answer(console, "live", {{"after", ""}});
  CHECK(now.at("outcomes").as_array().empty());
  CHECK(answer(console, "load", json::object()).at("running") == false);

  json::object load{{"user", "sna"},
                    {"srv", "8.14.3"},
                    {"device", hub("Commissioned")},
                    {"per_second", 100},
                    {"seconds", 1}};
  const auto refused = [&](const char* name, std::int64_t value) {
    json::object wrong = load;
    wrong[name] = value;
    return refusal(ask(console, "start-load", wrong), 400);
  };
  for (const std::int64_t rate : {0, 101})
    CHECK_THAT(refused("per_second", rate), Contains("1 to 100"));
  for (const std::int64_t time : {0, 61}) CHECK_THAT(refused("seconds", time), Contains("1 to 60"));
  answer(console, "start-load", load);
  CHECK_THAT(refusal(ask(console, "start-load", load), 502), Contains("runs already"));
  std::string place(now.at("resume").as_string());
  std::size_t came = 0;
  while (came < 100) {
    const auto more = answer(console, "live", {{"after", place}});
    for (const json::value& outcome : more.at("outcomes").as_array()) {
      CHECK(outcome.at("code") == "E5");
      ++came;
    }
    place = more.at("resume").as_string();
  }
  const auto ended = answer(console, "stop-load", json::object());
  CHECK(ended.at("running") == false);
  CHECK(ended.at("sent") == 100);
  CHECK(ended.at("failed") == 0);
  CHECK(ended.at("codes") == json::object{{"E5", 100}});
  const json::object& times = ended.at("milliseconds").as_object();
  CHECK(times.at("p50").as_double() <= times.at("p99").as_double());
  CHECK(times.at("p99").as_double() <= times.at("max").as_double());

  CHECK_THAT(refusal(ask(console, "live", {{"after", "0&limit=1"}}), 400), Contains("after"));
  CHECK_THAT(refusal(ask(console, "live", {{"after", "9999"}}), 502), Contains("409"));
  host.stop();
  answer(console, "start-load", load);
  json::object failing;
  do failing = answer(console, "load", json::object());
  while (failing.at("running") == true);
  CHECK(failing.at("failed") == 100);
  CHECK_FALSE(failing.at("failure").as_string().empty());
}

TEST_CASE("What is asked wrongly is 400 and named, and a host that is away is 502") {
  HostFixture host;
  Console console(host);
  const auto refused = [&](const json::value& asked) {
    return refusal(ask(console, "send", asked), 400);
  };
  CHECK_THAT(refused(question("../ca", hub("Pending"))), Contains("../ca"));
  CHECK_THAT(refused(question("nobody", hub("Pending"))), Contains("user: nobody"));
  CHECK_THAT(refused(question("sna", "00-DB")), Contains("device: "));
  auto asked = question("sna", hub("Pending"));
  asked["items"] = {{"CHFNoFaultReturnType", "x"}};
  CHECK_THAT(refused(asked), Contains("items.CHFNoFaultReturnType"));
  asked = question("sna", hub("Pending"));
  asked["srv"] = "8.14.2";
  CHECK_THAT(refused(asked), Contains("8.14.2"));
  asked["srv"] = "8.14.4";
  asked["more"] = 1;
  CHECK_THAT(refused(asked), Contains("more"));
  CHECK_THAT(refused({{"document", "<x/>"}, {"change", true}}), Contains("DeviceID"));
  CHECK_THAT(refused(json::array()), Contains("expected an object"));
  CHECK(answer(console, "send", {{"document", "<x/>"}, {"change", false}}).at("code") ==
        "HTTP 400");

  host.stop();
  for (const char* name : {"start", "state"})
    CHECK_THAT(refusal(ask(console, name, json::object()), 502), Contains("admin interface"));
  refusal(ask(console, "send", question("sna", hub("Pending"))), 502);
}

TEST_CASE("Rows are imported as they are checked there, and only one at a time") {
  HostFixture host;
  Console console(host);
  const auto refused = [&](const char* status, unsigned http) {
    const json::object row{{"device", hub("Pending")}, {"type", "CHF"}, {"status", status}};
    return refusal(ask(console, "set-device", row), http);
  };
  CHECK_THAT(refused("Pending\n00-DB-12-34-56-78-90-FE,CHF,Pending", 400), Contains("one line"));
  CHECK_THAT(refused("Pending,x", 400), Contains("no comma"));
  CHECK_THAT(refused("Pendinf", 502), Contains("Pendinf"));
  const json::object row{{"device", kNoDevice}, {"type", "CHF"}, {"status", "Pending"}};
  answer(console, "set-device", row);
  CHECK(host.answer("eis", "8.14.3", kNoDevice) == "I99");
  answer(console, "reset", json::object());
  CHECK(host.answer("eis", "8.14.4", kNoDevice) == "E19");
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
}

TEST_CASE("Settings are saved over what was shown, by whom nobody was faster than") {
  HostFixture::Options options;
  options.watch = true;
  HostFixture host(options);
  host.start();
  Console console(host), other(host);
  const auto shown = answer(console, "settings", json::object());
  CHECK(shown.at("text").as_string() == ch_returns_settings());
  CHECK(shown.at("previous").is_null());
  const std::string off = edited(ch_returns_settings(), "SNA = Pending", "SNA = none");
  const json::object question{{"text", off}, {"hash", shown.at("hash")}};
  const auto saved = answer(console, "save", question);
  CHECK(saved.at("live") == true);
  CHECK(saved.at("milliseconds").as_double() >= 0);
  CHECK(read_file(host.settings() / "ch-returns.ini") == off);
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "E2");
  CHECK(answer(console, "settings", json::object()).at("previous").as_string() ==
        ch_returns_settings());
  CHECK_THAT(refusal(ask(other, "save", question), 400), Contains("changed by somebody else"));
  host.stop();
  const json::object again{{"text", "x"}, {"hash", saved.at("hash")}};
  refusal(ask(console, "save", again), 502);
  CHECK(read_file(host.settings() / "ch-returns.ini") == off);
}

TEST_CASE("A console that was given no files and no configuration writes and imports nothing") {
  HostFixture host;
  Console console(host, Console::May::nothing_more);
  const auto start = answer(console, "start", json::object());
  for (const char* what : {"edits", "imports", "resets"}) CHECK(start.at(what) == false);
  const json::object row{{"device", hub("Pending")}, {"type", "CHF"}, {"status", "Pending"}};
  CHECK_THAT(refusal(ask(console, "set-device", row), 502), Contains("--config"));
  CHECK_THAT(refusal(ask(console, "reset", json::object()), 502), Contains("--world"));
  CHECK_THAT(refusal(ask(console, "settings", json::object()), 502), Contains("--settings"));
  CHECK_THAT(refusal(ask(console, "save", {{"text", ""}, {"hash", "0"}}), 502),
             Contains("--settings"));
}

TEST_CASE("duis-client console names what it cannot use") {
  HostFixture host;
  const auto failed = [&](const std::string& url, const std::string& admin, const std::string& keys,
                          const std::string& target, const std::vector<std::string>& more = {}) {
    std::vector<std::string> all{"console",  "--url",         url,
                                 "--admin",  admin,           "--keys",
                                 keys,       "--credentials", host.credentials().known().string(),
                                 "--target", target};
    all.insert(all.end(), more.begin(), more.end());
    const Finished finished = run(duis_client_program(), all);
    CHECK(finished.exit_code == 1);
    return finished.out + finished.err;
  };
  const std::string keys = (host.directory() / "keys").string();
  CHECK_THAT(failed("ftp://x", "127.0.0.1:1", keys, kBroker), Contains("ftp://x"));
  CHECK_THAT(failed("http://x", "192.0.2.1:80", keys, kBroker), Contains("--admin 192.0.2.1:80"));
  CHECK_THAT(failed("http://x", "127.0.0.1:1", keys + "x", kBroker), Contains("--keys"));
  CHECK_THAT(failed("http://x", "127.0.0.1:1", keys, "90"), Contains("--target 90"));
  CHECK_THAT(failed("http://x", "127.0.0.1:1", keys, kBroker, {"--world", keys}),
             Contains("--config"));
  CHECK_THAT(failed("http://x", "127.0.0.1:1", keys, kBroker, {"--settings", keys + "/none.ini"}),
             Contains("none.ini"));
  const std::string taken = std::to_string(host.http_port());
  CHECK_THAT(failed("http://x", "127.0.0.1:1", keys, kBroker, {"--between", taken}),
             Contains("--between " + taken + ": "));
}
