// SPDX-License-Identifier: Apache-2.0
//
// What was answered stays answered: over a stop, and over a kill.
#include <catch2/catch.hpp>
#include <mutex>
#include <thread>

#include "support/host_fixture.hpp"

using namespace support;

namespace {

struct Exchange {
  std::string request, response;
};

std::vector<Exchange> exchange_some(HostFixture& host) {
  std::vector<Exchange> done;
  for (const std::string user : {"eis", "sna", "es", "unknown", "lonely", "gis"}) {
    const std::string request = host.sign(user, host.request(user, "8.14.3", hub("Pending")));
    done.push_back({request, host.post(request).body});
  }
  return done;
}

void check_all_kept(HostFixture& host, const std::vector<Exchange>& done) {
  for (const Exchange& exchange : done) {
    const HttpReply reply = host.post(exchange.request);
    CHECK(reply.status == 200);
    CHECK(reply.body == exchange.response);
  }
}

}  // namespace

TEST_CASE("A restart keeps everything", "[R24]") {
  HostFixture host;
  for (const bool hard : {false, true}) {
    INFO(hard);
    const auto done = exchange_some(host);
    const auto outcomes = host.outcomes();
    const auto returns = host.returns();
    if (hard) {
      host.kill();
    } else {
      host.stop();
    }
    host.start();
    CHECK(host.outcomes() == outcomes);
    CHECK(host.returns() == returns);
    check_all_kept(host, done);
    CHECK(host.outcomes() == outcomes);

    CHECK(host.answer("eis", "8.14.3", hub("Pending")) == "I99");
    const auto last = outcomes.back().at("cursor").as_int64();
    CHECK(host.outcomes().back().at("cursor").as_int64() > last);
  }
}

TEST_CASE("Every answer that left before a kill is on disk", "[R24]") {
  HostFixture host;
  std::mutex mutex;
  std::condition_variable enough;
  std::vector<Exchange> done;
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&, client = host.client()]() mutable {
      try {
        for (;;) {
          const auto request = host.sign("eis", host.request("eis", "8.14.4", hub("Pending")));
          const auto reply = client.send("POST", "/api/v1/serviceD",
                                         {{"Content-Type", "application/xml"}}, request);
          const std::lock_guard lock(mutex);
          done.push_back({request, reply.body});
          enough.notify_one();
        }
      } catch (const std::exception&) {
        // The host is gone.
      }
    });
  }
  {
    std::unique_lock lock(mutex);
    CHECK(enough.wait_for(lock, kPatience, [&] { return done.size() >= 200; }));
  }
  host.kill();
  for (auto& client : clients) client.join();

  host.start();
  CHECK(host.outcomes().size() >= done.size());
  check_all_kept(host, done);
}
