// SPDX-License-Identifier: Apache-2.0
//
// The admin interface on a Unix socket, with curl.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "support/host_fixture.hpp"

using namespace support;
using Catch::Matchers::Contains;

namespace {

HostFixture::Options on_socket(const std::string& mode) {
  HostFixture::Options options;
  options.admin = "listen = unix:admin.sock\nsocket_mode = " + mode + "\n";
  return options;
}

Finished curl(const HostFixture& host, std::vector<std::string> with) {
  with.insert(with.begin(), {"-sS", "--unix-socket", (host.directory() / "admin.sock").string()});
  return run("curl", with);
}

}  // namespace

TEST_CASE("The admin interface can be a Unix socket, not for browsers either", "[R25]") {
  HostFixture host(on_socket("0660"));
  host.start();
  const auto path = host.directory() / "admin.sock";
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  CHECK(status.st_mode == (S_IFSOCK | 0660U));
  CHECK_THAT(curl(host, {"http://localhost/healthz"}).out, Contains("\"status\":\"ok\""));
  CHECK_THAT(curl(host, {"-X", "POST", "http://localhost/reload"}).out, Contains("\"plugins\""));
  CHECK_THAT(curl(host, {"http://example.com/healthz"}).out, Contains("\"status\":403"));
  CHECK_THAT(curl(host, {"-H", "Origin: http://localhost", "http://localhost/healthz"}).out,
             Contains("\"status\":403"));
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  host.stop();
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("A killed host's admin socket does not keep the next one from starting", "[R24]") {
  HostFixture host(on_socket("0600"));
  host.start();
  const auto path = host.directory() / "admin.sock";
  const auto second =
      run(sample_host_program(), {"serve", "--config", host.configuration().string()});
  CHECK(second.exit_code == 1);
  CHECK_THAT(second.err, Contains("cannot listen on unix:" + path.string()));
  host.kill();
  CHECK(std::filesystem::exists(path));
  host.start();
  CHECK_THAT(curl(host, {"http://localhost/healthz"}).out, Contains("\"status\":\"ok\""));
}
