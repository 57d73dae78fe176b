// SPDX-License-Identifier: Apache-2.0
//
// What the listener grants a client, and what it does with one that wants more.
#include <catch2/catch.hpp>

#include "listener_fixture.hpp"

using namespace listener;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

TEST_CASE("the last request that a connection may make is answered, then it closes") {
  auto o = options();
  o.max_requests = 3;
  const Server server(echo, o);
  Client client(server);
  CHECK(client.exchange(post("1")).keep_alive());
  CHECK(client.exchange("GET /api/v1/serviceD HTTP/1.1\r\nHost: x\r\n\r\n").keep_alive());
  const auto last = client.exchange(post("3"));
  CHECK(last.body() == "3");
  CHECK_FALSE(last.keep_alive());
  CHECK(client.closed());
  CHECK(Client(server).exchange(post("4")).body() == "4");
}

TEST_CASE("requests sent ahead of the last one allowed do not cost the answers before them") {
  auto o = options();
  o.max_requests = 3;
  const Server server(echo, o);
  Client client(server);
  std::string ahead;
  for (int i = 0; i < 2000; ++i) ahead += post("x");
  client.send(ahead);
  for (int i = 0; i < 3; ++i) CHECK(client.receive().body() == "x");
  boost::system::error_code error;
  char octet = 0;
  asio::read(client.socket, asio::buffer(&octet, 1), error);
  CHECK(error == asio::error::eof);
}

TEST_CASE("a head of the limit is read, one that is larger is refused") {
  auto o = options();
  o.max_head = 2048;
  const Server server(echo, o);
  const auto with_head_of = [](std::size_t size) {
    const std::string rest = head(1, "X: \r\n") + "x";
    return head(1, "X: " + std::string(size - rest.size() + 1, 'x') + "\r\n") + "x";
  };
  CHECK(Client(server).exchange(with_head_of(2000)).result_int() == 200);
  const auto refused = Client(server).exchange(with_head_of(4000));
  CHECK(refused.result_int() == 431);
  CHECK_THAT(refused.body(), Contains("2048"));
}

TEST_CASE("bodies in memory have a budget, and a request over it is answered 503") {
  auto o = options();
  o.body_budget = 6000;
  o.stop_timeout = 1ms;  // what is held at the end is nobody's concern
  Held held;
  const Server server(held.handle(), o);
  Client first(server);
  first.send(post(std::string(4000, 'a')));
  held.wait_for(1);

  SECTION("by its length, before its body is read") {
    const auto refused = Client(server).exchange(head(2001, "Expect: 100-continue\r\n"));
    CHECK(refused.result_int() == 503);
    CHECK(std::string(refused[http::field::retry_after]) == "1");
  }
  SECTION("by what has come, if it does not say its length") {
    Client second(server);
    const auto refused = second.exchange(
        "POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\n"
        "Transfer-Encoding: chunked\r\n\r\n800\r\n" +
        std::string(2048, 'x') + "\r\n");
    CHECK(refused.result_int() == 503);
    CHECK_FALSE(refused.keep_alive());
    CHECK(second.closed());
  }
  SECTION("when two announce more than fits") {
    Client second(server);
    second.send(head(1500) + std::string(1499, 'b'));
    Client third(server);
    const auto refused = third.exchange(head(1999) + std::string(1999, 'c'));
    CHECK(refused.result_int() == 503);
    second.send("b");
    held.wait_for(2);
  }

  held.answer_one();
  CHECK(first.receive().result_int() == 200);
  // What was taken is given back with the answer, and with a connection that goes.
  Client again(server);
  again.send(post(std::string(4000, 'd')));
  held.wait_for(1);
  held.answer_all();
}

TEST_CASE("a body that comes too slowly is answered 408 and ends the connection") {
  auto o = options();
  o.request_timeout = 20ms;
  const Server server(echo, o);
  Client client(server);
  CHECK(client.exchange(head(10) + "x").result_int() == 408);
  CHECK(client.closed());
}

TEST_CASE("a client that does not take its answer is left") {
  auto o = options();
  o.answer_timeout = 20ms;
  o.max_connections = 1;
  const std::string much(64U << 20, 'x');
  const Server server(
      [&](std::string_view, const sample::Peer&, std::string body, sample::Done done) {
        done({200, "text/plain", body == "much" ? much : body});
      },
      o);
  Client client(server);
  client.send(post("much"));
  client.socket.wait(asio::ip::tcp::socket::wait_read);
  // Its place is free as soon as the server has given up.
  while (Client(server).exchange(post("x")).result_int() == 503) continue;
  std::size_t received = 0;
  std::vector<char> block(1U << 20);
  boost::system::error_code error;
  while (!error) received += client.socket.read_some(asio::buffer(block), error);
  CHECK(received > 0);
  CHECK(received < much.size());
}
