// SPDX-License-Identifier: Apache-2.0
//
// The console's page in a real browser: stories.py, each in a world of its own. The pictures that
// they take are in build/console/pictures.
#include <catch2/catch.hpp>
#include <filesystem>

#include "console_fixture.hpp"

using namespace support;
using console_test::Console;

namespace {

void tell(HostFixture& host, const Console& console, const std::string& story) {
  std::filesystem::create_directories(PICTURES);
  const Finished told =
      run(PYTHON3, {STORIES, story, "--url", console.url(), "--pictures", PICTURES, "--axe", AXE,
                    "--settings", (host.settings() / "ch-returns.ini").string(), "--profile",
                    (host.directory() / "browser").string()});
  INFO(told.out << told.err);
  CHECK(told.exit_code == 0);
}

// The plugin's settings go live when they are saved.
HostFixture::Options watching() {
  HostFixture::Options options;
  options.watch = true;
  return options;
}

}  // namespace

TEST_CASE("A trainer reads the rule, and sees it change when the settings do") {
  HostFixture host(watching());
  host.start();
  Console console(host);
  tell(host, console, "rule");
  CHECK(host.outcomes().empty());
}

TEST_CASE("A tester sends, repeats, changes and reuses a request, and reads why") {
  HostFixture host;
  host.import_rows("users", eui_of("gis") + ",GIS,Active,<img src=x onerror=alert(1)>\n");
  Console console(host);
  tell(host, console, "send");
  CHECK(host.outcomes().size() == 3);
}

TEST_CASE("An operator switches agents off and on, is refused with the line, and rolls back") {
  HostFixture host(watching());
  host.start();
  Console console(host);
  tell(host, console, "settings");
  CHECK(read_file(host.settings() / "ch-returns.ini") == ch_returns_settings());
}

TEST_CASE("A trainer plays an installation that lands in between, and resets the world") {
  HostFixture host;
  Console console(host);
  tell(host, console, "hubs");
  CHECK(host.answer("sna", "8.14.3", hub("Commissioned")) == "E5");
}

TEST_CASE("A page without its token, and one whose host is away, say so") {
  HostFixture host;
  Console console(host);
  tell(host, console, "no-token");
  host.stop();
  tell(host, console, "host-away");
}
