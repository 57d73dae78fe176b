// SPDX-License-Identifier: Apache-2.0
//
// The console's page in a real browser: stories.py, each in a world of its own. The pictures that
// they take are in build/console/pictures.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "console_fixture.hpp"

using namespace support;
using console_test::Console;

namespace {

std::vector<std::string> telling(const HostFixture& host, const Console& console,
                                 const std::string& story) {
  std::filesystem::create_directories(PICTURES);
  return {STORIES,      story,
          "--url",      console.url(),
          "--pictures", PICTURES,
          "--axe",      AXE,
          "--settings", (host.settings() / "ch-returns.ini").string(),
          "--profile",  (host.directory() / "browser").string(),
          "--client",   duis_client_program().string()};
}

void check(const Finished& told) {
  INFO(told.out << told.err);
  CHECK(told.exit_code == 0);
}

void tell(const HostFixture& host, const Console& console, const std::string& story) {
  check(run(PYTHON3, telling(host, console, story)));
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

TEST_CASE(
    "A tester sees what other settings and another build would change, before they are live") {
  HostFixture host;
  const Console console(host, Console::May::write_and_import,
                        {"--candidate", ch_returns_object().string()});
  tell(host, console, "candidate");
  CHECK(read_file(host.settings() / "ch-returns.ini") == ch_returns_settings());
  CHECK(host.outcomes().empty());
}

TEST_CASE("A tester sends, repeats, changes and reuses a request, and reads why") {
  HostFixture host;
  host.import_rows("users", eui_of("gis") + ",GIS,Active,<img src=x onerror=alert(1)>\n");
  Console console(host);
  tell(host, console, "send");
  CHECK(host.outcomes().size() == 3);
}

TEST_CASE("A tester sends several at once, keeps templates, and takes requests to a command line") {
  HostFixture host;
  Console console(host);
  tell(host, console, "send-more");
  CHECK(host.outcomes().size() == 21);
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

TEST_CASE("A trainer watches a swap under load") {
  HostFixture host(watching());
  host.start();
  Console console(host);
  tell(host, console, "live");
}

TEST_CASE("A tester verifies the trail, reads a record with both messages and decides it again") {
  HostFixture host(watching());
  host.start();
  Console console(host);
  tell(host, console, "audit");
  CHECK(host.outcomes().size() == 1);
}

TEST_CASE("A tester watches a client of his own, and lets it meet what it fears") {
  HostFixture host;
  const Console console(host);
  tell(host, console, "between");
}

TEST_CASE("A page without its token, or with another start's, says so") {
  HostFixture host;
  const Console console(host);
  tell(host, console, "no-token");
}

TEST_CASE("A page whose host is away says so, and goes on when it is back") {
  HostFixture host;
  const Console console(host);
  host.stop();
  // Where it was.
  std::string text = read_file(host.configuration());
  for (const std::uint16_t port : {host.http_port(), host.admin_port()})
    text =
        edited(text, "listen = 127.0.0.1:0\n", "listen = 127.0.0.1:" + std::to_string(port) + "\n");
  write_file(host.configuration(), text);
  Process page(PYTHON3, telling(host, console, "host-away"));
  page.wait_for_line("away");
  host.start();
  check(page.wait());
}
