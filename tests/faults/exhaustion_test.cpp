// SPDX-License-Identifier: Apache-2.0
//
// A host that runs out of descriptors or of memory: whatever it still answers is right, what it
// accepted is kept, and when there is enough again it goes on.
#include <sys/resource.h>

#include <algorithm>
#include <boost/beast/core/error.hpp>
#include <catch2/catch.hpp>
#include <deque>
#include <future>
#include <optional>
#include <stdexcept>

#include "faulty_host.hpp"
#include "load.hpp"

using namespace support;
using namespace faults;

namespace {

constexpr const char* kGetNothing = "GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

}  // namespace

TEST_CASE("Descriptors exhausted - who is connected is served, who waits is served later") {
  FaultyHost host;
  host.start({"env",
              "UBSAN_OPTIONS=suppressions=" DCC_SOURCE_DIR "/tests/faults/no_descriptors.supp",
              "prlimit", "--nofile=64"});
  const std::string first = host.good_request();
  CHECK(code_of(host.post(first)) == "I99");
  std::deque<HttpClient> crowd;
  for (int i = 0; i < 100; ++i) {
    crowd.push_back(host.client());
    crowd.back().write(kGetNothing);
  }
  host.process().wait_for_line("Too many open files");
  const std::string second = host.good_request();
  const auto answer = host.post(second);
  CHECK(code_of(answer) == "I99");
  CHECK(host.post(second).body == answer.body);
  // The last of them have never been accepted; now there is room.
  for (int i = 0; i < 80; ++i) crowd.pop_front();
  for (auto& waiting : crowd) CHECK(waiting.receive().status == 404);
  crowd.clear();
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  CHECK(host.admin("GET", "/healthz").status == 200);
  CHECK(host.reload() == 200);
  host.check_whole(3);
}

#if !SANITIZED  // their allocators are their own, and want all the address space that there is

namespace {

void set_soft_limit(HostFixture& host, __rlimit_resource resource, rlim_t soft) {
  rlimit limit{};
  REQUIRE(::prlimit(host.process().pid(), resource, nullptr, &limit) == 0);
  limit.rlim_cur = std::min(soft, limit.rlim_max);
  REQUIRE(::prlimit(host.process().pid(), resource, &limit, nullptr) == 0);
}

// Resident and not: what the process has mapped, in octets.
rlim_t address_space(HostFixture& host) {
  const auto statm = read_file("/proc/" + std::to_string(host.process().pid()) + "/statm");
  return std::stoull(statm) * 4096;
}

// Sends documents one after the other, each once. Returns those that were not accepted: told so, or
// the connection ended. Waiting in vain is neither.
std::vector<std::string> send_all(HostFixture& host, const std::vector<std::string>& documents) {
  std::vector<std::string> left;
  std::optional<HttpClient> client;
  for (const std::string& document : documents) {
    try {
      if (!client) client.emplace(host.client());
      const std::string code = code_of(post(*client, document));
      if (code == "I99") continue;
      if (code != "500" && code != "503") throw std::logic_error("answered " + code);
    } catch (const boost::system::system_error& error) {
      if (error.code() == boost::beast::error::timeout) throw;
      client.reset();
    }
    left.push_back(document);
  }
  return left;
}

}  // namespace

TEST_CASE("Memory exhausted - allocations fail now and then in every thread") {
  constexpr int kClients = 3;
  constexpr int kEach = 40;
  FaultyHost host;
  host.start_with_shim();
  const std::string known = host.good_request();
  const std::string response = host.post(known).body;
  std::size_t asked = 1;
  // From hardly anything succeeds to hardly anything fails.
  for (const int share : {23, 211, 1009, 5003}) {
    std::vector<std::vector<std::string>> documents(kClients);
    std::vector<std::future<std::vector<std::string>>> clients;
    for (auto& own : documents) {
      for (int i = 0; i < kEach; ++i) own.push_back(host.good_request());
      asked += own.size();
    }
    const auto failed = host.switches().failed;
    host.switches().allocations = share;
    for (const auto& own : documents) {
      clients.push_back(std::async(std::launch::async, [&] { return send_all(host, own); }));
    }
    std::vector<std::string> left;
    for (auto& client : clients) {
      for (auto& document : client.get()) left.push_back(std::move(document));
    }
    host.switches().allocations = 0;
    INFO("one allocation in " << share << " failed, " << left.size() << " requests were left");
    CHECK(host.switches().failed > failed);
    REQUIRE_FALSE(host.process().ended());
    for (const auto& document : left) CHECK(code_of(host.post(document)) == "I99");
    CHECK(host.post(known).body == response);
  }
  CHECK(host.admin("GET", "/healthz").status == 200);
  CHECK(host.reload() == 200);
  host.check_whole(asked);
}

TEST_CASE("Memory exhausted - a limit on the address space") {
  FaultyHost host;
  host.start();
  const std::string known = host.good_request();
  const std::string response = host.post(known).body;
  set_soft_limit(host, RLIMIT_AS, address_space(host));
  // Larger than anything that is lying about in the heap.
  std::size_t accepted = 1;
  std::vector<std::string> unanswered;
  for (int i = 0; i < 12; ++i) {
    const std::string document = host.good_request();
    const std::string large = document + std::string(900'000, ' ');
    try {
      const auto reply = host.client().send("POST", "/api/v1/serviceD",
                                            {{"Content-Type", "application/xml"}}, large);
      const std::string code = code_of(reply);
      INFO(code);
      CHECK((code == "I99" || code == "500" || code == "503"));
      if (code == "I99") ++accepted;
      if (code != "I99") unanswered.push_back(document);
    } catch (const std::exception&) {
      unanswered.push_back(document);
    }
    if (host.process().ended()) break;
  }
  if (host.process().ended()) {
    host.kill();
    host.start();
  } else {
    set_soft_limit(host, RLIMIT_AS, RLIM_INFINITY);
  }
  CHECK(host.post(known).body == response);
  for (const auto& document : unanswered) CHECK(code_of(host.post(document)) == "I99");
  host.check_whole(accepted + unanswered.size());
}

#endif
