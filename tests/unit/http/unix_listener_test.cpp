// SPDX-License-Identifier: Apache-2.0
#include "host/unix_listener.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "listener_fixture.hpp"
#include "support/temp_directory.hpp"

using Catch::Matchers::Contains;
using dcc::host::UnixListener;
using UnixClient = listener::BasicClient<boost::asio::local::stream_protocol>;

namespace {

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode;
}

}  // namespace

TEST_CASE("a Unix socket has its mode whatever the umask, and goes with the listener") {
  const support::TempDirectory directory;
  const auto path = directory.path() / "admin.sock";
  const mode_t mode = GENERATE(0600U, 0660U);
  const mode_t before = ::umask(GENERATE(0U, 077U));
  {
    const UnixListener listener(path, mode);
    CHECK(mode_of(path) == (S_IFSOCK | mode));
  }
  ::umask(before);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a socket that a killed host has left is replaced and one that is in use is not") {
  const support::TempDirectory directory;
  const auto path = directory.path() / "admin.sock";
  {
    UnixListener gone(path, 0600);
    ::close(gone.release());
    const UnixListener next(path, 0600);
    CHECK_THROWS_WITH(UnixListener(path, 0600),
                      Contains("unix:" + path.string()) && Contains("another process listens"));
  }
  // The first one has left alone what it does not own any more.
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a listener that is replaced does not remove its successor's socket") {
  const support::TempDirectory directory;
  const auto path = directory.path() / "admin.sock";
  auto first = std::make_unique<UnixListener>(path, 0600);
  std::filesystem::remove(path);
  const UnixListener second(path, 0600);
  first.reset();
  CHECK(S_ISSOCK(mode_of(path)));
}

TEST_CASE("no socket is made where others could replace it, or in the place of a file") {
  const support::TempDirectory directory;
  const auto path = directory.path() / "admin.sock";
  SECTION("a directory that others may write") {
    std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
    CHECK_THROWS_WITH(UnixListener(path, 0600), Contains(directory.path().string()));
    CHECK_FALSE(std::filesystem::exists(path));
  }
  SECTION("no directory") {
    CHECK_THROWS_WITH(UnixListener(directory.path() / "none/x.sock", 0600),
                      Contains((directory.path() / "none").string()));
  }
  SECTION("a file") {
    support::write_file(path, "precious");
    CHECK_THROWS_WITH(UnixListener(path, 0600), Contains("no socket"));
    CHECK(support::read_file(path) == "precious");
  }
  SECTION("too long a path") {
    CHECK_THROWS_WITH(UnixListener(directory.path() / std::string(108, 'x'), 0600),
                      Contains("longer than 107"));
  }
}

TEST_CASE("a server serves a Unix socket as it serves TCP") {
  const support::TempDirectory directory;
  auto o = listener::options();
  o.socket = directory.path() / "http.sock";
  o.workers = 2;
  listener::Server server(listener::echo, o);
  CHECK(server.port() == 0);
  for (int i = 0; i < 4; ++i) {
    UnixClient client(boost::asio::local::stream_protocol::endpoint(o.socket.string()));
    CHECK(client.exchange(listener::post("one")).body() == "one");
    CHECK(client.exchange(listener::post("two")).body() == "two");
  }
  server.stop();
  CHECK_FALSE(std::filesystem::exists(o.socket));
}
