// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <catch2/catch.hpp>
#include <deque>
#include <future>
#include <sstream>
#include <thread>

#include "http/server.hpp"
#include "listener_fixture.hpp"
#include "services/service_site.hpp"

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using namespace std::chrono_literals;
using asio::ip::tcp;
using Catch::Matchers::Contains;
using listener::Held;
using sample::Answer;
using sample::Done;
using sample::Handle;
using sample::HttpServer;
using sample::Peer;
using sample::Post;
using Response = http::response<http::string_body>;

namespace {

// Answers at once, with what it was asked.
void echo(std::string_view endpoint, const Peer&, std::string body, Done done) {
  done({200, "application/xml", std::string(endpoint) + ":" + body});
}

HttpServer::Options options() {
  HttpServer::Options options;
  options.address = "127.0.0.1";
  options.workers = 2;
  options.max_body = 4096;
  return options;
}

class Server : public HttpServer {
 public:
  explicit Server(const Handle& handle, const Options& o = options())
      : HttpServer(
            o, [handle](const sample::SiteContext&) { return sample::make_service_site(handle); }) {
    start();
  }
};

class Client {
 public:
  explicit Client(const HttpServer& server) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), server.port()});
  }

  void send(std::string_view text) { asio::write(socket_, asio::buffer(text)); }
  void try_send(std::string_view text, boost::system::error_code& error) {
    asio::write(socket_, asio::buffer(text), error);
  }

  Response receive(bool to_head = false) {
    http::response_parser<http::string_body> parser;
    parser.skip(to_head);
    http::read(socket_, buffer_, parser);
    return parser.release();
  }
  Response exchange(std::string_view text) {
    send(text);
    return receive();
  }

  // True: the server has closed the connection, whatever was not read, and sent nothing more.
  bool ended() {
    boost::system::error_code error;
    char octet = 0;
    return asio::read(socket_, asio::buffer(&octet, 1), error) == 0 && error;
  }
  // True: the server has closed the connection, in order, and sent nothing more.
  bool closed() {
    boost::system::error_code error;
    char octet = 0;
    const auto size = asio::read(socket_, asio::buffer(&octet, 1), error);
    return size == 0 && error == asio::error::eof;
  }

 private:
  asio::io_context context_;
  tcp::socket socket_{context_};
  beast::flat_buffer buffer_;
};

std::string post(std::string_view path, std::string_view body,
                 std::string_view fields = "Content-Type: application/xml\r\n") {
  std::string text = "POST " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n";
  text.append(fields).append("Content-Length: ").append(std::to_string(body.size()));
  return text.append("\r\n\r\n").append(body);
}

// Each worker stops in its own time, so the listener may be open a little longer.
void connect_until_refused(const HttpServer& server) {
  for (;;) Client another(server);
}

std::string field(const Response& response, http::field name) {
  return std::string(response[name]);
}

}  // namespace

TEST_CASE("each service gets its requests, on one connection") {
  const Server server(echo);
  Client client(server);
  for (const std::string name : {"serviceD", "serviceS", "serviceT"}) {
    const auto response = client.exchange(post("/api/v1/" + name, "<x/>"));
    CHECK(response.result_int() == 200);
    CHECK(response.body() == name + ":<x/>");
    CHECK(field(response, http::field::content_type) == "application/xml");
    CHECK_THAT(field(response, http::field::date), Catch::EndsWith(" GMT"));
    CHECK(response.keep_alive());
  }
}

TEST_CASE("case and other parameters of the content type do not matter") {
  const Server server(echo);
  Client client(server);
  for (const std::string type :
       {"application/xml; charset=utf-8", "Application/XML;Charset=UTF-8", "application/xml ;q=1",
        "application/xml;charset=\"utf-8\"", "application/xml; q=1; charset=Utf-8;"}) {
    CHECK(client.exchange(post("/api/v1/serviceD", "x", "Content-Type: " + type + "\r\n"))
              .result_int() == 200);
  }
}

TEST_CASE("what is no Service Request is refused with a problem detail") {
  struct Case {
    std::string request;
    unsigned status;
  };
  const std::string xml = "Content-Type: application/xml\r\n";
  const auto c = GENERATE_COPY(values<Case>({
      {post("/", "x"), 404},
      {post("/api/v1/serviceX", "x"), 404},
      {post("/api/v1/serviceD/", "x"), 404},
      {post("/api/v1/serviceD?x=1", "x"), 404},
      {post("/api/v1/", "x"), 404},
      {post("/api/v1/serviceD", "x", ""), 415},
      {post("/api/v1/serviceD", "x", "Content-Type: text/xml\r\n"), 415},
      {post("/api/v1/serviceD", "x", "Content-Type: application/xmlx\r\n"), 415},
      {post("/api/v1/serviceD", "x", xml + "Content-Encoding: gzip\r\n"), 415},
      {post("/api/v1/serviceD", std::string(4097, 'x')), 413},
      {"POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\n" + xml +
           "Transfer-Encoding: chunked\r\n\r\n2000\r\n" + std::string(8192, 'x'),
       413},
      {"POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\n" + xml + "X: " + std::string(17000, 'x'),
       431},
      {"nonsense\r\n\r\n", 400},
      {"POST /api/v1/serviceD HTTP/2.0\r\nHost: x\r\n\r\n", 400},
      {"POST /api/v1/serviceD HTTP/1.1\r\n" + xml + "\r\n", 400},
      {post("/api/v1/serviceD", "x", xml + "Host: other\r\n"), 400},
      {post("/api/v1/serviceD", "x", xml + "Content-Length: 2\r\n"), 400},
      {post("/api/v1/serviceD", "x", xml + "Transfer-Encoding: chunked\r\n"), 400},
      {"POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\n" + xml + "Transfer-Encoding: gzip\r\n\r\nxx",
       400},
      {"POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\n" + xml +
           "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
       501},
      {"POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\n" + xml +
           "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       501},
      {"POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\n" + xml +
           "Transfer-Encoding: Chunked, chunked\r\n\r\n0\r\n\r\n",
       400},
      {"POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\n" + xml +
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
       400},
      {post("/api/v1/serviceD", "x", xml + xml), 400},
      {post("/api/v1/serviceD", "x", "Content-Type: application/xml; charset=iso-8859-1\r\n"), 415},
      {post("/api/v1/serviceD", "x", "Content-Type: application/xml;q=1;Charset=\"x\"\r\n"), 415},
      {post("api/v1/serviceD", "x"), 400},
      {post("*", "x"), 400},
      {post("http:///api/v1/serviceD", "x"), 400},
      {post("http://a@b/api/v1/serviceD", "x"), 400},
      {post("ftp://b/api/v1/serviceD", "x"), 400},
      {post("http://x/api/v1/serviceX", "x"), 404},
      {"POST /api/v1/serviceD HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"POST /api/v1/serviceD HTTP/1.1\r\nHost: a:b\r\n\r\n", 400},
      {"POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\n" + xml +
           "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
       400},
  }));
  std::atomic<int> handled = 0;
  const Server server([&](std::string_view, const Peer&, std::string, Done done) {
    ++handled;
    done({});
  });
  Client client(server);
  const auto response = client.exchange(c.request);
  INFO(c.request.substr(0, 200) << "\n" << response);
  CHECK(response.result_int() == c.status);
  CHECK(field(response, http::field::content_type) == "application/problem+json");
  CHECK_THAT(response.body(), Contains("\"status\":" + std::to_string(c.status)));
  CHECK_FALSE(response.keep_alive());
  CHECK(client.closed());
  CHECK(handled == 0);
}

TEST_CASE("another method is refused with Allow, and the connection lives on") {
  const Server server(echo);
  Client client(server);
  const std::string method = GENERATE("GET", "PUT", "DELETE", "OPTIONS", "BREW");
  const auto response =
      client.exchange(method + " /api/v1/serviceD HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(response.result_int() == 405);
  CHECK(field(response, http::field::allow) == "POST");
  CHECK(client.exchange(post("/api/v1/serviceD", "y")).body() == "serviceD:y");
}

TEST_CASE("an answer to HEAD has no body") {
  const Server server(echo);
  Client client(server);
  for (const std::string target : {"/api/v1/serviceD", "/"}) {
    const std::string rest = target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    auto get = client.exchange("GET " + rest);
    client.send("HEAD " + rest);
    auto head = client.receive(/*to_head=*/true);
    CHECK(head.body().empty());
    CHECK(head.result_int() == (target == "/" ? 404 : 405));
    get.erase(http::field::date);
    head.erase(http::field::date);
    std::ostringstream get_head, head_head;
    get_head << get.base();
    head_head << head.base();
    CHECK(head_head.str() == get_head.str());
  }
  CHECK(client.exchange(post("/api/v1/serviceD", "y")).body() == "serviceD:y");
}

TEST_CASE("too large by its Content-Length is refused before the body is sent") {
  const Server server(echo);
  Client client(server);
  const auto response = client.exchange(
      "POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\n"
      "Expect: 100-continue\r\nContent-Length: 4097\r\n\r\n");
  CHECK(response.result_int() == 413);
}

TEST_CASE("a body of exactly the limit is accepted, in one piece or chunked") {
  const Server server(echo);
  Client client(server);
  const std::string body(4096, 'x');
  CHECK(client.exchange(post("/api/v1/serviceD", body)).body() == "serviceD:" + body);
  CHECK(client
            .exchange("POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml"
                      "\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" +
                      body.substr(2048) + "\r\n800\r\n" + body.substr(2048) + "\r\n0\r\n\r\n")
            .body() == "serviceD:" + body);
}

TEST_CASE("a client that expects it is told to continue") {
  const Server server(echo);
  Client client(server);
  const auto go_on = client.exchange(
      "POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\n"
      "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(go_on.result_int() == 100);
  CHECK(client.exchange("ok").body() == "serviceD:ok");
}

TEST_CASE("requests sent ahead are answered one after the other, in order") {
  const Server server(echo);
  Client client(server);
  client.send(post("/api/v1/serviceD", "1") + post("/api/v1/serviceS", "2") +
              post("/api/v1/serviceT", "3"));
  CHECK(client.receive().body() == "serviceD:1");
  CHECK(client.receive().body() == "serviceS:2");
  CHECK(client.receive().body() == "serviceT:3");
}

TEST_CASE("the connection closes when the client asks for it") {
  const Server server(echo);
  Client client(server);
  const std::string request =
      GENERATE(as<std::string>{},
               "POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\n"
               "Connection: close\r\nContent-Length: 1\r\n\r\nx",
               "POST /api/v1/serviceD HTTP/1.0\r\nContent-Type: application/xml\r\n"
               "Content-Length: 1\r\n\r\nx");
  const auto response = client.exchange(request);
  CHECK(response.body() == "serviceD:x");
  CHECK_FALSE(response.keep_alive());
  CHECK(client.closed());
}

TEST_CASE("an answer may say when to try again") {
  const Server server([](std::string_view, const Peer&, std::string, Done done) {
    Answer answer{503, "application/problem+json", "{}"};
    answer.retry_after = true;
    done(std::move(answer));
  });
  Client client(server);
  const auto response = client.exchange(post("/api/v1/serviceD", "x"));
  CHECK(response.result_int() == 503);
  CHECK(field(response, http::field::retry_after) == "1");
  CHECK(response.keep_alive());
}

TEST_CASE("a handler that throws is answered 500, and the connection lives on") {
  const Server server([](std::string_view, const Peer&, std::string body, Done done) {
    if (body == "bad") throw std::runtime_error("secret");
    done({200, "application/xml", body});
  });
  Client client(server);
  const auto response = client.exchange(post("/api/v1/serviceD", "bad"));
  CHECK(response.result_int() == 500);
  CHECK_THAT(response.body(), !Contains("secret"));
  CHECK(client.exchange(post("/api/v1/serviceD", "good")).body() == "good");
}

TEST_CASE("many requests are in flight at once and are answered from another thread") {
  constexpr std::size_t kClients = 32;
  Held held;
  const Server server(held.handle());
  std::vector<std::unique_ptr<Client>> clients;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < kClients; ++i) {
      if (round == 0) clients.push_back(std::make_unique<Client>(server));
      clients[i]->send(post("/api/v1/serviceD", std::to_string(round * 100) + std::to_string(i)));
    }
    held.wait_for(kClients);
    held.answer_all();
    for (std::size_t i = 0; i < kClients; ++i) {
      CHECK(clients[i]->receive().body() == std::to_string(round * 100) + std::to_string(i));
    }
  }
}

TEST_CASE("a site can post to its own worker's thread") {
  std::promise<std::pair<std::thread::id, std::thread::id>> threads;
  Post post_later;
  HttpServer::Options one = options();
  one.workers = 1;
  HttpServer server(one, [&](const sample::SiteContext& context) {
    CHECK(context.port != 0);
    post_later = context.post;
    return sample::make_service_site([&](std::string_view, const Peer&, std::string, Done done) {
      const auto here = std::this_thread::get_id();
      std::thread([&, here, done] {
        post_later([&, here, done] {
          threads.set_value({here, std::this_thread::get_id()});
          done({200, "application/xml", "later"});
        });
      }).detach();
    });
  });
  server.start();
  Client client(server);
  CHECK(client.exchange(post("/api/v1/serviceD", "x")).body() == "later");
  const auto [handled, posted] = threads.get_future().get();
  CHECK(handled == posted);
  server.stop();
  bool ran = false;
  post_later([&] { ran = true; });
  CHECK_FALSE(ran);
}

TEST_CASE("a stop answers what is in flight, then closes") {
  Held held;
  Server server(held.handle());
  Client busy(server);
  Client idle(server);
  CHECK_FALSE(idle.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").result_int() == 200);
  busy.send(post("/api/v1/serviceD", "in flight"));
  held.wait_for(1);
  auto stopped = std::async(std::launch::async, [&] { server.stop(); });
  CHECK(idle.closed());
  CHECK_THROWS(connect_until_refused(server));
  CHECK(stopped.wait_for(0s) == std::future_status::timeout);
  held.answer_all();
  const auto response = busy.receive();
  CHECK(response.body() == "in flight");
  CHECK_FALSE(response.keep_alive());
  CHECK(busy.closed());
  stopped.get();
}

TEST_CASE("a stop closes at once what has not sent its request") {
  auto o = options();
  o.workers = 1;
  o.stop_timeout = std::chrono::minutes(10);
  Server server(echo, o);
  std::deque<Client> clients;
  for (const std::string begun :
       {"", "\r\n\r", "POST /api/v1/serv", "POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\n",
        "POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\n"
        "Content-Length: 9\r\n\r\nx",
        "POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\n"
        "Transfer-Encoding: chunked\r\n\r\n9\r\nx"}) {
    clients.emplace_back(server).send(begun);
  }
  // All before it were accepted, and have been looked at.
  CHECK(clients.emplace_back(server).exchange(post("/api/v1/serviceD", "x")).result_int() == 200);
  const auto begin = std::chrono::steady_clock::now();
  server.stop();
  CHECK(std::chrono::steady_clock::now() - begin < o.stop_timeout / 2);
  for (Client& client : clients) CHECK(client.ended());
}

TEST_CASE("a request may come through a proxy, with its whole URL for a target") {
  const Server server(echo);
  Client client(server);
  for (const std::string url : {"http://example.org", "HTTPS://[::1]:8443", "http://a.b:80"}) {
    CHECK(client.exchange(post(url + "/api/v1/serviceD", "x")).body() == "serviceD:x");
  }
  CHECK(client.exchange("GET http://example.org HTTP/1.1\r\nHost: x\r\n\r\n").result_int() == 404);
}

TEST_CASE("empty lines before a request are none of it") {
  const Server server(echo);
  const auto one = post("/api/v1/serviceD", "x");
  Client client(server);
  client.send("\r\n" + one + "\r\n" + one + "\r\n\r\n\r\n" + one);
  for (int i = 0; i < 3; ++i) CHECK(client.receive().body() == "serviceD:x");
  for (const char c : "\r\n\r\n" + one) client.send({&c, 1});
  CHECK(client.receive().body() == "serviceD:x");
  client.send(
      "\r\n" +
      post("/api/v1/serviceD", "x", "Content-Type: application/xml\r\nConnection: close\r\n") +
      "\r\n");
  CHECK(client.receive().body() == "serviceD:x");
  CHECK(client.closed());
}

TEST_CASE("empty lines do not hold a connection longer than idleness does") {
  auto o = options();
  o.idle_timeout = 300ms;
  const Server server(echo, o);
  Client client(server);
  boost::system::error_code error;
  while (!error) client.try_send("\r\n", error);
  CHECK(error);
}

TEST_CASE("chunks in HTTP 1.0 are read and the connection closes") {
  const Server server(echo);
  Client client(server);
  const auto response = client.exchange(
      "POST /api/v1/serviceD HTTP/1.0\r\nConnection: keep-alive\r\nContent-Type: application/xml"
      "\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
  CHECK(response.result_int() == 200);
  CHECK_FALSE(response.keep_alive());
  CHECK(client.closed());
}

TEST_CASE("a stop does not wait for ever, and an answer after it goes nowhere") {
  Held held;
  auto o = options();
  o.stop_timeout = 1ms;
  auto server = std::make_unique<Server>(held.handle(), o);
  Client client(*server);
  client.send(post("/api/v1/serviceD", "x"));
  held.wait_for(1);
  server.reset();
  CHECK(client.closed());
  held.answer_all();
}

TEST_CASE("an idle connection and a slow request are closed after their time") {
  auto o = options();
  SECTION("idle") {
    o.idle_timeout = 1ms;
    const Server server(echo, o);
    CHECK(Client(server).closed());
  }
  SECTION("slow") {
    o.request_timeout = 1ms;
    const Server server(echo, o);
    for (const std::string begun :
         {"P", "POST /api/v1/serviceD HTTP/1.1\r\nHos",
          "POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\n"
          "Content-Length: 9\r\n\r\nx"}) {
      Client client(server);
      client.send(begun);
      const auto response = client.receive();
      CHECK(response.result_int() == 408);
      CHECK_FALSE(response.keep_alive());
      CHECK(client.closed());
    }
  }
}

TEST_CASE("a connection over the limit is answered 503 and closed, and one that goes makes room") {
  auto o = options();
  o.max_connections = 1;
  const Server server(echo, o);
  {
    Client first(server);
    CHECK(first.exchange(post("/api/v1/serviceD", "x")).result_int() == 200);
    Client second(server);
    const auto response = second.receive();
    CHECK(response.result_int() == 503);
    CHECK(field(response, http::field::retry_after) == "1");
    CHECK_FALSE(response.keep_alive());
    CHECK(second.closed());
    CHECK(first.exchange(post("/api/v1/serviceD", "x")).result_int() == 200);
  }
  // The server learns of the closing in its own time.
  unsigned status = 503;
  while (status == 503)
    status = Client(server).exchange(post("/api/v1/serviceD", "x")).result_int();
  CHECK(status == 200);
}

TEST_CASE("an address that is taken is named") {
  const Server server(echo);
  auto o = options();
  o.port = server.port();
  CHECK_THROWS_WITH(Server(echo, o),
                    Contains("127.0.0.1:" + std::to_string(server.port())) && Contains("in use"));
}

TEST_CASE("a traceparent counts only if it is well-formed") {
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  CHECK(sample::traceparent(good) == good);
  const std::string later = "cc" + good.substr(2);
  CHECK(sample::traceparent(later) == later);
  CHECK(sample::traceparent(later + "-what-the-future-will-be-like") == later);
  std::string upper = good;
  upper[5] = 'F';
  for (const std::string& bad :
       {std::string(), good.substr(1), good.substr(0, 54), good + "-01", good + "0", later + "x",
        "ff" + good.substr(2), "00-" + std::string(32, '0') + good.substr(35),
        good.substr(0, 36) + std::string(16, '0') + good.substr(52), upper, "00_" + good.substr(3),
        good.substr(0, 53) + "0x", "0x" + good.substr(2)}) {
    INFO(bad);
    CHECK(sample::traceparent(bad).empty());
  }
}
