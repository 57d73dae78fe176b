// SPDX-License-Identifier: Apache-2.0
#include "bench/real_host.hpp"

#include <cstdlib>
#include <thread>

#include "bench/usage.hpp"
#include "bench/world.hpp"

namespace bench {

namespace json = boost::json;

namespace {

constexpr std::size_t kHubs = 10'000;

support::HostFixture::Options fixture_options(const HostOptions& options) {
  support::HostFixture::Options made;
  // A client of its own would reconnect now and then; what that costs is not asked here.
  made.http = "max_wait_ms = " + std::to_string(options.max_wait_ms) +
              "\nmax_connections = 20000\nmax_requests_per_connection = 1000000000\n"
              "idle_timeout_ms = 3600000\n";
  if (options.transport == Transport::mutual_tls) {
    made.tls = support::HostFixture::tls("client_ca = ca.pem\n");
  }
  made.database = options.database;
  return made;
}

void add_shadow(const support::HostFixture& fixture) {
  namespace fs = std::filesystem;
  const fs::path directory = fixture.directory() / "shadow", settings = directory / "settings";
  for (const fs::path& made : {directory, settings}) {
    fs::create_directory(made);
    fs::permissions(made, fs::perms::owner_all);
  }
  fs::copy_file(support::ch_returns_object(), directory / "ch-returns.so");
  support::write_file(settings / "ch-returns.ini", support::ch_returns_settings());
  support::write_file(fixture.configuration(),
                      support::edited(support::read_file(fixture.configuration()), "[plugins]\n",
                                      "[plugins]\nshadow_directory = shadow\n"
                                      "shadow_config_directory = shadow/settings\n"));
}

}  // namespace

const char* name_of(Transport transport) {
  return transport == Transport::plain ? "plain" : "mTLS";
}

void keep_hosts_in(const std::filesystem::path& directory) {
  if (!directory.empty()) ::setenv("TMPDIR", directory.c_str(), 1);
  warn_if_in_memory(std::filesystem::temp_directory_path());
}

RealHost::RealHost(const HostOptions& options)
    : transport_(options.transport), fixture_(fixture_options(options)) {
  std::string devices;
  std::string orders;
  for (std::size_t i = 0; i < kHubs; ++i) {
    const std::string hub = World::hub(i).text();
    devices += hub + ",CHF,Pending\n";
    orders += hub + "," + support::eui_of("eis") + "\n";
  }
  if (options.shadow) add_shadow(fixture_);
  fixture_.import_rows("devices", devices);
  fixture_.import_rows("orders", orders);
}

RealHost::RealHost(const HostOptions& options, const RealHost& other)
    : transport_(options.transport), fixture_(fixture_options(options), other.fixture_) {}

Endpoint RealHost::endpoint() const {
  Endpoint endpoint{fixture_.http_port(), {}};
  if (transport_ == Transport::mutual_tls) endpoint.tls = client_files();
  return endpoint;
}

Endpoint::Tls RealHost::client_files() const {
  const auto& directory = fixture_.directory();
  return {directory / "ca.pem", directory / "certificates/sna.pem", directory / "keys/sna.key"};
}

std::vector<std::string> RealHost::echo_arguments() const {
  if (transport_ == Transport::plain) return {};
  const auto& directory = fixture_.directory();
  return {directory / "server.pem", directory / "keys/server.key", directory / "ca.pem"};
}

std::string RealHost::request(std::size_t number) {
  const char* srv = number % 2 == 0 ? "8.14.3" : "8.14.4";
  const auto fields = fixture_.request("sna", srv, World::hub(number % kHubs).text());
  return http_request(fixture_.sign("sna", fields));
}

std::vector<std::string> RealHost::requests(std::size_t count) {
  std::vector<std::string> requests(count);
  const auto make = [&](std::size_t first) {
    for (std::size_t i = first; i < count; i += 2) requests[i] = request(made_ + i);
  };
  std::thread other(make, 1);
  make(0);
  other.join();
  made_ += count;
  return requests;
}

std::size_t RealHost::accepted() {
  const auto count = fixture_.get("/audit").at("cursor").as_int64();
  const auto last = fixture_.get("/outcomes?limit=2&after=" + std::to_string(count - 2));
  for (const auto& outcome : last.at("outcomes").as_array()) {
    if (outcome.at("code").as_string() != "I99") fail("not I99, but " + json::serialize(outcome));
  }
  return static_cast<std::size_t>(count);
}

}  // namespace bench
