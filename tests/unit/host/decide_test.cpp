// SPDX-License-Identifier: Apache-2.0
// What every host checks before it asks a handler, in the order of the checks: each case is wrong
// from one check on, and everything behind it is wrong, too.
#include "host/decide.hpp"

#include <catch2/catch.hpp>
#include <memory>

#include "dcc/plugin.hpp"

using namespace dcc::host;
using Kind = Decision::Kind;

namespace {

constexpr std::uint64_t kOriginator = 0x90B3D51F30010000;
constexpr std::string_view kOriginatorKey = "90-B3-D5-1F-30-01-00-00";
constexpr std::string_view kHubKey = "00-DB-12-34-56-78-00-01";

// Says what it was asked as, and wants a fact of its own.
class Echo final : public Handler {
 public:
  Echo() {
    info_.srv = "8.14.3";
    info_.endpoint = "serviceD";
    info_.body_element = "CHFFaultReturn";
    info_.command_variants = 1U << 8;
  }
  const Info& info() const override { return info_; }
  void decide(const dcc_request& request, Facts& facts,
              Decision& decision) const noexcept override {
    Fact& fact = facts.ask("test.fact", "k");
    decision = {fact.state == Fact::State::asked ? Kind::asks : Kind::answered, "I99",
                std::string(dcc::view(request.user_role))};
    for (Fact& other : facts.all()) other.used = &other == &fact;
  }

 private:
  Info info_;
};

struct Asked {
  std::string srv = "8.14.3", endpoint = "serviceD", body = "CHFFaultReturn", reference = "8.14";
  std::uint32_t variant = 8;
  std::string device = std::string(kHubKey);
};

class Deciding {
 public:
  const Handler* decide(const Asked& asked) {
    const dcc_item items[] = {{dcc::str("DeviceID"), dcc::str(asked.device)}};
    dcc_request request{};
    request.size = sizeof request;
    request.command_variant = asked.variant;
    request.originator = kOriginator;
    request.srv = dcc::str(asked.srv);
    request.service_reference = dcc::str(asked.reference);
    request.body_element = dcc::str(asked.body);
    request.items = items;
    request.item_count = 1;
    return dcc::host::decide(table_, asked.endpoint, request, facts, decision);
  }
  Fact& user() { return facts.ask(kUserFact, kOriginatorKey); }

  Facts facts;
  Decision decision;

 private:
  const HandlerTable table_{{{"8.14.3", std::make_shared<const Echo>()}}};
};

std::vector<std::string> questions(const Facts& facts) {
  std::vector<std::string> asked;
  for (const Fact& fact : facts.all()) {
    if (fact.state == Fact::State::asked) asked.push_back(fact.kind + " " + fact.key);
  }
  return asked;
}

}  // namespace

TEST_CASE("A host's own checks stand in the order of the specification") {
  struct Case {
    Asked asked;
    std::string role, status;  // no status: an unknown User
    Kind kind;
    std::string code, reason;
  };
  const auto [asked, role, status, kind, code, reason] = GENERATE(values<Case>({
      {{"9.9", "serviceS", "X", "9", 1}, "SNA", "", Kind::no_handler, "", "no handler for 9.9"},
      {{"8.14.3", "serviceS", "X", "9", 1}, "SNA", "", Kind::answered, "E13", "sent to serviceS"},
      {{"8.14.3", "serviceD", "X", "9", 1}, "SNA", "", Kind::answered, "E12", "command variant 1"},
      {{"8.14.3", "serviceD", "X", "9", 99},
       "SNA",
       "",
       Kind::answered,
       "E12",
       "command variant 99"},
      {{"8.14.3", "serviceD", "X", "9"},
       "SNA",
       "",
       Kind::not_valid,
       "",
       "the body is X; 8.14.3 has CHFFaultReturn"},
      {{"8.14.3", "serviceD", "CHFFaultReturn", "9"},
       "SNA",
       "",
       Kind::not_valid,
       "",
       "ServiceReference 9 does not fit 8.14.3"},
      {{}, "SNA", "", Kind::answered, "E1", "unknown User ID"},
      {{}, "SNA", "Suspended", Kind::answered, "E3", "the User is Suspended"},
      {{}, "SNA", "Active", Kind::answered, "I99", "SNA"},
      {{"8.14.3", ""}, "EIS", "Active", Kind::answered, "I99", "EIS"},
  }));
  CAPTURE(asked.srv, asked.endpoint, asked.body, asked.reference, asked.variant, status);
  Deciding deciding;
  if (status.empty()) {
    deciding.user().is_not_there(1);
  } else {
    deciding.user().is_there({{"role", role}, {"status", status}}, 1);
  }
  deciding.facts.ask("test.fact", "k").is_not_there(1);
  const bool by_handler = deciding.decide(asked) != nullptr;
  CHECK(deciding.decision.kind == kind);
  CHECK(deciding.decision.code == code);
  CHECK(deciding.decision.reason == reason);
  CHECK(by_handler == (code == "I99"));
  // Who decided by the User has used that fact; who was never asked, none.
  CHECK(deciding.user().used == (code == "E1" || code == "E3" || code == "I99"));
  CHECK(deciding.facts.find("test.fact", "k")->used == by_handler);
}

TEST_CASE("The first questions are asked together") {
  Deciding deciding;
  CHECK(deciding.decide({}) == nullptr);
  CHECK(deciding.decision.kind == Kind::asks);
  CHECK(questions(deciding.facts) ==
        std::vector<std::string>{std::string(kUserFact) + " " + std::string(kOriginatorKey),
                                 std::string(kDeviceFact) + " " + std::string(kHubKey),
                                 std::string(kActsFact) + " " + std::string(kOriginatorKey) + " " +
                                     std::string(kHubKey) + " 1970-01-01"});
}

TEST_CASE("Only the User is asked for when the body names no device") {
  Deciding deciding;
  Asked asked;
  asked.device = "a device";
  deciding.decide(asked);
  CHECK(deciding.decision.kind == Kind::asks);
  CHECK(questions(deciding.facts).size() == 1);
}

TEST_CASE("A User that cannot be told is 503, one that is half told 500, never E1 or E3") {
  Deciding deciding;
  deciding.user().is_unavailable("the database is down");
  CHECK(deciding.decide({}) == nullptr);
  CHECK(deciding.decision.kind == Kind::unavailable);
  CHECK(deciding.decision.code.empty());
  CHECK_THAT(deciding.decision.reason, Catch::Contains("the database is down"));
  using Values = std::vector<Fact::Value>;
  const auto values = GENERATE(Values{}, Values{{"role", "SNA"}}, Values{{"status", "Active"}},
                               Values{{"role", ""}, {"status", "Active"}});
  deciding.user().is_there(values, 1);
  CHECK(deciding.decide({}) == nullptr);
  CHECK(deciding.decision.kind == Kind::failed);
  CHECK_THAT(deciding.decision.reason, Catch::Contains("lacks role or status"));
}

TEST_CASE("Who is never told the User is not asked for ever") {
  Deciding deciding;
  for (int round = 0; round < kMaxRounds; ++round) {
    deciding.decide({});
    REQUIRE(deciding.decision.kind == Kind::asks);
  }
  deciding.decide({});
  CHECK(deciding.decision.kind == Kind::failed);
}

TEST_CASE("The loop answers what is asked, from the User to the handler's own facts") {
  Deciding deciding;
  const HandlerTable table{{{"8.14.3", std::make_shared<const Echo>()}}};
  dcc_request request{};
  request.srv = dcc::str("8.14.3");
  request.service_reference = dcc::str("8.14");
  request.body_element = dcc::str("CHFFaultReturn");
  request.command_variant = 8;
  int rounds = 0;
  const Handler* handler =
      decide(table, "serviceD", request, deciding.facts, deciding.decision, [&](Facts& facts) {
        ++rounds;
        for (Fact& fact : facts.all()) {
          if (fact.state != Fact::State::asked) continue;
          fact.is_there({{"role", "GIS"}, {"status", "Active"}}, 1);
        }
      });
  CHECK(handler != nullptr);
  CHECK(rounds == 2);
  CHECK(deciding.decision.code == "I99");
  CHECK(deciding.decision.reason == "GIS");
}
