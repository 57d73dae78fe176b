// SPDX-License-Identifier: Apache-2.0
//
// Every response code that SECMP0039 can lead to, for both Service Requests.
#include <catch2/catch.hpp>
#include <map>

#include "support/host_fixture.hpp"

using namespace support;

namespace {

const std::string kSrvs[] = {"8.14.3", "8.14.4"};

// Who may return a hub in this status, ordered for a Supplier that has confirmed the agent.
std::string rule(const std::string& user, std::string_view status) {
  if (user == "eis" || user == "gis") return "I99";
  if (user == "sna") return status == "Pending" ? "I99" : "E5";
  return "E2";
}

// A copy for command variant 1.
dcc::duis::RequestFields with_variant_1(dcc::duis::RequestFields fields) {
  fields.command_variant = 1;
  return fields;
}

}  // namespace

TEST_CASE("Every role returns hubs in every status as SECMP0039 says",
          "[R1][R2][R3][R4][R5][R6][R7][R9][R16][rule][quick]") {
  HostFixture host;
  for (const auto& srv : kSrvs) {
    for (const char* status : kStatuses) {
      for (const std::string user : {"eis", "gis", "sna", "es", "ed", "gt", "ou", "mdr"}) {
        INFO(user << " " << srv << " " << status);
        CHECK(host.answer(user, srv, hub(status)) == rule(user, status));
      }
    }
  }
}

TEST_CASE("The other response codes", "[R9][R16][R18][R19][quick]") {
  HostFixture host;
  for (const auto& srv : kSrvs) {
    INFO(srv);
    CHECK(host.answer("unknown", srv, hub("Pending")) == "E1");
    CHECK(host.answer("suspended", srv, hub("Pending")) == "E3");
    CHECK(host.answer("lonely", srv, hub("Pending")) == "E4");
    CHECK(host.answer("sna", srv, kUnorderedHub) == "E4");
    CHECK(host.answer("eis", srv, kUnorderedHub) == "I99");
    for (const std::string user : {"eis", "gis", "sna"}) {
      INFO(user);
      CHECK(host.answer(user, srv, kMeter) == "E11");
      CHECK(host.answer(user, srv, kNoDevice) == "E19");
      CHECK(host.answer(user, with_variant_1(host.request(user, srv, hub("Pending")))) == "E12");
    }
  }
}

TEST_CASE("One agent returns the hubs of each Supplier that has confirmed it",
          "[R18][R31][rule][quick]") {
  HostFixture host;
  host.import_rows("orders", kUnorderedHub + "," + eui_of("gis") + "\n");
  for (const auto& srv : kSrvs) {
    INFO(srv);
    CHECK(host.answer("sna", srv, hub("Pending")) == "I99");
    CHECK(host.answer("sna", srv, kUnorderedHub) == "E4");
  }
  host.import_rows("appointments", eui_of("sna") + "," + eui_of("gis") + ",2020-01-01,\n");
  for (const auto& srv : kSrvs) {
    INFO(srv);
    for (const auto& device : {hub("Pending"), kUnorderedHub, hub("Pending")})
      CHECK(host.answer("sna", srv, device) == "I99");
  }
}

TEST_CASE("A return that is accepted changes nothing in the inventory", "[R14][R26][quick]") {
  HostFixture host;
  for (const auto& srv : kSrvs) {
    for (const char* status : kStatuses) CHECK(host.answer("eis", srv, hub(status)) == "I99");
    CHECK(host.answer("sna", srv, hub("Pending")) == "I99");
  }
  // What each decision was told of the device: the same before and after, its revision, too.
  std::map<std::string, boost::json::value> told;
  std::size_t compared = 0;
  for (const auto& outcome : host.outcomes()) {
    for (const auto& fact : outcome.at("facts").as_array()) {
      if (fact.at("kind").as_string() != "dcc.device") continue;
      boost::json::object what = fact.as_object();
      what.erase("used");
      const auto [first, is_new] =
          told.emplace(std::string(fact.at("key").as_string()), boost::json::value(what));
      if (is_new) continue;
      ++compared;
      INFO(first->first);
      CHECK(first->second == boost::json::value(what));
    }
  }
  CHECK(told.size() == std::size(kStatuses));
  CHECK(compared == std::size(kStatuses) + 2);
}

TEST_CASE("When several checks fail, the first in the published order answers",
          "[R17][R3][quick]") {
  HostFixture host;
  for (const auto& srv : kSrvs) {
    INFO(srv);
    CHECK(host.answer("unknown", with_variant_1(host.request("unknown", srv, kMeter))) == "E12");
    CHECK(host.answer("suspended", srv, kNoDevice) == "E3");
    CHECK(host.answer("es", srv, kNoDevice) == "E2");
    CHECK(host.answer("es", srv, kMeter) == "E2");
    CHECK(host.answer("lonely", srv, kNoDevice) == "E19");
    CHECK(host.answer("lonely", srv, kMeter) == "E11");
    CHECK(host.answer("lonely", srv, hub("Commissioned")) == "E5");
  }
}

TEST_CASE("E13 for the wrong URL is not stored and leaves the RequestID unused",
          "[R16][R19][R20]") {
  HostFixture host;
  for (const auto& srv : kSrvs) {
    for (const std::string endpoint : {"serviceS", "serviceT"}) {
      INFO(srv << " " << endpoint);
      const std::string document = host.sign("eis", host.request("eis", srv, hub("Pending")));
      const auto before = host.outcomes().size();
      CHECK(code_of(host.post(document, endpoint)) == "E13");
      CHECK(host.outcomes().size() == before);
      CHECK(code_of(host.post(document)) == "I99");
      CHECK(code_of(host.post(document, endpoint)) == "I99");  // answered once, and so for ever
    }
  }
}
