// SPDX-License-Identifier: Apache-2.0
//
// The questions of a service desk: what was answered about this hub, to this User, with this code?
// Over the admin interface and on the command line.
#include <algorithm>
#include <catch2/catch.hpp>

#include "every_return.hpp"
#include "support/host_fixture.hpp"

using namespace support;
using Catch::Matchers::Contains;
namespace json = boost::json;

namespace {

Finished outcomes(const HostFixture& host, std::vector<std::string> options) {
  options.insert(options.begin(), {"outcomes", "--config", host.configuration().string()});
  return run(sample_host_program(), options);
}

auto lines(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

}  // namespace

TEST_CASE("Outcomes are found by device, User, code, SRV and time, newest first", "[R30]") {
  HostFixture host;
  send_every_return(host);
  const std::string& pending = hub("Pending");
  const json::array all = host.outcomes();

  const auto check = [&](const std::string& query, const std::vector<std::string>& options,
                         auto wanted) {
    CAPTURE(query);
    std::vector<json::value> expected;
    std::copy_if(all.rbegin(), all.rend(), std::back_inserter(expected), wanted);
    REQUIRE_FALSE(expected.empty());
    json::object page = host.get("/outcomes?" + query + "&limit=5");
    std::vector<json::value> found;
    for (;;) {
      for (const auto& row : page.at("outcomes").as_array()) found.push_back(row);
      if (page.at("next").is_null()) break;
      page = host.get("/outcomes?" + query +
                      "&limit=5&before=" + std::to_string(page.at("next").as_int64()));
    }
    CHECK(found == expected);
    const Finished finished = outcomes(host, options);
    CHECK(finished.exit_code == 0);
    CHECK(lines(finished.out) ==
          static_cast<std::ptrdiff_t>(std::min<std::size_t>(expected.size(), 100)));
  };
  const auto is = [](const char* member, const std::string& value) {
    return [member, value](const json::value& row) {
      return row.at(member).is_string() && row.at(member).as_string() == value;
    };
  };
  check("device=" + pending, {"--device", pending}, is("device_id", pending));
  check("originator=" + eui_of("sna"), {"--originator", eui_of("sna")},
        is("originator", eui_of("sna")));
  check("code=E19", {"--code", "E19"}, is("code", "E19"));
  check("srv=8.14.4", {"--srv", "8.14.4"}, is("srv", "8.14.4"));
  check("since=2026-01-01", {"--since", "2026-01-01"}, [](const json::value&) { return true; });
  CHECK(host.get("/outcomes?until=2026-01-01").at("outcomes").as_array().empty());
  CHECK(outcomes(host, {"--until", "2026-01-01"}).out.empty());

  const Finished one =
      outcomes(host, {"--device", hub("Commissioned"), "--code", "E5", "--limit", "1"});
  CHECK_THAT(one.out, Contains("E5      8.14.4  SNA") && Contains(hub("Commissioned")) &&
                          Contains("is Commissioned; allowed: Pending\n"));
  const Finished as_json = outcomes(host, {"--code", "E4", "--json", "--limit", "2"});
  CHECK(json::parse(as_json.out.substr(0, as_json.out.find('\n'))).at("code").as_string() == "E4");

  const json::object device = host.get("/devices/" + pending);
  CHECK(device.at("facts").at(0).at("values").at("status").as_string() == "Pending");
  CHECK(device.at("outcomes").as_array().size() == 2 * std::size(kMembers));
  CHECK(device.at("ordered_for").as_string() == eui_of("eis"));
  CHECK(host.get("/devices/" + kNoDevice).at("facts").at(0).at("values").is_null());
  CHECK(host.get("/devices/" + kUnorderedHub).at("ordered_for").is_null());
  for (const char* agent : {"sna", "lonely"}) {
    const json::object of_agent = host.get("/devices/" + pending + "?originator=" + eui_of(agent));
    CHECK(of_agent.at("facts").at(1).at("kind") == "dcc.acts");
    CHECK(of_agent.at("facts").at(1).at("values").at("acts") ==
          (std::string_view(agent) == "sna" ? "yes" : "no"));
    CHECK(of_agent.at("outcomes").as_array().size() == 2);
  }
  CHECK(host.get("/users").at("users").as_array().size() == 10);

  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"--device", "hub"}, {"--since", "today"}, {"--limit", "0"}}) {
    CHECK(outcomes(host, wrong).exit_code == 2);
  }
}
