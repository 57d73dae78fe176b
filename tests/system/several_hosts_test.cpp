// SPDX-License-Identifier: Apache-2.0
//
// Hosts beside each other on one PostgreSQL database: a User who asks one of them and then another
// sees no difference, and a reader sees what all of them have committed.
#include <atomic>
#include <barrier>
#include <catch2/catch.hpp>
#include <mutex>
#include <set>
#include <thread>

#include "faults/load.hpp"
#include "support/store_database.hpp"

using namespace support;
using Catch::Matchers::Contains;

namespace {

struct Exchange {
  std::string document, response;
};

Exchange exchange(HostFixture& host, const std::string& user = "sna") {
  const std::string document = host.sign(user, host.request(user, "8.14.3", hub("Pending")));
  return {document, host.post(document).body};
}

void check_audit(const HostFixture& host) {
  const Finished audit =
      run(sample_host_program(), {"audit", "--verify", "--config", host.configuration().string()});
  INFO(audit.out << audit.err);
  CHECK(audit.exit_code == 0);
}

void check_whole(const TwoHosts& hosts) {
  CHECK(hosts.database.integrity() == "ok");
  check_audit(hosts.a);
  check_audit(hosts.b);
}

// By chain, the cursors in the order in which they came.
using Order = std::map<std::string, std::vector<std::int64_t>>;

std::string add(const boost::json::value& row, Order& order) {
  order[std::string(row.at("chain").as_string())].push_back(row.at("cursor").as_int64());
  return std::string(row.at("request_id").as_string());
}

// Reads on from `resume` to the end of what there is now: a page that is not full.
template <typename Take>
void follow(HostFixture& host, const std::string& name, std::string& resume, Take take) {
  for (;;) {
    const auto page = host.get("/" + name + "?limit=1000&after=" + resume);
    const auto& rows = page.at(name).as_array();
    for (const auto& row : rows) take(row);
    resume = page.at("resume").as_string();
    if (rows.size() < 1000) return;
  }
}

}  // namespace

TEST_CASE("What one host has answered the others answer octet for octet, and when it is dead",
          "[R16][R24]") {
  TwoHosts hosts(1);
  std::vector<Exchange> done;
  for (const std::string user : {"eis", "sna", "es", "unknown", "lonely", "suspended"}) {
    done.push_back(exchange(hosts.a, user));
    REQUIRE_FALSE(element_text(done.back().response, "sr:ResponseCode").empty());
    CHECK(hosts.b.post(done.back().document).body == done.back().response);
  }
  done.push_back(exchange(hosts.a));
  hosts.a.kill();
  for (const auto& one : done) CHECK(hosts.b.post(one.document).body == one.response);
  CHECK(hosts.b.outcomes().size() == done.size());

  // What happens meanwhile, a host that comes back knows; its chain goes on.
  const Exchange meanwhile = exchange(hosts.b);
  hosts.a.start();
  CHECK(hosts.a.post(meanwhile.document).body == meanwhile.response);
  exchange(hosts.a);
  Order order;
  for (const auto& row : hosts.a.outcomes()) add(row, order);
  CHECK(order == Order{{"host-a.0", {1, 2, 3, 4, 5, 6, 7, 8}}, {"host-b.0", {1}}});
  CHECK(hosts.a.outcomes() == hosts.b.outcomes());
  check_whole(hosts);
}

TEST_CASE("What one host is told or has accepted counts for the others", "[R8][R25][quick]") {
  TwoHosts hosts;
  auto fields = hosts.a.request("eis", "8.14.3", hub("Pending"));
  REQUIRE(hosts.a.answer("eis", fields) == "I99");
  CHECK(hosts.b.answer("sna", "8.14.3", hub("Pending")) == "I99");
  const auto outcomes = hosts.b.outcomes();
  REQUIRE(outcomes.size() == 2);
  for (const auto& row : outcomes) {
    CHECK(row.at("repeated").as_bool() == (row.at("request_id").as_string() != fields.request_id));
  }

  fields.items.front().second = hub("Commissioned");
  CHECK(hosts.b.answer("eis", fields) == "409");

  hosts.b.import_rows("devices", hub("Pending") + ",CHF,Commissioned\n");
  CHECK(hosts.a.answer("sna", "8.14.3", hub("Pending")) == "E5");
  CHECK(hosts.b.answer("sna", "8.14.3", hub("Pending")) == "E5");
}

TEST_CASE("Copies that reach several hosts at once give one outcome and the same octets",
          "[R16][R24]") {
  TwoHosts hosts;
  constexpr int kRounds = 10, kClients = 12;
  for (int round = 0; round < kRounds; ++round) {
    const std::string document =
        hosts.a.sign("sna", hosts.a.request("sna", "8.14.3", hub("Pending")));
    std::mutex mutex;
    std::set<std::string> answers;
    std::barrier start(kClients);
    std::vector<std::jthread> clients;
    for (int i = 0; i < kClients; ++i) {
      clients.emplace_back([&, client = (i % 2 == 0 ? hosts.a : hosts.b).client()]() mutable {
        start.arrive_and_wait();
        const HttpReply reply = faults::post(client, document);
        const std::lock_guard lock(mutex);
        answers.insert(code_of(reply) + " " + reply.body);
      });
    }
    clients.clear();
    INFO(round);
    REQUIRE(answers.size() == 1);
    CHECK_THAT(*answers.begin(), Catch::Matchers::StartsWith("I99 "));
  }
  CHECK(hosts.a.outcomes().size() == kRounds);
  CHECK(hosts.b.returns().size() == kRounds);
  check_whole(hosts);
}

TEST_CASE("Who follows one host sees what all hosts commit, each once and nothing behind itself",
          "[R24]") {
  TwoHosts hosts;
  faults::Ledger ledger;
  Order outcomes, returns;
  std::multiset<std::string> ids, returned;
  std::string outcomes_resume = "0", returns_resume = "0";
  const auto follow_both = [&](HostFixture& host) {
    follow(host, "outcomes", outcomes_resume,
           [&](const auto& row) { ids.insert(add(row, outcomes)); });
    follow(host, "returns", returns_resume,
           [&](const auto& row) { returned.insert(add(row, returns)); });
  };
  {
    const faults::Load a(hosts.a, ledger, 3, 1), b(hosts.b, ledger, 3, 2);
    for (int i = 0; i < 8; ++i) {
      REQUIRE(ledger.await_answers(10));
      follow_both(hosts.a);
    }
  }
  const std::size_t before = ids.size();
  CHECK(before > 0);
  follow_both(hosts.b);

  CHECK(ledger.violations().empty());
  CHECK(outcomes.size() == 4);
  for (const auto& [chain, cursors] : outcomes) {
    INFO(chain);
    for (std::size_t i = 0; i < cursors.size(); ++i) {
      REQUIRE(cursors[i] == static_cast<std::int64_t>(i) + 1);
    }
  }
  for (const auto& [chain, cursors] : returns) CHECK(std::ranges::is_sorted(cursors));
  std::multiset<std::string> asked, accepted;
  for (const auto& one : ledger.exchanges()) {
    CHECK_FALSE(one.response.empty());
    asked.insert(one.request_id);
    if (one.expected == "I99") accepted.insert(one.request_id);
  }
  CHECK(ids == asked);
  CHECK(returned == accepted);
  check_whole(hosts);
}

TEST_CASE("Of two hosts with the same name the one that is fenced says so and answers 503",
          "[R24]") {
  TwoHosts hosts(1);
  const Exchange before = exchange(hosts.a);
  HostFixture other(hosts.database.options("host-a", 1), hosts.a);
  other.start();
  const Exchange taken = exchange(other);
  REQUIRE(element_text(taken.response, "sr:ResponseCode") == "I99");

  const std::string document =
      hosts.a.sign("sna", hosts.a.request("sna", "8.14.3", hub("Pending")));
  CHECK(hosts.a.post(document).status == 503);
  const std::string line = hosts.a.process().wait_for_line("a commit failed");
  CHECK_THAT(line, Contains("another host commits to chain host-a.0") &&
                       Contains("is [store] host the same on two machines?"));
  CHECK_THAT(hosts.a.process().err(), !Contains(std::string(StoreDatabase::kPassword)));
  CHECK(hosts.a.admin("GET", "/readyz").status == 503);
  // What was answered stays answered, and what was not is somebody else's to answer.
  CHECK(hosts.a.post(before.document).body == before.response);
  CHECK(hosts.a.post(taken.document).body == taken.response);
  CHECK(code_of(other.post(document)) == "I99");
  CHECK(hosts.b.outcomes().size() == 3);
  check_whole(hosts);
}
