// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "admin/admin.hpp"
#include "dcc/plugin.hpp"

namespace json = boost::json;
using dcc::adaptor::Outcome;
using dcc::adaptor::StoredOutcome;
using sample::AdminApi;
using sample::Answer;
using sample::LoadReport;

namespace {

// Outcomes from memory; nothing else of a store is asked for here.
class FakeStore : public sample::Store, public dcc::adaptor::Chain {
 public:
  using Which = Chain::Which;

  std::vector<StoredOutcome> stored;
  bool broken = false;

  std::unique_ptr<dcc::adaptor::StoreReader> reader() override { return nullptr; }
  std::unique_ptr<dcc::adaptor::StoreWriter> writer(std::size_t) override { return nullptr; }
  std::vector<dcc::adaptor::Chain*> chains() override { return {this}; }
  std::vector<StoredOutcome> outcomes(Which which, std::int64_t cursor, std::size_t limit,
                                      bool) override {
    if (broken) throw dcc::adaptor::StoreError("/secret/path: disk I/O error");
    std::vector<StoredOutcome> page;
    for (const auto& one : stored) {
      const bool wanted = which == Which::all || one.outcome.accepted();
      if (wanted && one.cursor > cursor && page.size() < limit) page.push_back(one);
    }
    return page;
  }
  std::unique_ptr<sample::Staging> staging(sample::Table) override { return nullptr; }
  sample::Found search(const sample::Search& search) override {
    searched = search;
    return {stored, dcc::adaptor::Cursors(17)};
  }
  std::vector<sample::RegisteredUser> users(std::optional<dcc::duis::Eui64> after,
                                            std::size_t) override {
    users_after = after;
    return {{*dcc::duis::Eui64::parse("90-B3-D5-1F-30-01-00-00"), "EIS", "Active", "A \"B\""}};
  }
  std::optional<dcc::duis::Eui64> ordered_for(dcc::duis::Eui64) override { return std::nullopt; }
  sample::Search searched;
  std::optional<dcc::duis::Eui64> users_after;
  dcc::adaptor::AuditHead audit_head() override {
    const std::int64_t end = stored.empty() ? 3 : stored.back().cursor;
    return {end, std::string(32, '\xab'), "\x01"};
  }
  dcc::adaptor::AuditStart audit_start() override { return {archived, "", "", 0}; }
  dcc::adaptor::StoreIdentity identity() override { return who; }
  dcc::adaptor::StoreIdentity who{};
  std::int64_t archived = 0;
};

class FakeHandler : public dcc::host::Handler {
 public:
  const Info& info() const override { return info_; }
  void decide(const dcc_request&, dcc::host::Facts&, dcc::host::Decision&) const noexcept override {
    ++calls;
  }
  void try_out(const dcc_request& request, dcc::host::Facts& facts,
               dcc::host::Decision& decision) const noexcept override {
    ++trials;
    auto& device = facts.ask("dcc.device", "00-DB-12-34-56-78-90-A0");
    device.used = true;
    if (device.state == dcc::host::Fact::State::asked) {
      decision.kind = dcc::host::Decision::Kind::asks;
    } else {
      decision = {dcc::host::Decision::Kind::answered, "E5",
                  std::string(dcc::view(request.user_role)) + ": no"};
    }
  }
  mutable int calls = 0, trials = 0;

 private:
  const Info info_{"8.14.3", "serviceD", "CHFFaultReturn", 1U << 8, "ch-returns",
                   "1.0.0",  "abc",      "settings-hash"};
};

StoredOutcome outcome(std::int64_t cursor, const std::string& code) {
  StoredOutcome stored;
  stored.cursor = cursor;
  auto& o = stored.outcome;
  o.request_id = *dcc::duis::RequestId::parse("90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:" +
                                              std::to_string(cursor));
  o.srv = "8.14.3";
  o.role = "SNA";
  o.device_id = dcc::duis::Eui64::parse("00-DB-12-34-56-78-90-A0");
  o.code = code;
  o.reason = "because \"so\"";
  o.received_at = 1'795'485'942'123;
  o.decided_at = 1'795'485'942'456;
  o.handler = "ch-returns 1.0.0 abc";
  o.settings_hash = "settings-hash";
  stored.hash = std::string("\x00\xff", 2);
  dcc::host::Fact& device = o.facts.emplace_back();
  device.kind = "dcc.device";
  device.key = o.device_id->text();
  device.is_there({{"type", "CHF"}, {"status", "Pending"}}, 7);
  device.used = true;
  if (o.accepted()) o.items = {{"DeviceID", "00-DB-12-34-56-78-90-A0"}};
  return stored;
}

struct Fixture {
  dcc::host::LiveHandlers registry;
  FakeStore store;
  LoadReport report;
  int reloads = 0;
  AdminApi api{{registry, store, [this] { return report; },
                [this] {
                  ++reloads;
                  return report;
                }}};

  json::object get(std::string_view target, unsigned status = 200) {
    return parse(api.handle("GET", target), status);
  }
  static json::object parse(const Answer& answer, unsigned status) {
    INFO(answer.body);
    CHECK(answer.status == status);
    CHECK(answer.content_type ==
          (status >= 400 && status != 422 ? "application/problem+json" : "application/json"));
    return json::parse(answer.body).as_object();
  }
};

std::vector<std::int64_t> cursors(const json::value& rows) {
  std::vector<std::int64_t> all;
  for (const auto& row : rows.as_array()) all.push_back(row.at("cursor").as_int64());
  return all;
}

dcc::host::PluginReport live_plugin() {
  dcc::host::PluginReport plugin;
  plugin.file = "ch-returns.so";
  plugin.live = true;
  plugin.id = "ch-returns";
  plugin.live_hash = plugin.found_hash = "aa";
  plugin.srvs = {"8.14.3"};
  return plugin;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "healthz counts and is always 200") {
  CHECK(
      get("/healthz") ==
      json::parse(
          R"({"status":"ok","reasons":[{"part":"handlers","grave":false,"text":"nobody answers any SRV, so every request is answered 501: install a plugin, or see /plugins for why none is live"}],
                        "store":{"usable":true},"handlers":0,"plugins":{"live":0,"refused":0},
                        "credentials":{"loaded":0,"refused":0},"tls":{"refused":0},"signing":{"refused":0},"configuration":{"refused":0,"restart":0},
                        "watch":{"problems":[]}})"));

  registry.publish(std::make_shared<const dcc::host::HandlerTable>(
      dcc::host::HandlerTable::Map{{"8.14.3", std::make_shared<FakeHandler>()}}));
  report.plugins = {live_plugin()};
  report.credentials = 2;
  CHECK(
      get("/healthz") ==
      json::parse(
          R"({"status":"ok","reasons":[],"store":{"usable":true},"handlers":1,"plugins":{"live":1,"refused":0},
                        "credentials":{"loaded":2,"refused":0},"tls":{"refused":0},"signing":{"refused":0},"configuration":{"refused":0,"restart":0},
                        "watch":{"problems":[]}})"));
}

TEST_CASE_METHOD(
    Fixture,
    "a refused plugin credential or certificate of its own degrades and fails the reload") {
  SECTION("plugin") {
    auto plugin = live_plugin();
    plugin.refused = true;
    plugin.found_hash = "bb";
    plugin.reason = "ch-returns.so: wrong magic";
    report.plugins = {plugin};
  }
  SECTION("credential") {
    report.refused_credentials = {"x.pem: not a certificate"};
  }
  SECTION("TLS certificate") {
    report.refused_tls = {"host.pem: the certificate is expired"};
  }
  SECTION("configuration") {
    report.refused_configuration = {"host.ini:3: no = in the line"};
  }
  SECTION("signing key") {
    report.refused_signing = {"dcc.pem: the certificate is expired"};
    CHECK(get("/healthz").at("signing").at("refused") == 1);
    CHECK(get("/plugins").at("signing").at("refused").at(0) ==
          "dcc.pem: the certificate is expired");
  }
  CHECK(get("/healthz").at("status") == "degraded");
  const auto answer = api.handle("POST", "/reload");
  CHECK(reloads == 1);
  CHECK(parse(answer, 422) == get("/plugins"));
}

TEST_CASE_METHOD(Fixture, "a directory that is not watched degrades and fails no reload") {
  report.unwatched = {"plugins cannot be watched: why"};
  CHECK(get("/healthz").at("status") == "degraded");
  CHECK(get("/healthz").at("watch").at("problems").at(0) == "plugins cannot be watched: why");
  CHECK(api.handle("POST", "/reload").status == 200);
}

TEST_CASE_METHOD(Fixture, "a setting that waits for a restart is named and degrades nothing") {
  report.restart = {"[http] workers"};
  CHECK(get("/healthz").at("status") == "ok");
  CHECK(get("/healthz").at("configuration").at("restart") == 1);
  CHECK(get("/plugins").at("configuration").at("restart").at(0) == "[http] workers");
  CHECK(api.handle("POST", "/reload").status == 200);
}

TEST_CASE_METHOD(Fixture, "a reload that refuses nothing is 200 with what is live") {
  report.plugins = {live_plugin()};
  report.credentials = 3;
  const auto body = parse(api.handle("POST", "/reload"), 200);
  CHECK(body.at("plugins").at(0).at("file") == "ch-returns.so");
  CHECK(body.at("plugins").at(0).at("live") == true);
  CHECK(body.at("plugins").at(0).at("live_hash") == "aa");
  CHECK(body.at("plugins").at(0).at("srvs").at(0) == "8.14.3");
  CHECK(body.at("credentials") == json::parse(R"({"loaded":3,"refused":[]})"));
}

TEST_CASE_METHOD(Fixture, "handlers are listed with what they are") {
  registry.publish(std::make_shared<const dcc::host::HandlerTable>(
      dcc::host::HandlerTable::Map{{"8.14.3", std::make_shared<FakeHandler>()}}));
  CHECK(get("/handlers") ==
        json::parse(R"({"handlers":[{"srv":"8.14.3","endpoint":"serviceD","variants":[8],
          "body_element":"CHFFaultReturn","owner":"ch-returns","version":"1.0.0","build":"abc",
          "settings_hash":"settings-hash","calls":0,"failed":0,"late":0,"inside":0,
          "withdrawn":false}]})"));
}

TEST_CASE_METHOD(Fixture, "an outcome is shown with all that it rested on") {
  store.stored = {outcome(5, "E5")};
  const auto body = get("/outcomes");
  CHECK(body.at("next") == 5);
  CHECK(body.at("outcomes").at(0) == json::parse(R"({"cursor":5,
    "request_id":"90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:5","srv":"8.14.3","role":"SNA",
    "originator":"90-B3-D5-1F-30-01-00-00","device_id":"00-DB-12-34-56-78-90-A0","code":"E5",
    "reason":"because \"so\"","repeated":false,"received_at":"2026-11-24T02:05:42.123Z",
    "decided_at":"2026-11-24T02:05:42.456Z","handler":"ch-returns 1.0.0 abc",
    "settings_hash":"settings-hash","facts":[{"kind":"dcc.device",
    "key":"00-DB-12-34-56-78-90-A0","values":{"type":"CHF","status":"Pending"},"revision":7,
    "used":true}],"hash":"00ff"})"));
}

TEST_CASE_METHOD(Fixture, "returns are the accepted outcomes with their items") {
  store.stored = {outcome(5, "E5"), outcome(6, "I99")};
  store.stored.back().repeated = true;
  const auto body = get("/returns");
  CHECK(body.at("next") == 6);
  CHECK(body.at("returns") == json::parse(R"([{"cursor":6,
    "request_id":"90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:6","srv":"8.14.3",
    "device_id":"00-DB-12-34-56-78-90-A0","originator":"90-B3-D5-1F-30-01-00-00","role":"SNA",
    "accepted_at":"2026-11-24T02:05:42.456Z","repeated":true,
    "items":[{"path":"DeviceID","value":"00-DB-12-34-56-78-90-A0"}]}])"));
}

TEST_CASE_METHOD(Fixture, "the head of the audit trail is shown") {
  std::string hash;
  for (int i = 0; i < 32; ++i) hash += "ab";
  store.who = {std::string(16, 'A'), 7};
  store.archived = 2;
  CHECK(get("/audit") ==
        json::object{{"cursor", 3},
                     {"head", hash},
                     {"signature", "01"},
                     {"store", {{"id", "41414141414141414141414141414141"}, {"epoch", 7}}},
                     {"archived", 2}});
}

TEST_CASE_METHOD(Fixture, "pages follow one another by their cursors") {
  for (int i = 1; i <= 250; ++i) store.stored.push_back(outcome(i, "E5"));
  const auto first = get("/outcomes");
  CHECK(cursors(first.at("outcomes")).size() == 100);
  CHECK(first.at("next") == 100);
  const auto rest = get("/outcomes?after=248&limit=1000");
  CHECK(cursors(rest.at("outcomes")) == std::vector<std::int64_t>{249, 250});
  CHECK(get("/outcomes?limit=1&after=3").at("next") == 4);
  const auto end = get("/outcomes?after=250");
  CHECK(end.at("outcomes").as_array().empty());
  CHECK(end.at("next") == 250);
}

TEST_CASE_METHOD(Fixture, "a page says of which store and epoch its end is") {
  store.stored = {outcome(5, "E5"), outcome(6, "I99")};
  CHECK(get("/outcomes").at("resume") == "6");
  CHECK(get("/outcomes").at("store").is_null());
  store.who = {std::string(16, 'A'), 7};
  const std::string id = "41414141414141414141414141414141";
  CHECK(get("/outcomes").at("resume").as_string() == id + ".7.6");
  CHECK(get("/returns?after=" + id + ".7.6").at("returns").as_array().empty());
  CHECK(get("/returns?after=" + id + ".7.5").at("returns").as_array().size() == 1);
  store.archived = 3;
  for (const char* place : {".6.6", ".7.7", ".7.2"}) {
    const Answer refused = api.handle("GET", "/outcomes?after=" + id + place);
    CHECK(refused.status == 409);
    CHECK_THAT(refused.body, Catch::Contains("\"title\":\"Conflict\""));
  }
}

TEST_CASE_METHOD(Fixture, "a bad query is 400 and says what is expected") {
  const std::string query =
      GENERATE("limit=0", "limit=1001", "limit=x", "limit=", "limit=1x", "limit=-1", "after=-1",
               "after=", "after=9223372036854775808", "after=%31", "limit", "page=2", "&limit=1");
  const std::string path = GENERATE("/outcomes?", "/returns?");
  const auto body = get(path + query, 400);
  CHECK(body.at("status") == 400);
  CHECK_THAT(std::string(body.at("detail").as_string()), Catch::Contains("expected"));
}

TEST_CASE_METHOD(Fixture, "unknown resources are 404, wrong methods 405 with Allow") {
  get("/", 404);
  get("/outcome", 404);
  get("/healthz/", 404);
  const auto post = api.handle("POST", "/healthz");
  CHECK(post.status == 405);
  CHECK(post.allow == "GET, HEAD");
  const auto reload = api.handle("GET", "/reload");
  CHECK(reload.status == 405);
  CHECK(reload.allow == "POST");
  CHECK(reloads == 0);
}

TEST_CASE_METHOD(Fixture, "a store that does not answer is 503 and keeps its path to itself") {
  store.broken = true;
  const auto answer = api.handle("GET", "/outcomes");
  CHECK(answer.status == 503);
  CHECK(answer.retry_after);
  CHECK_THAT(answer.body, !Catch::Contains("secret"));
}

TEST_CASE_METHOD(Fixture, "the admin site refuses what a web page could send") {
  struct Case {
    std::string host, origin;
    bool refused;
  };
  const auto c = GENERATE(values<Case>({
      {"127.0.0.1:8080", "", false},
      {"127.1.2.3:8080", "", false},
      {"localhost:8080", "", false},
      {"LOCALHOST:8080", "", false},
      {"[::1]:8080", "", false},
      {"127.0.0.1:8080", "http://127.0.0.1:8080", true},
      {"127.0.0.1:8080", "null", true},
      {"localhost", "", false},
      {"localhost:9999", "", false},
      {"[::1]", "", false},
      {"127.0.0.1", "", false},
      {"localhost:9999", "http://localhost:9999", true},
      {"localhost:80:80", "", true},
      {"::1", "", true},
      {"localhost.example", "", true},
      {"example.com:localhost", "", true},
      {"localhost.example:8080", "", true},
      {"example.com:8080", "", true},
      {"192.0.2.1:8080", "", true},
      {"", "", true},
  }));
  CAPTURE(c.host, c.origin);
  const auto site = sample::make_admin_site(api, [](auto task) { task(); });
  sample::RequestHead head;
  head.method(boost::beast::http::verb::get);
  head.target("/healthz");
  head.set(boost::beast::http::field::host, c.host);
  if (!c.origin.empty()) head.set(boost::beast::http::field::origin, c.origin);
  const auto answer = site->refuse(head);
  CHECK(answer.has_value() == c.refused);
  if (answer) CHECK(answer->status == 403);
}

TEST_CASE_METHOD(Fixture, "HTTP 1.0 without a Host reaches the admin site") {
  const auto site = sample::make_admin_site(api, [](auto task) { task(); });
  sample::RequestHead head;
  head.version(10);
  CHECK_FALSE(site->refuse(head));
  head.set(boost::beast::http::field::origin, "null");
  CHECK(site->refuse(head));
}

TEST_CASE_METHOD(Fixture, "HEAD is answered like GET") {
  for (const std::string target : {"/healthz", "/plugins", "/handlers", "/outcomes?limit=1",
                                   "/audit", "/returns", "/reload", "/nowhere", "/returns?x"}) {
    CAPTURE(target);
    const auto get = api.handle("GET", target);
    const auto head = api.handle("HEAD", target);
    CHECK(head.status == get.status);
    CHECK(head.content_type == get.content_type);
    CHECK(head.body == get.body);
    CHECK(head.allow == get.allow);
  }
  CHECK(reloads == 0);
}

TEST_CASE_METHOD(Fixture, "healthz is not ok while the store takes nothing") {
  bool usable = false;
  const AdminApi watched{
      {registry, store, [this] { return report; }, {}, [&usable] { return usable; }}};
  auto health = parse(watched.handle("GET", "/healthz"), 200);
  CHECK(health.at("status") == "degraded");
  CHECK(health.at("store") == json::object{{"usable", false}});
  usable = true;
  health = parse(watched.handle("GET", "/healthz"), 200);
  CHECK(health.at("status") == "ok");
}

TEST_CASE_METHOD(Fixture, "what is refused is shown in valid JSON whatever octets it has") {
  auto plugin = live_plugin();
  plugin.file = "caf\xe9.so";
  plugin.reason = "P\xff";
  report.plugins = {plugin};
  report.refused_credentials = {"x\xc3.pem: no", "a\xe2\x80\x8b.pem: no"};
  report.refused_tls = {"\x80"};
  const auto found = get("/plugins");
  const auto& shown = found.at("plugins").as_array().at(0).as_object();
  CHECK(shown.at("file") == "caf\\xe9.so");
  CHECK(shown.at("reason") == "P\\xff");
  CHECK(found.at("credentials").at("refused").as_array().at(1) == "a<U+200B>.pem: no");
  CHECK(get("/outcomes?caf\xe9=1", 400).at("detail").as_string().find("caf\\xe9") !=
        json::string::npos);
}

TEST_CASE_METHOD(Fixture, "the admin site answers questions at once and defers a reload") {
  std::vector<std::function<void()>> deferred;
  const auto site =
      sample::make_admin_site(api, [&](auto task) { deferred.push_back(std::move(task)); });
  std::vector<unsigned> statuses;
  const auto send = [&](boost::beast::http::verb method, const char* target) {
    sample::RequestHead head;
    head.method(method);
    head.target(target);
    site->handle(head, {}, "", [&](Answer answer) { statuses.push_back(answer.status); });
  };
  send(boost::beast::http::verb::post, "/reload");
  send(boost::beast::http::verb::get, "/healthz?");
  send(boost::beast::http::verb::post, "/try");
  CHECK(statuses == std::vector<unsigned>{200, 400});
  CHECK(reloads == 0);
  REQUIRE(deferred.size() == 1);
  deferred.front()();
  CHECK(reloads == 1);
  CHECK(statuses.size() == 3);
}

TEST_CASE_METHOD(Fixture, "outcomes are looked for, newest first, by what is asked for") {
  store.stored = {outcome(3, "I99"), outcome(2, "E5")};
  const auto found =
      get("/outcomes?device=00-DB-12-34-56-78-90-A0&originator=90-B3-D5-1F-30-01-00-00&code=E5&srv="
          "8.14.3"
          "&since=2026-11-05&until=2026-11-05T01:00%2B01:00&before=9&limit=2");
  CHECK(cursors(found.at("outcomes")) == std::vector<std::int64_t>{3, 2});
  CHECK(found.at("next").as_int64() == 17);
  CHECK(store.searched.device == dcc::duis::Eui64::parse("00-DB-12-34-56-78-90-A0"));
  CHECK(store.searched.originator == dcc::duis::Eui64::parse("90-B3-D5-1F-30-01-00-00"));
  CHECK(store.searched.code == "E5");
  CHECK(store.searched.srv == "8.14.3");
  CHECK(store.searched.since == 1'793'836'800'000);
  CHECK(store.searched.until == 1'793'836'800'000);
  CHECK(store.searched.before == dcc::adaptor::Cursors(9));
  CHECK(store.searched.limit == 2);
  get("/outcomes?until=2026-11-05");
  CHECK(store.searched.until == 1'793'836'800'000 + 86'400'000);
  CHECK_FALSE(store.searched.device);
  for (const char* query :
       {"device=1", "originator=", "since=today", "until=2026-02-30", "before=0", "code=E5&limit=0",
        "code=E5&limit=1001", "code=E5&after=1", "device=00-DB-12-34-56-78-90-A0&what=1"}) {
    CAPTURE(query);
    get("/outcomes?" + std::string(query), 400);
  }
}

TEST_CASE_METHOD(Fixture, "one outcome is told with both messages, as an export has it") {
  store.stored = {outcome(2, "E5"), outcome(4, "I99")};
  store.stored[1].outcome.request = "<r/>";
  store.stored[1].outcome.response = "\xff";
  const auto found = get("/outcomes/4");
  CHECK(found.at("cursor") == 4);
  CHECK(found.at("request") == "3c722f3e");
  CHECK(found.at("response") == "ff");
  store.archived = 1;
  for (const char* cursor : {"1", "3", "5", "9223372036854775807"})
    CHECK(get("/outcomes/" + std::string(cursor), 404)
              .at("detail")
              .as_string()
              .find(std::string("cursor ") + cursor) != json::string::npos);
  for (const char* cursor : {"", "0", "-1", "4x", "9223372036854775808", "4/"})
    get("/outcomes/" + std::string(cursor), 400);
  CHECK(api.handle("POST", "/outcomes/4").status == 404);
}

TEST_CASE_METHOD(Fixture, "the register of Users is read in pages") {
  const auto page = get("/users?limit=1&after=90-B3-D5-1F-30-00-00-02");
  CHECK(page == json::parse(R"({"users":[{"user_id":"90-B3-D5-1F-30-01-00-00","role":"EIS",
      "status":"Active","name":"A \"B\""}],"next":"90-B3-D5-1F-30-01-00-00"})"));
  CHECK(store.users_after == dcc::duis::Eui64::parse("90-B3-D5-1F-30-00-00-02"));
  CHECK(get("/users").at("next").is_null());
  get("/users?after=1", 400);
  get("/users?limit=0", 400);
  get("/devices/none", 400);
  get("/devices/", 400);
}

namespace {

// A message to POST /try; `facts` begins with a comma.
std::string message(const std::string& facts) {
  return R"({"srv":"8.14.3","service_reference":"8.14","command_variant":8,
    "originator":"90-B3-D5-1F-30-01-00-00","target":"90-B3-D5-1F-30-00-00-02","counter":"17",
    "body_element":"CHFFaultReturn","items":[["DeviceID","00-DB-12-34-56-78-90-A0"]],
    "received_at":1767225601000,"deadline":1767225603000)" +
         facts + "}";
}

const std::string kSnaAndPending =
    R"(,"user":{"role":"SNA","status":"Active","revision":2},
    "devices":{"00-DB-12-34-56-78-90-A0":{"type":"CHF","status":"Pending","revision":7}})";

}  // namespace

TEST_CASE_METHOD(Fixture, "a trial is answered by the live handler, as dcc-decide answers") {
  const auto handler = std::make_shared<FakeHandler>();
  const auto tried = [&](const std::string& facts) {
    return parse(api.handle("POST", "/try", message(facts)), 200);
  };
  CHECK(tried(kSnaAndPending) ==
        json::parse(R"({"outcome":"no_handler","reason":"no handler for 8.14.3"})"));
  registry.publish(std::make_shared<const dcc::host::HandlerTable>(
      dcc::host::HandlerTable::Map{{"8.14.3", handler}}));
  CHECK(tried(kSnaAndPending) == json::parse(R"({"outcome":"answered","code":"E5",
    "reason":"SNA: no","plugin":"ch-returns","version":"1.0.0","build":"abc",
    "settings":"settings-hash","read":{"user":{"role":"SNA","status":"Active","revision":2},
    "devices":{"00-DB-12-34-56-78-90-A0":{"type":"CHF","status":"Pending","revision":7}}}})"));
  CHECK(tried(R"(,"user":{"role":"SNA","status":"Active","revision":2})") ==
        json::parse(R"({"outcome":"asks","questions":[{"ask":"device",
          "device":"00-DB-12-34-56-78-90-A0"}],"plugin":"ch-returns","version":"1.0.0",
          "build":"abc","settings":"settings-hash"})"));
  CHECK(handler->trials == 2);
  CHECK(handler->calls == 0);
}

TEST_CASE_METHOD(Fixture, "what is no message to try is 400 and named as dcc-decide names it") {
  const auto refused = [&](const std::string& body) {
    return std::string(parse(api.handle("POST", "/try", body), 400).at("detail").as_string());
  };
  CHECK(refused(message(R"(,"user":{"role":7,"status":"Active","revision":2})")) ==
        "user.role: 7: expected a text");
  CHECK_THAT(refused(message(R"(,"rôle":1)")), Catch::Contains("no such member"));
  CHECK_THAT(refused(""), Catch::Contains("ends too early"));
  CHECK_THAT(refused("{}"), Catch::Contains("srv"));
  CHECK_THAT(refused(message("\xff")), Catch::Contains("not UTF-8"));
  CHECK_THAT(refused(std::string((1U << 20) + 1, ' ')), Catch::Contains("1048576"));
  CHECK(api.handle("GET", "/try").allow == "POST");
}

TEST_CASE_METHOD(Fixture, "more trials than the rate allows are 429, and the host goes on") {
  unsigned answered = 0;
  Answer answer;
  do {
    answer = api.handle("POST", "/try", message(kSnaAndPending));
    answered += answer.status == 200 ? 1 : 0;
  } while (answer.status == 200 && answered < 100'000);
  CHECK(answered >= 1000);
  CHECK(parse(answer, 429).at("detail") == "more than 500 trials a second: try again in a moment");
  CHECK(answer.retry_after);
  get("/livez");
}

TEST_CASE("a rate allows a burst at once and then so many a second") {
  using std::chrono::milliseconds;
  sample::RateLimit limit(3, 10);
  sample::RateLimit::Clock::time_point now{std::chrono::hours(1)};
  for (int i = 0; i < 3; ++i) CHECK(limit.take(now));
  CHECK_FALSE(limit.take(now));
  CHECK_FALSE(limit.take(now + milliseconds(99)));
  CHECK(limit.take(now + milliseconds(101)));
  CHECK_FALSE(limit.take(now));  // a thread that looked at the clock earlier
  now += std::chrono::hours(1);
  for (int i = 0; i < 3; ++i) CHECK(limit.take(now));
  CHECK_FALSE(limit.take(now));
}
