// SPDX-License-Identifier: Apache-2.0
//
// What the decision space does not show: the reasons, word for word, and the spellings of roles.
#include "eligibility.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace ch_returns;

struct World final : Lookups {
  std::optional<Device> hub;
  bool confirmed = false;
  std::optional<Device> device() override { return hub; }
  bool acts_for_orderer() override { return confirmed; }
  bool acts_for_any() override { return confirmed; }
};

Settings shipped() {
  Settings settings;
  for (const Srv srv : {Srv::fault_return, Srv::no_fault_return}) {
    settings.allowed(srv, Role::eis).any = true;
    settings.allowed(srv, Role::gis).any = true;
    settings.allowed(srv, Role::sna).statuses = {"Pending"};
  }
  return settings;
}

std::string ask(const World& world, const std::string& role, const Settings& settings = shipped(),
                bool found_post_installation = false) {
  World asked = world;
  const auto [code, reason] =
      decide(settings,
             {Srv::fault_return, role, "00-DB-12-34-56-78-90-A2", found_post_installation}, asked);
  return std::string(code) + " " + std::string(reason.text());
}

}  // namespace

TEST_CASE("a reason that is too long ends with a whole character", "[R30]") {
  std::string status(600, 'x');
  CHECK(Reason(status).text() == status.substr(0, 500));
  status.replace(499, 2, "\xC3\xA9");
  CHECK(Reason(status, "more").text() == status.substr(0, 499));
  CHECK(Reason("a", "", "b").append("c").text() == "abc");
}

TEST_CASE("a reason names role, hub and what was wrong with it", "[R30]") {
  World world;
  CHECK(ask(world, "ED") == "E2 ED: never eligible for 8.14.3");
  CHECK(ask(world, "SNA", Settings()) == "E2 SNA: not eligible for 8.14.3 by settings");
  CHECK(ask(world, "SNA") == "E19 SNA: hub 00-DB-12-34-56-78-90-A2 is not in the inventory");

  world.hub = Device{"ESME", "Pending"};
  CHECK(ask(world, "EIS") == "E11 EIS: device 00-DB-12-34-56-78-90-A2 is of type ESME, not CHF");

  world.hub = Device{"CHF", "Commissioned"};
  CHECK(ask(world, "SNA") ==
        "E5 SNA: hub 00-DB-12-34-56-78-90-A2 is Commissioned; allowed: Pending");
  CHECK(ask(world, "GIS") == "I99 GIS: hub 00-DB-12-34-56-78-90-A2 is Commissioned");

  world.hub = Device{"CHF", "Pending"};
  CHECK(ask(world, "SNA") ==
        "E4 SNA: does not act for the Supplier that hub 00-DB-12-34-56-78-90-A2 was ordered for");
  Settings any_supplier = shipped();
  any_supplier.appointment = Appointment::any;
  CHECK(ask(world, "SNA", any_supplier) ==
        "E4 SNA: does not act for any Supplier, hub 00-DB-12-34-56-78-90-A2");

  world.confirmed = true;
  CHECK(ask(world, "SNA") == "I99 SNA: hub 00-DB-12-34-56-78-90-A2 is Pending");
}

TEST_CASE("a fault found post installation on a Pending hub changes the reason only", "[R5][R7]") {
  World world;
  world.confirmed = true;
  world.hub = Device{"CHF", "Pending"};
  CHECK(ask(world, "SNA", shipped(), true) ==
        "I99 SNA: hub 00-DB-12-34-56-78-90-A2 is Pending; odd: the fault is said to be found post "
        "installation");
  CHECK(ask(world, "EIS", shipped(), true).find("odd:") != std::string::npos);

  world.confirmed = false;
  CHECK(ask(world, "SNA", shipped(), true).find("E4 ") == 0);
  CHECK(ask(world, "SNA", shipped(), true).find("odd:") != std::string::npos);

  world.hub = Device{"CHF", "Commissioned"};
  CHECK(ask(world, "EIS", shipped(), true) ==
        "I99 EIS: hub 00-DB-12-34-56-78-90-A2 is Commissioned");
}

TEST_CASE("a role has DUIS's name and DUGIDS's, in exactly this spelling", "[R1][R2]") {
  CHECK(role_named("EIS") == Role::eis);
  CHECK(role_named("IS") == Role::eis);
  CHECK(role_named("GIS") == Role::gis);
  CHECK(role_named("GS") == Role::gis);
  CHECK(role_named("SNA") == Role::sna);
  CHECK(role_named("RSA") == Role::sna);
  for (const char* other : {"ES", "ED", "GT", "OU", "MDR", "", "sna", "SNA ", "E", "EISX"}) {
    CHECK(!role_named(other));
  }
}

TEST_CASE("agents are eligible by the receipt time, Suppliers always", "[R3][R12][R17]") {
  World world;
  world.hub = Device{"CHF", "Pending"};
  world.confirmed = true;
  Settings settings = shipped();
  settings.agents.from = Period::Limit{1000, "FROM"};
  settings.agents.until = Period::Limit{2000, "UNTIL"};
  const auto at = [&](std::int64_t received_at, std::string_view role) {
    Question question{Srv::fault_return, role, "00-DB-12-34-56-78-90-A2"};
    question.received_at = received_at;
    World asked = world;
    const auto [code, reason] = decide(settings, question, asked);
    return std::string(code) + " " + std::string(reason.text());
  };
  const std::string accepted = " hub 00-DB-12-34-56-78-90-A2 is Pending";
  for (const std::string role : {"SNA", "RSA"}) {
    CHECK(at(999, role) == "E2 " + role + ": not eligible before FROM");
    CHECK(at(1000, role) == "I99 " + role + ":" + accepted);
    CHECK(at(1999, role) == "I99 " + role + ":" + accepted);
    CHECK(at(2000, role) == "E2 " + role + ": not eligible since UNTIL");
  }
  for (const std::string role : {"EIS", "GIS"}) {
    for (const std::int64_t time : {0, 999, 1000, 2000, 3000}) {
      CHECK(at(time, role) == "I99 " + role + ":" + accepted);
    }
  }
  // The role first: no look at the inventory.
  world.hub.reset();
  CHECK(at(999, "SNA") == "E2 SNA: not eligible before FROM");
  CHECK(at(1000, "SNA") == "E19 SNA: hub 00-DB-12-34-56-78-90-A2 is not in the inventory");
  settings.allowed(Srv::fault_return, Role::sna) = {};
  CHECK(at(999, "SNA") == "E2 SNA: not eligible for 8.14.3 by settings");
}
