// SPDX-License-Identifier: Apache-2.0
//
// Certificates that are replaced under a running host.
#include <csignal>

#include <atomic>
#include <catch2/catch.hpp>
#include <latch>
#include <thread>
#include <vector>

#include "support/host_fixture.hpp"
#include "tls_client.hpp"

using namespace support;
using Catch::Matchers::Contains;

namespace {

HostFixture::Options with_tls() {
  HostFixture::Options options;
  options.tls = HostFixture::tls("");
  return options;
}

std::string octets(const std::string& document) {
  return "POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\n"
         "Content-Length: " +
         std::to_string(document.size()) + "\r\n\r\n" + document;
}

}  // namespace

TEST_CASE("Certificates are replaced under load, and no connection breaks", "[R24]") {
  HostFixture host(with_tls());
  host.start();
  constexpr int kClients = 6;
  constexpr int kReloads = 10;
  std::atomic<bool> stop = false;
  std::atomic<int> answered = 0;
  std::atomic<int> failed = 0;
  std::latch ready(kClients + 1);
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&] {
      // One connection from before the first reload until after the last one.
      TlsClient client(host.http_port());
      ready.arrive_and_wait();
      try {
        while (!stop) {
          client.write(octets(host.sign("sna", host.request("sna", "8.14.3", hub("Pending")))));
          const auto response = client.receive();
          const HttpReply reply{response.result_int(), {}, response.body()};
          code_of(reply) == "I99" ? ++answered : ++failed;
        }
      } catch (const boost::system::system_error&) {
        ++failed;
      }
    });
  }
  ready.arrive_and_wait();
  std::string before = TlsClient(host.http_port()).serial();
  for (int i = 0; i < kReloads; ++i) {
    host.credentials().issue_server("server");
    CHECK(host.reload() == 200);
    const std::string now = TlsClient(host.http_port()).serial();
    CHECK(now != before);
    before = now;
    const int seen = answered;
    while (answered < seen + kClients && failed == 0) std::this_thread::yield();
  }
  stop = true;
  for (auto& client : clients) client.join();
  CHECK(failed == 0);
  WARN(kReloads << " reloads, " << answered << " requests on " << kClients
                << " connections, none failed");
}

TEST_CASE("A broken certificate leaves the one in use, loudly, until it is mended", "[R24]") {
  HostFixture host(with_tls());
  host.start();
  const std::string before = TlsClient(host.http_port()).serial();
  const auto certificate = host.directory() / "server.pem";
  std::string why;
  SECTION("an expired one") {
    host.credentials().issue_server("server", 1'609'459'200'000);
    why = "the certificate is expired";
  }
  SECTION("nonsense") {
    replace_file(certificate, "nonsense");
    why = "no certificate in it";
  }
  SECTION("the key of another") {
    host.credentials().issue_server("other");
    std::filesystem::rename(host.directory() / "other.pem", certificate);
    why = "not the certificate of the key in";
  }
  CHECK(host.reload() == 422);
  CHECK(host.get("/healthz").at("status") == "degraded");
  CHECK(host.get("/healthz").at("tls").at("refused") == 1);
  CHECK_THAT(std::string(host.get("/plugins").at("tls").at("refused").at(0).as_string()),
             Contains(certificate.string()) && Contains(why));
  CHECK_THAT(host.process().wait_for_line("tls: "), Contains(why) && Contains("in use stays"));
  CHECK(TlsClient(host.http_port()).serial() == before);

  host.credentials().issue_server("server");
  host.process().signal(SIGHUP);
  host.process().wait_for_line(" handlers live");
  while (host.get("/healthz").at("status") != "ok") std::this_thread::yield();
  CHECK(TlsClient(host.http_port()).serial() != before);
}
