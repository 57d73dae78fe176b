// SPDX-License-Identifier: Apache-2.0
//
// What is turned away so that the rest is answered in time.
#include <atomic>
#include <catch2/catch.hpp>
#include <deque>
#include <future>

#include "http/request_queue.hpp"
#include "listener_fixture.hpp"

using namespace listener;
using namespace std::chrono_literals;
using Queue = sample::RequestQueue<int>;
using Time = Queue::Clock::time_point;

// The queue learns that a turn takes `each`; ends empty.
void take_turns(Queue& queue, std::chrono::nanoseconds each, int count) {
  Time now{};
  for (int i = 0; i <= count; ++i) queue.push(i, now);
  for (; !queue.empty(); now += each) queue.pop(now);
}

TEST_CASE("a queue admits what its worker can do in time") {
  Queue queue(100ms);
  CHECK(queue.admits({}));
  take_turns(queue, 30ms, 1);
  for (int i = 0; i < 3; ++i) {
    CHECK(queue.admits({}));
    queue.push(i, Time(0ms));
  }
  CHECK(queue.admits(10ms));
  CHECK_FALSE(queue.admits(11ms));
  queue.push(3, Time(0ms));
  CHECK_FALSE(queue.admits({}));
  queue.pop(Time(1ms));
  CHECK(queue.admits({}));
}

TEST_CASE("what a worker does between its requests counts, waiting for one does not") {
  Queue queue(100ms);
  queue.push(1, Time(0ms));
  queue.push(2, Time(0ms));
  queue.pop(Time(10ms));
  queue.pop(Time(50ms));  // the first turn was 40 ms
  queue.push(3, Time(1h));
  queue.pop(Time(1h));
  queue.push(4, Time(1h));
  queue.push(5, Time(1h));
  CHECK(queue.admits(20ms));
  CHECK_FALSE(queue.admits(21ms));
}

TEST_CASE("a request that came too late to be served tells nothing about a turn") {
  Queue queue(100ms);
  take_turns(queue, 40ms, 1);
  for (int i = 0; i < 3; ++i) queue.push(i, Time(0ms));
  for (int i = 0; i < 3; ++i) CHECK(queue.pop(Time(1h)).second);
  queue.push(4, Time(1h));
  CHECK(queue.admits(60ms));
  CHECK_FALSE(queue.admits(61ms));
}

TEST_CASE("a queue gives requests in order, and says which come too late") {
  Queue queue(100ms);
  queue.push(1, Time(0ms));
  queue.push(2, Time(50ms));
  CHECK(queue.pop(Time(101ms)) == std::pair(1, true));
  CHECK(queue.pop(Time(150ms)) == std::pair(2, false));
  CHECK(queue.empty());
}

TEST_CASE("a single slow request turns nobody away and many do") {
  const auto slow = GENERATE(1, 4);
  Queue queue(100ms);
  take_turns(queue, 1ms, 2);
  for (int i = 0; i < slow; ++i) take_turns(queue, 80ms, 1);
  for (int i = 0; i < 50; ++i) queue.push(i, Time());
  CHECK(queue.admits({}) == (slow == 1));
  while (!queue.empty()) queue.pop(Time());
  // Else it would never learn that things have become better.
  CHECK(queue.admits({}));
}

TEST_CASE("without a limit a queue admits everything") {
  Queue queue(0ms);
  take_turns(queue, 1h, 1);
  queue.push(1, Time());
  CHECK(queue.admits(1h));
  CHECK(queue.pop(Time(24h)) == std::pair(1, false));
}

TEST_CASE(
    "a request that would wait too long behind the worker is shed, and its connection lives") {
  auto o = options();
  o.max_wait = 100ms;
  std::atomic<std::int64_t> backlog_us = 0;
  std::atomic<int> handled = 0;
  const Server server(
      [&](std::string_view, const sample::Peer&, std::string body, sample::Done done) {
        ++handled;
        done({200, "application/xml", std::move(body)});
      },
      o, [&] { return std::chrono::microseconds(backlog_us); });
  Client client(server);
  backlog_us = 100'001;
  const auto shed = client.exchange(post("x"));
  CHECK(shed.result_int() == 503);
  CHECK(std::string(shed[http::field::retry_after]) == "1");
  CHECK(shed.keep_alive());
  CHECK(handled == 0);
  backlog_us = 100'000;
  CHECK(client.exchange(post("y")).body() == "y");
}

TEST_CASE("how many requests wait is known") {
  auto o = options();
  std::atomic<std::size_t> seen = 0;
  std::atomic<bool> hold = false;  // the next request
  std::promise<void> first, go;
  const Server server(
      [&](std::string_view, const sample::Peer&, std::string body, sample::Done done) {
        if (hold.exchange(false)) {
          first.set_value();
          go.get_future().wait();
        }
        seen = std::max(seen.load(), o.waiting->load());
        done({200, "application/xml", std::move(body)});
      },
      o);
  std::deque<Client> clients;
  for (int i = 0; i < 4; ++i) clients.emplace_back(server);
  for (Client& client : clients) CHECK(client.exchange(post("x")).result_int() == 200);
  hold = true;
  clients[0].send(post("x"));
  first.get_future().wait();
  // The worker finds these together when it comes back.
  for (std::size_t i = 1; i < clients.size(); ++i) clients[i].send(post("x"));
  go.set_value();
  for (Client& client : clients) CHECK(client.receive().result_int() == 200);
  CHECK(seen >= 1);
  CHECK(*o.waiting == 0);
}

TEST_CASE("a request that has waited too long all the same is shed when its turn comes") {
  auto o = options();
  o.max_wait = 50ms;
  std::promise<void> inside;
  std::promise<void> go_on;
  const Server server(
      [&](std::string_view, const sample::Peer&, std::string body, sample::Done done) {
        if (body.starts_with('b')) {
          inside.set_value();
          go_on.get_future().wait();
        } else if (body.starts_with('s')) {
          const auto end = std::chrono::steady_clock::now() + 2 * o.max_wait;
          while (std::chrono::steady_clock::now() < end) continue;
        }
        done({200, "application/xml", std::move(body)});
      },
      o);
  Client first(server);
  Client second(server);
  Client third(server);
  for (Client* client : {&first, &second, &third}) {
    CHECK(client->exchange(post("hello")).result_int() == 200);
  }
  first.send(post("block"));
  inside.get_future().wait();
  // Both are there when the worker looks again, and in the queue before one of them is served.
  second.send(post("slow"));
  third.send(post("late"));
  go_on.set_value();
  CHECK(first.receive().result_int() == 200);
  CHECK(second.receive().result_int() == 200);
  const auto shed = third.receive();
  CHECK(shed.result_int() == 503);
  CHECK(shed.keep_alive());
  CHECK(third.exchange(post("again")).body() == "again");
}
