// SPDX-License-Identifier: Apache-2.0
//
// The admin interface, as logistics and operators use it.
#include "problem.hpp"

using namespace support;
namespace json = boost::json;

TEST_CASE("Returns are read in commit order with a cursor, complete, second returns flagged",
          "[R26]") {
  HostFixture host;
  auto first = host.request("sna", "8.14.3", hub("Pending"));
  first.items = {{"DeviceID", hub("Pending")},
                 {"CHFFaultReturnType", "Fault identified prior to installation"},
                 {"UserRefDateTime", "2026-11-24T03:05:42Z"},
                 {"UserRefID", "Van 7"},
                 {"OtherDeviceID", "00-DB-12-34-56-78-90-A0"},
                 {"IncidentReference", "INC000000000007"},
                 {"CHFConnectionMethod", "Cradle"},
                 {"CHFFaultReason", "LED Fault"},
                 {"AdditionalInformation", "\"dropped\", 2 < 3 & so on \xC3\xA9"}};
  CHECK(host.answer("sna", first) == "I99");
  CHECK(host.answer("es", "8.14.3", hub("Pending")) == "E2");
  const auto second = host.request("eis", "8.14.4", hub("Pending"));
  CHECK(host.answer("eis", second) == "I99");
  const auto third = host.request("gis", "8.14.4", hub("Commissioned"));
  CHECK(host.answer("gis", third) == "I99");

  const json::array returns = host.returns();
  REQUIRE(returns.size() == 3);
  const json::object& row = returns[0].as_object();
  CHECK(row.at("request_id").as_string() == first.request_id);
  CHECK(row.at("srv").as_string() == "8.14.3");
  CHECK(row.at("device_id").as_string() == hub("Pending"));
  CHECK(row.at("originator").as_string() == eui_of("sna"));
  CHECK(row.at("role").as_string() == "SNA");
  CHECK(row.at("accepted_at").as_string().ends_with("Z"));
  CHECK_FALSE(row.at("repeated").as_bool());
  json::array items;
  for (const auto& [path, value] : first.items) items.push_back({{"path", path}, {"value", value}});
  CHECK(row.at("items") == items);
  CHECK(returns[1].at("request_id").as_string() == second.request_id);
  CHECK(returns[1].at("repeated").as_bool());
  CHECK(returns[2].at("request_id").as_string() == third.request_id);
  CHECK_FALSE(returns[2].at("repeated").as_bool());

  std::int64_t after = 0;
  for (const auto& expected : returns) {
    const auto page = host.get("/returns?after=" + std::to_string(after) + "&limit=1");
    REQUIRE(page.at("returns").as_array().size() == 1);
    CHECK(page.at("returns").as_array()[0] == expected);
    CHECK(page.at("next").as_int64() == expected.at("cursor").as_int64());
    CHECK(page.at("next").as_int64() > after);
    after = page.at("next").as_int64();
  }
  const auto end = host.get("/returns?after=" + std::to_string(after));
  CHECK(end.at("returns").as_array().empty());
  CHECK(end.at("next").as_int64() == after);
}

TEST_CASE("Outcomes have the rejections, too, and what each decision rested on", "[R8][R30]") {
  HostFixture host;
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  CHECK(host.answer("sna", "8.14.3", hub("Commissioned")) == "E5");
  CHECK(host.answer("unknown", "8.14.4", hub("Pending")) == "E1");
  CHECK(host.answer("gis", "8.14.4", kNoDevice) == "E19");

  const json::array outcomes = host.outcomes();
  REQUIRE(outcomes.size() == 4);
  const char* codes[] = {"I99", "E5", "E1", "E19"};
  const char* roles[] = {"SNA", "SNA", "", "GIS"};
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    INFO(outcomes[i]);
    CHECK(outcomes[i].at("code").as_string() == codes[i]);
    CHECK(outcomes[i].at("role").as_string() == roles[i]);
    CHECK_FALSE(outcomes[i].at("reason").as_string().empty());
    // The User, the device and the originator's relation to it, used or not.
    const json::array& facts = outcomes[i].at("facts").as_array();
    REQUIRE(facts.size() == 3);
    CHECK(facts[0].at("kind").as_string() == "dcc.user");
    CHECK(facts[0].at("used").as_bool());
    CHECK(facts[1].at("kind").as_string() == "dcc.device");
    CHECK(facts[2].at("kind").as_string() == "dcc.acts");
  }
  const json::array& facts = outcomes[0].at("facts").as_array();
  CHECK(facts[0].at("values") == json::object{{"role", "SNA"}, {"status", "Active"}});
  CHECK(facts[1].at("key").as_string() == hub("Pending"));
  CHECK(facts[1].at("values") == json::object{{"type", "CHF"}, {"status", "Pending"}});
  CHECK(facts[2].at("values") == json::object{{"acts", "yes"}});
  CHECK(facts[2].at("used").as_bool());
  CHECK(outcomes[2].at("facts").at(0).at("values").is_null());
  CHECK(outcomes[3].at("facts").at(1).at("values").is_null());
  CHECK_FALSE(outcomes[3].at("facts").at(2).at("used").as_bool());
  CHECK(outcomes[0].at("handler").as_string().starts_with("ch-returns "));
  const auto plugin = host.get("/plugins").at("plugins").as_array().at(0);
  CHECK(outcomes[0].at("settings_hash") == plugin.at("live_settings"));
}

TEST_CASE("Handlers and health are told", "[R30]") {
  HostFixture host;
  const auto handlers = host.get("/handlers").at("handlers").as_array();
  REQUIRE(handlers.size() == 2);
  const char* srvs[] = {"8.14.3", "8.14.4"};
  const char* bodies[] = {"CHFFaultReturn", "CHFNoFaultReturn"};
  for (std::size_t i = 0; i < handlers.size(); ++i) {
    CHECK(handlers[i].at("srv").as_string() == srvs[i]);
    CHECK(handlers[i].at("body_element").as_string() == bodies[i]);
    CHECK(handlers[i].at("endpoint").as_string() == "serviceD");
    CHECK(handlers[i].at("variants") == json::array{8});
    CHECK(handlers[i].at("owner").as_string() == "ch-returns");
  }
  const auto health = host.get("/healthz");
  CHECK(health.at("status").as_string() == "ok");
  CHECK(health.at("handlers").as_int64() == 2);
  CHECK(health.at("plugins") == json::object{{"live", 1}, {"refused", 0}});
}

TEST_CASE("The admin interface is not for web pages", "[R25]") {
  HostFixture host;
  HttpClient client(host.admin_port());
  const std::string port = std::to_string(host.admin_port());
  for (const std::string target : {"/healthz", "/outcomes", "/returns"}) {
    check_problem(host, client.send("GET", target, {{"Origin", "http://example.org"}}), 403);
    check_problem(host, client.send("GET", target, {{"Host", "example.org:" + port}}), 403);
    CHECK(client.send("GET", target, {{"Host", "127.0.0.1:1"}}).status == 200);
    // The host of a whole URL replaces that of the field.
    check_problem(host, client.send("GET", "http://example.org" + target), 403);
    CHECK(client.send("GET", "http://[::1]:1" + target, {{"Host", "example.org"}}).status == 200);
    CHECK(client.send("GET", target, {{"Host", "localhost:" + port}}).status == 200);
  }
  std::filesystem::remove(host.plugins() / "ch-returns.so");
  check_problem(host, client.send("POST", "/reload", {{"Origin", "null"}}), 403);
  CHECK(host.get("/healthz").at("handlers").as_int64() == 2);
}

TEST_CASE("What the admin interface does not know it refuses", "[R30]") {
  HostFixture host;
  for (const char* query : {"after=-1", "after=x", "after=", "limit=0", "limit=1001", "limit=ten",
                            "after=1;limit=2", "page=2", "after=99999999999999999999"}) {
    INFO(query);
    check_problem(host, host.admin("GET", std::string("/returns?") + query), 400);
    check_problem(host, host.admin("GET", std::string("/outcomes?") + query), 400);
  }
  check_problem(host, host.admin("GET", "/"), 404);
  check_problem(host, host.admin("POST", "/api/v1/serviceD"), 404);
  const auto reload = host.admin("GET", "/reload");
  check_problem(host, reload, 405);
  CHECK(reload.field("allow") == "POST");
  check_problem(host, host.admin("POST", "/returns"), 405);
}
