// SPDX-License-Identifier: Apache-2.0
//
// A running host that watches its directories: what is dropped goes live by itself, what is broken
// does not, and is named.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "answers.hpp"
#include "support/host_fixture.hpp"

using namespace support;
namespace fs = std::filesystem;

namespace {

class WatchingHost : public HostFixture {
 public:
  explicit WatchingHost(bool plugin) : HostFixture(options(plugin)) { start(); }

  fs::path object() const { return plugins() / "ch-returns.so"; }
  fs::path ini() const { return settings() / "ch-returns.ini"; }
  // Until the log says this of a change, and that it is done.
  void await(const std::string& line) {
    process().wait_for_line(line);
    process().wait_for_line(" handlers live");
  }
  std::string pending() { return answer("sna", "8.14.3", hub("Pending")); }
  std::string status() { return std::string(get("/healthz").at("status").as_string()); }
  std::string reason() {
    return std::string(get("/plugins").at("plugins").as_array().at(0).at("reason").as_string());
  }

 private:
  static Options options(bool plugin) {
    Options options;
    options.plugin = plugin;
    options.watch = true;
    return options;
  }
};

}  // namespace

TEST_CASE("Plugin and settings are dropped in and live without a word to the host", "[R12]") {
  WatchingHost host(false);
  CHECK(host.pending() == "501");
  host.drop_ch_returns();
  host.await("ch-returns.so live:");
  CHECK(host.pending() == "I99");
  CHECK(host.status() == "ok");
  fs::remove(host.object());
  host.await("ch-returns.so withdrawn:");
  CHECK(host.pending() == "501");
  CHECK(host.status() == "ok");
}

TEST_CASE("A plugin whose settings come later waits for them, as with dpkg", "[R24]") {
  WatchingHost host(false);
  host.drop_ch_returns();
  host.await("ch-returns.so live:");
  fs::remove(host.ini());
  host.await("refused: no settings file");
  CHECK(host.status() == "degraded");
  CHECK(host.pending() == "I99");  // what runs stays
  fs::remove(host.object());
  host.await("ch-returns.so withdrawn:");
  CHECK(host.status() == "ok");

  fs::copy_file(ch_returns_object(), host.object());
  host.await("refused: no settings file");
  CHECK(host.pending() == "501");
  write_file(host.ini(), ch_returns_settings());
  host.await("ch-returns.so live:");
  CHECK(host.pending() == "I99");
  CHECK(host.status() == "ok");
}

TEST_CASE("A settings file that is half written is not used, though its half would be valid",
          "[R24]") {
  WatchingHost host(true);
  const std::string whole = live::settings_text(live::State::Settings::commissioned);
  // Without its last section the file is valid, and would be decided by otherwise.
  const auto half = whole.find("[SNA]");
  REQUIRE(half != std::string::npos);
  std::ofstream out(host.ini(), std::ios::trunc);
  out << whole.substr(0, half) << std::flush;
  // Another change does not bring it forward.
  write_file(host.plugins() / "notes.ini", "x");
  for (int i = 0; i < 50; ++i) CHECK(host.pending() == "I99");
  out << whole.substr(half);
  out.close();
  host.await("ch-returns.so replaced, live:");
  CHECK(host.pending() == "E54");
}

TEST_CASE("A half of a plugin that lies there whole is refused and what runs stays", "[R24]") {
  WatchingHost host(true);
  const std::string whole = read_file(ch_returns_object());
  write_file(host.object(), whole.substr(0, whole.size() / 2));
  host.await("truncated");
  CHECK(host.status() == "degraded");
  CHECK(host.pending() == "I99");
  write_file(host.object(), read_file(NEXT_BUILD));
  host.await("ch-returns.so replaced, live: plugin ch-returns, version 1.0.1");
  CHECK(host.status() == "ok");
  CHECK(host.pending() == "I99");
}

TEST_CASE("Settings that are broken are named at once, and mended at once", "[R24]") {
  WatchingHost host(true);
  write_file(host.ini(), edited(ch_returns_settings(), "SNA = Pending", "SNA = Pendign"));
  host.await("Pendign");
  CHECK(host.status() == "degraded");
  CHECK(host.reason().find("[8.14.3] SNA") != std::string::npos);
  CHECK(host.reload() == 422);
  CHECK(host.pending() == "I99");
  write_file(host.ini(), live::settings_text(live::State::Settings::sna_off));
  host.await("ch-returns.so replaced, live:");
  CHECK(host.status() == "ok");
  CHECK(host.pending() == "E2");
}

TEST_CASE("Permissions that are mended make a refused plugin live", "[R25]") {
  WatchingHost host(false);
  host.drop_ch_returns();
  host.await("ch-returns.so live:");
  using fs::perm_options, fs::perms;
  fs::permissions(host.object(), perms::others_write, perm_options::add);
  host.await("ch-returns.so refused:");
  CHECK(host.status() == "degraded");
  fs::permissions(host.object(), perms::others_write, perm_options::remove);
  host.await("no longer refused");
  CHECK(host.status() == "ok");
  CHECK(host.pending() == "I99");
}

TEST_CASE("A plugin directory that goes leaves what runs, and is watched again when it is back",
          "[R24]") {
  WatchingHost host(true);
  const fs::path elsewhere = host.directory() / "elsewhere";
  fs::rename(host.plugins(), elsewhere);
  host.await("what runs stays");
  CHECK(host.status() == "degraded");
  CHECK(host.pending() == "I99");
  fs::rename(elsewhere, host.plugins());
  host.await("no longer refused");
  CHECK(host.status() == "ok");
  fs::remove(host.object());
  host.await("ch-returns.so withdrawn:");
  CHECK(host.pending() == "501");
}
