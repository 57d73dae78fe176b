// SPDX-License-Identifier: Apache-2.0
//
// Every response code that SECMP0039 can lead to, for both Service Requests.
#include <catch2/catch.hpp>

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

TEST_CASE("Every role returns hubs in every status as SECMP0039 says") {
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

TEST_CASE("The other response codes") {
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

TEST_CASE("When several checks fail, the first in the published order answers") {
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

TEST_CASE("E13 for the wrong URL is not stored and leaves the RequestID unused") {
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
