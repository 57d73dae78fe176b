// SPDX-License-Identifier: Apache-2.0
//
// Clients that mean harm, against the real host with TLS. Whatever they do, others are answered,
// they are got rid of, and the host's memory stays within what its limits allow. No test waits for
// a time: the end of a connection is what is waited for.
#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include "support/host_fixture.hpp"
#include "tls_client.hpp"

using namespace support;

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t kMiB = 1U << 20;
// What a TLS connection may cost, generously: OpenSSL's state, Asio's and ours.
constexpr std::size_t kPerConnection = 256U << 10;
constexpr std::size_t kSlack = 48 * kMiB;

HostFixture::Options short_patience(const std::string& http) {
  HostFixture::Options options;
  options.http = "max_wait_ms = 0\nrequest_timeout_ms = 700\nidle_timeout_ms = 700\n" + http;
  options.tls = HostFixture::tls("handshake_timeout_ms = 700\n");
  return options;
}

struct AbusedHost : HostFixture {
  explicit AbusedHost(const std::string& http) : HostFixture(short_patience(http)) {
    start();
    process_id_ = process().pid();
    CHECK(decent_request() == "I99");
    before_ = resident();
  }

  // What somebody else is answered meanwhile, on a connection of his own.
  std::string decent_request() {
    const std::string document = sign("sna", request("sna", "8.14.3", hub("Pending")));
    TlsClient client(http_port());
    client.write(
        "POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\n"
        "Content-Length: " +
        std::to_string(document.size()) + "\r\n\r\n" + document);
    const auto response = client.receive();
    return code_of({response.result_int(), {}, response.body()});
  }

  // Judged without sanitizers only: their allocators keep what is freed, and their shadows grow.
  void check_growth(std::size_t limit) {
    const std::size_t now = resident();
    const std::size_t by = now > before_ ? now - before_ : 0;
    most_ = std::max(most_, by);
    if (!SANITIZED) CHECK(by < limit);
  }

  // The figure for whoever reads the test's output.
  void print_growth(const std::string& abuse) const {
    WARN(abuse << ": memory grew by at most " << (most_ >> 10) << " KiB");
  }

 private:
  // VmRSS, in octets.
  std::size_t resident() const {
    std::ifstream status("/proc/" + std::to_string(process_id_) + "/status");
    for (std::string word; status >> word;) {
      std::size_t kib = 0;
      if (word == "VmRSS:" && status >> kib) return kib << 10;
    }
    throw std::runtime_error("no VmRSS");
  }

  pid_t process_id_ = 0;
  std::size_t before_ = 0;
  std::size_t most_ = 0;
};

// A connection on which nobody has spoken TLS yet.
struct RawClient {
  explicit RawClient(std::uint16_t port) {
    socket.connect({asio::ip::address_v4::loopback(), port});
  }
  asio::io_context context;
  tcp::socket socket{context};
};

// Until the host has closed the connection; what it still says is of no interest.
void await_end(tcp::socket& socket) {
  std::array<char, 4096> block;
  boost::system::error_code error;
  while (!error) socket.read_some(asio::buffer(block), error);
}

template <class Client>
void await_ends(std::vector<std::unique_ptr<Client>>& clients) {
  for (auto& client : clients) {
    if constexpr (std::is_same_v<Client, RawClient>) {
      await_end(client->socket);
    } else {
      await_end(client->socket());
    }
  }
}

template <class Client>
std::vector<std::unique_ptr<Client>> many(std::size_t count, const HostFixture& host) {
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<Client>(host.http_port()));
  }
  return clients;
}

constexpr std::string_view kHead =
    "POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\n";

}  // namespace

TEST_CASE("Handshakes that never begin, never end or are none cost little and end", "[R25]") {
  AbusedHost host("");
  constexpr std::size_t kEach = 60;
  auto silent = many<RawClient>(kEach, host);
  auto unfinished = many<RawClient>(kEach, host);
  auto garbage = many<RawClient>(kEach, host);
  // The beginning of a ClientHello.
  for (auto& client : unfinished) {
    asio::write(client->socket, asio::buffer("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  }
  for (auto& client : garbage) {
    asio::write(client->socket, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
  }
  CHECK(host.decent_request() == "I99");
  host.check_growth(3 * kEach * kPerConnection + kSlack);
  await_ends(silent);
  await_ends(unfinished);
  await_ends(garbage);
  CHECK(host.decent_request() == "I99");
  host.print_growth(std::to_string(3 * kEach) + " broken handshakes");
}

TEST_CASE("Many idle TLS connections cost little and end", "[R25]") {
  AbusedHost host("");
  constexpr std::size_t kClients = 150;
  auto idle = many<TlsClient>(kClients, host);
  CHECK(host.decent_request() == "I99");
  host.check_growth(kClients * kPerConnection + kSlack);
  await_ends(idle);
  CHECK(host.decent_request() == "I99");
  host.print_growth(std::to_string(kClients) + " idle TLS connections");
}

TEST_CASE("Heads that never end are left, and heads that are too large refused", "[R25]") {
  AbusedHost host("max_head_bytes = 4096\n");
  auto slow = many<TlsClient>(60, host);
  for (auto& client : slow) client->write(kHead.substr(0, kHead.size() - 2));
  TlsClient large(host.http_port());
  large.write(std::string(kHead) + "X: " + std::string(6000, 'x') + "\r\n\r\n");
  CHECK(large.receive().result_int() == 431);
  CHECK(host.decent_request() == "I99");
  host.check_growth(slow.size() * kPerConnection + kSlack);
  await_ends(slow);
  host.print_growth(std::to_string(slow.size()) + " heads that never end");
}

TEST_CASE("Bodies that never end fill the budget and no more", "[R25]") {
  AbusedHost host("max_request_bytes = 1048576\nmax_bytes_in_memory = 4194304\n");
  constexpr std::size_t kClients = 40;
  const std::string part(1000 * 1024, 'x');
  auto slow = many<TlsClient>(kClients, host);
  std::size_t shed = 0;
  for (auto& client : slow) {
    try {
      client->write(std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\nfa000\r\n" + part);
    } catch (const boost::system::system_error&) {
      // The host has refused it, and does not read on for ever.
    }
    host.check_growth(4 * kMiB + kClients * kPerConnection + kSlack);
  }
  // Most of them were told so; a few hold the budget until their time is up, and are told that.
  for (auto& client : slow) {
    try {
      const auto response = client->receive();
      if (response.result_int() == 408) continue;
      CHECK(response.result_int() == 503);
      CHECK(std::string(response["Retry-After"]) == "1");
      ++shed;
    } catch (const boost::system::system_error&) {
    }
  }
  CHECK(shed > 0);
  await_ends(slow);
  CHECK(host.decent_request() == "I99");
  host.print_growth(std::to_string(kClients) + " bodies of 1000 KiB that never end, " +
                    std::to_string(shed) + " told 503");
}

TEST_CASE("Huge bodies are refused before they are read", "[R25]") {
  AbusedHost host("");
  TlsClient client(host.http_port());
  client.write(std::string(kHead) + "Content-Length: 999999999999\r\n\r\n");
  CHECK(client.receive().result_int() == 413);
  host.check_growth(kSlack);
}

TEST_CASE("A connection is closed after as many requests as it may make", "[R25]") {
  AbusedHost host("max_requests_per_connection = 3\n");
  TlsClient client(host.http_port());
  for (int i = 1; i <= 3; ++i) {
    client.write("GET /api/v1/serviceD HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto response = client.receive();
    CHECK(response.result_int() == 405);
    CHECK(response.keep_alive() == (i < 3));
  }
  await_end(client.socket());
}

TEST_CASE("Clients that do not take their answers are left", "[R25]") {
  AbusedHost host("answer_timeout_ms = 700\n");
  // Requests sent ahead, of which not one answer is read: in the end the host cannot write, and
  // leaves, which ends the client's writing, too.
  std::string requests;
  for (int i = 0; i < 500; ++i) requests += "GET /api/v1/serviceD HTTP/1.1\r\nHost: x\r\n\r\n";
  constexpr std::size_t kClients = 8;
  std::atomic<std::size_t> left = 0;
  std::vector<std::thread> greedy;
  for (std::size_t i = 0; i < kClients; ++i) {
    greedy.emplace_back([&] {
      TlsClient client(host.http_port());
      try {
        for (;;) client.write(requests);
      } catch (const boost::system::system_error&) {
        ++left;
      }
    });
  }
  while (left < kClients) {
    CHECK(host.decent_request() == "I99");
    host.check_growth(kClients * kPerConnection + kSlack);
  }
  for (auto& client : greedy) client.join();
  host.print_growth(std::to_string(kClients) + " clients that read no answer");
}

TEST_CASE("More connections than allowed are closed, and one that goes makes room", "[R25]") {
  AbusedHost host("max_connections = 20\n");
  auto first = many<TlsClient>(10, host);
  auto rest = many<RawClient>(200, host);
  host.check_growth(30 * kPerConnection + kSlack);
  await_ends(first);
  await_ends(rest);
  CHECK(host.decent_request() == "I99");
  host.print_growth("210 connections where 20 are allowed");
}
