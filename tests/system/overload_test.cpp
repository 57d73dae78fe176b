// SPDX-License-Identifier: Apache-2.0
//
// More requests at a time than the host can answer in time.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "support/host_fixture.hpp"

using namespace support;

namespace {

using Clock = std::chrono::steady_clock;

// What a client of DUIS waits for an answer at most.
constexpr std::chrono::seconds kClientWaits{3};

struct Caller {
  HttpClient client;
  std::string request;  // empty: it was accepted
};

std::string octets(const std::string& document) {
  return "POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\n"
         "Content-Length: " +
         std::to_string(document.size()) + "\r\n\r\n" + document;
}

struct Round {
  std::size_t accepted = 0;
  std::size_t shed = 0;
  Clock::duration slowest{};  // of those accepted
};

// All who have not been accepted yet ask at once.
Round ask(std::vector<Caller>& callers) {
  Round round;
  const auto begin = Clock::now();
  for (auto& caller : callers) {
    if (!caller.request.empty()) caller.client.write(caller.request);
  }
  for (auto& caller : callers) {
    if (caller.request.empty()) continue;
    const auto reply = caller.client.receive();
    if (code_of(reply) == "I99") {
      ++round.accepted;
      round.slowest = std::max(round.slowest, Clock::now() - begin);
      caller.request.clear();
      continue;
    }
    REQUIRE(reply.status == 503);
    CHECK(reply.field("retry-after") == "1");
    ++round.shed;
  }
  return round;
}

}  // namespace

TEST_CASE("Overload: what is accepted is answered in time, the rest is told to come again",
          "[R23][R24]") {
  HostFixture::Options options;
  options.http = "max_wait_ms = 2\n";
  HostFixture host(options);
  host.start();
  constexpr std::size_t kCallers = 300;
  std::vector<Caller> callers;
  for (std::size_t i = 0; i < kCallers; ++i) {
    callers.push_back(
        {host.client(), octets(host.sign("sna", host.request("sna", "8.14.3", hub("Pending"))))});
  }

  const Round first = ask(callers);
  CHECK(first.accepted > 0);
  CHECK(first.shed > 0);
  CHECK(first.slowest < kClientWaits);
  std::size_t accepted = first.accepted;
  int rounds = 1;
  for (; accepted < kCallers; ++rounds) {
    const Round next = ask(callers);
    CHECK(next.slowest < kClientWaits);
    accepted += next.accepted;
  }
  // Who was told to come again had left nothing behind, and came on the same connection.
  CHECK(host.returns().size() == kCallers);
  const auto slowest = std::chrono::duration_cast<std::chrono::milliseconds>(first.slowest);
  WARN(kCallers << " at once: " << first.accepted << " accepted in at most " << slowest.count()
                << " ms, " << first.shed << " told 503; all accepted after " << rounds
                << " rounds");
}
