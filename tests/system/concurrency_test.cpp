// SPDX-License-Identifier: Apache-2.0
//
// Many at once: copies, different requests, and an inventory that changes meanwhile.
#include <atomic>
#include <barrier>
#include <catch2/catch.hpp>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "support/host_fixture.hpp"

using namespace support;

namespace {

// Calls `task(client, index)` in `count` threads that begin together, each with a connection.
template <typename Task>
void all_at_once(const HostFixture& host, int count, Task task) {
  std::barrier start(count);
  std::vector<std::thread> threads;
  for (int index = 0; index < count; ++index) {
    threads.emplace_back([&, index, client = host.client()]() mutable {
      start.arrive_and_wait();
      task(client, index);
    });
  }
  for (auto& thread : threads) thread.join();
}

HttpReply post(HttpClient& client, const std::string& document) {
  return client.send("POST", "/api/v1/serviceD", {{"Content-Type", "application/xml"}}, document);
}

std::int64_t hub_revision(const boost::json::value& outcome) {
  return outcome.at("facts").as_array().at(1).at("revision").as_int64();
}

}  // namespace

TEST_CASE("Copies in flight together give one outcome and the same octets", "[R16][R24]") {
  HostFixture host;
  for (int round = 0; round < 10; ++round) {
    const std::string document = host.sign("sna", host.request("sna", "8.14.3", hub("Pending")));
    std::mutex mutex;
    std::map<std::string, int> answers;
    all_at_once(host, 16, [&](HttpClient& client, int) {
      const HttpReply reply = post(client, document);
      const std::lock_guard lock(mutex);
      ++answers[code_of(reply) + " " + reply.body];
    });
    INFO(answers.begin()->first);
    CHECK(answers.size() == 1);
    CHECK(answers.begin()->first.substr(0, 4) == "I99 ");
  }
  CHECK(host.outcomes().size() == 10);
  CHECK(host.returns().size() == 10);
}

TEST_CASE("Two requests that race for one RequestID: one is answered, the other is 409", "[R25]") {
  HostFixture host;
  for (int round = 0; round < 10; ++round) {
    const auto fields = host.request("eis", "8.14.3", hub("Pending"));
    auto other = fields;
    other.items.back().second = "LED Fault";
    const std::string documents[] = {host.sign("eis", fields), host.sign("eis", other)};
    std::mutex mutex;
    std::multiset<std::string> codes;
    all_at_once(host, 2, [&](HttpClient& client, int index) {
      const std::string code = code_of(post(client, documents[index]));
      const std::lock_guard lock(mutex);
      codes.insert(code);
    });
    CHECK(codes == std::multiset<std::string>{"409", "I99"});
  }
  CHECK(host.outcomes().size() == 10);
}

TEST_CASE("Different requests from many connections are all answered, each once", "[R23][R24]") {
  HostFixture host;
  constexpr int kConnections = 16, kRequests = 25;
  const std::string users[] = {"eis", "gis", "sna", "es"};
  std::atomic<int> wrong = 0;
  all_at_once(host, kConnections, [&](HttpClient& client, int index) {
    const std::string& user = users[index % 4];
    for (int i = 0; i < kRequests; ++i) {
      const auto fields = host.request(user, "8.14.4", hub("Pending"));
      const HttpReply reply = post(client, host.sign(user, fields));
      const std::string expected = user == "es" ? "E2" : "I99";
      if (code_of(reply) != expected ||
          element_text(reply.body, "sr:RequestID") != fields.request_id) {
        ++wrong;
      }
    }
  });
  CHECK(wrong == 0);
  std::set<std::string> ids;
  for (const auto& outcome : host.outcomes()) {
    ids.insert(std::string(outcome.at("request_id").as_string()));
  }
  CHECK(ids.size() == kConnections * kRequests);
  CHECK(host.outcomes().size() == kConnections * kRequests);
}

// The inventory's state at an outcome's place in commit order is the one that it was decided by.
// The hub's status alternates, so its revision tells which status that was.
TEST_CASE("No return is accepted for a hub that had stopped being Pending", "[R5][R8][R22][R26]") {
  HostFixture host;
  REQUIRE(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  const std::int64_t pending = hub_revision(host.outcomes().front()) % 2;

  constexpr int kAtLeast = 100;
  std::atomic<int> accepted = 0, rejected = 0, odd = 0;
  std::atomic<bool> stop = false;
  std::vector<std::thread> agents;
  for (int i = 0; i < 4; ++i) {
    agents.emplace_back([&, client = host.client()]() mutable {
      while (!stop) {
        const auto document = host.sign("sna", host.request("sna", "8.14.3", hub("Pending")));
        const std::string code = code_of(post(client, document));
        ++(code == "I99" ? accepted : code == "E5" ? rejected : odd);
      }
    });
  }
  int toggles = 0;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while ((toggles < 30 || accepted < kAtLeast || rejected < kAtLeast) &&
         std::chrono::steady_clock::now() < deadline) {
    const char* status = ++toggles % 2 == 1 ? "Commissioned" : "Pending";
    host.import_rows("devices", hub("Pending") + ",CHF," + status + "\n");
  }
  stop = true;
  for (auto& agent : agents) agent.join();
  CHECK(accepted >= kAtLeast);
  CHECK(rejected >= kAtLeast);
  CHECK(odd == 0);

  std::int64_t latest = 0;
  for (const auto& outcome : host.outcomes()) {
    INFO(outcome);
    const std::int64_t revision = hub_revision(outcome);
    CHECK(revision >= latest);
    latest = revision;
    CHECK((outcome.at("code").as_string() == "I99") == (revision % 2 == pending));
  }
}

TEST_CASE("No request fails because settings are swapped under load", "[R12][R23][R24]") {
  HostFixture host;
  std::atomic<bool> stop = false;
  std::atomic<int> answered = 0, odd = 0;
  std::vector<std::thread> agents;
  for (int i = 0; i < 4; ++i) {
    agents.emplace_back([&, client = host.client()]() mutable {
      while (!stop) {
        const auto document = host.sign("sna", host.request("sna", "8.14.4", hub("Pending")));
        const std::string code = code_of(post(client, document));
        ++(code == "I99" || code == "E2" ? answered : odd);
      }
    });
  }
  std::string off = ch_returns_settings();
  for (int i = 0; i < 2; ++i) off = edited(off, "SNA = Pending", "SNA = none");
  for (int i = 0; i < 20; ++i) {
    write_file(host.settings() / "ch-returns.ini", i % 2 == 0 ? off : ch_returns_settings());
    CHECK(host.reload() == 200);
    CHECK(host.answer("sna", "8.14.4", hub("Pending")) == (i % 2 == 0 ? "E2" : "I99"));
  }
  stop = true;
  for (auto& agent : agents) agent.join();
  CHECK(answered > 0);
  CHECK(odd == 0);
}
