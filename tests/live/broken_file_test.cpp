// SPDX-License-Identifier: Apache-2.0
//
// Every kind of broken file, put in the place of the plugin that a watching host runs: it runs on,
// and log, /plugins and /healthz say what is wrong with the file, what was expected and what found.
#include <catch2/catch.hpp>
#include <filesystem>

#include "answers.hpp"
#include "support/host_fixture.hpp"

using namespace support;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

// A file for ch-returns.so, one for ch-returns.ini (empty: the shipped one), and what the reason
// has in it.
struct Broken {
  const char* name;
  std::string object;
  std::string settings;
  std::string reason;
};

std::string fixture(const std::string& name) {
  return read_file(fs::path(HOST_FIXTURES) / (name + ".so"));
}

std::string told_to(const std::string& setting) {
  return "[fixture]\nnote = x\n" + setting + "\n";
}

std::string shipped_but(std::string_view from, std::string_view to) {
  return edited(ch_returns_settings(), from, to);
}

std::vector<Broken> broken_objects() {
  const std::string whole = read_file(ch_returns_object());
  return {
      {"empty", "", "", "not an ELF shared object"},
      {"not ELF", "hello\n", "", "not an ELF shared object: does not begin with"},
      {"an ELF program", read_file(duis_client_program()), "", "cannot be loaded: "},
      {"truncated", whole.substr(0, whole.size() - 1), "", "truncated: its section headers"},
      {"no symbol", fixture("no-symbol"), "", "exports no symbol dcc_plugin_entry_v1"},
      {"wrong magic", fixture("bad-magic"), "", "wrong magic 0x12345678"},
      {"wrong major", fixture("bad-major"), "", "major 2 of the contract in the entry, expected 1"},
      {"other major", fixture("other-major"), "", "found dcc_plugin_entry_v2, expected"},
      {"small struct", fixture("small-entry"), "", "entry of 40 octets, expected at least"},
      {"missing service", fixture("missing-service"), "", "requires the service 'dcc.teleport/1'"},
      {"missing symbol", fixture("unresolved"), "", "cannot be loaded: "},
      {"crashes when loaded", fixture("crash-at-load"), "", "crashed in load with signal"},
      {"create refuses", fixture("good"), told_to("create = refuse"), "create = refuse: told to"},
      {"create throws", fixture("throwing-create"), told_to(""), "threw an exception"},
      {"create crashes", fixture("good"), told_to("create = segv"), "crashed in create"},
      {"create ends the process", fixture("good"), told_to("create = exit"),
       "in create, exit code"},
      {"create hangs", fixture("good"), told_to("create = hang"), "did not return from create"},
      {"activate fails", fixture("good"), told_to("activate = fail"), "activate: status 6"},
      {"activate crashes", fixture("good"), told_to("activate = abort"), "crashed in activate"},
      {"deactivate crashes", fixture("good"), told_to("deactivate = segv"), "in deactivate"},
      {"destroy crashes", fixture("good"), told_to("destroy = segv"), "crashed in destroy"},
  };
}

std::vector<Broken> broken_settings() {
  const std::string whole = read_file(ch_returns_object());
  return {
      {"empty", whole, "\n", "holds no setting"},
      {"not INI", whole, "SNA\n", "no = in the line"},
      {"unknown section", whole, ch_returns_settings() + "[8.14.5]\nEIS = any\n", "[8.14.5]"},
      {"unknown key", whole, shipped_but("EIS = any", "ES = any"), "[8.14.3] ES"},
      {"missing key", whole, shipped_but("EIS = any\n", ""), "[8.14.3]"},
      {"bad status", whole, shipped_but("SNA = Pending", "SNA = Pendign"),
       "[8.14.3] SNA = Pendign: expected any, none or"},
      {"bad value", whole, shipped_but("EIS = any", "EIS = Pending"), "[8.14.3] EIS"},
      {"duplicate key", whole, shipped_but("EIS = any", "EIS = any\nEIS = none"), "EIS"},
      {"both spellings", whole, shipped_but("EIS = any", "EIS = any\nIS = any"), "IS"},
      {"trailing comment", whole, shipped_but("SNA = Pending", "SNA = Pending ; x"), "comment"},
      {"empty section", whole, ch_returns_settings() + "[other]\n", "[other]"},
      {"bad code", whole, shipped_but("status_code = E5", "status_code = E999"),
       "[SNA] status_code = E999"},
      {"NUL", whole, ch_returns_settings() + std::string(1, '\0'), "control character"},
  };
}

boost::json::object report_of(HostFixture& host, std::string_view file) {
  const auto reports = host.get("/plugins");
  for (const auto& plugin : reports.at("plugins").as_array()) {
    if (plugin.at("file").as_string() == file) return plugin.as_object();
  }
  throw std::runtime_error("no report of " + std::string(file));
}

std::string text(const boost::json::object& object, const char* key) {
  return std::string(object.at(key).as_string());
}

HostFixture::Options watching() {
  HostFixture::Options options;
  options.watch = true;
  return options;
}

void check_broken(HostFixture& host, const Broken& broken) {
  const auto before = report_of(host, "ch-returns.so");
  replace_file(host.settings() / "ch-returns.ini",
               broken.settings.empty() ? ch_returns_settings() : broken.settings);
  replace_file(host.plugins() / "ch-returns.so", broken.object);
  // The two may be seen one by one, and the first may be refused for another reason.
  std::string line;
  do {
    line = host.process().wait_for_line("ch-returns.so refused: ");
  } while (line.find(broken.reason) == std::string::npos);
  host.process().wait_for_line(" handlers live");

  const auto after = report_of(host, "ch-returns.so");
  CHECK(after.at("refused").as_bool());
  CHECK_THAT(text(after, "reason"), Contains(broken.reason));
  CHECK(after.at("live").as_bool());
  CHECK(text(after, "live_hash") == text(before, "live_hash"));
  CHECK(text(after, "live_settings") == text(before, "live_settings"));
  const bool differs = text(after, "found_hash") != text(after, "live_hash") ||
                       text(after, "found_settings") != text(after, "live_settings");
  CHECK(differs);
  CHECK(text(host.get("/healthz"), "status") == "degraded");
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  CHECK(host.answer("sna", "8.14.4", hub("Commissioned")) == "E5");
}

// What a host that runs on and is mended says.
void check_mended(HostFixture& host) {
  host.drop_ch_returns();
  host.process().wait_for_line("ch-returns.so is no longer refused");
  host.process().wait_for_line(" handlers live");
  CHECK(text(host.get("/healthz"), "status") == "ok");
}

}  // namespace

TEST_CASE("Every kind of broken plugin file leaves what runs untouched, and is explained",
          "[R24]") {
  HostFixture host(watching());
  host.start();
  for (const Broken& broken : broken_objects()) {
    INFO(broken.name);
    check_broken(host, broken);
  }
  check_mended(host);
}

TEST_CASE("Every kind of broken settings leaves what runs untouched, and is explained", "[R24]") {
  HostFixture host(watching());
  host.start();
  for (const Broken& broken : broken_settings()) {
    INFO(broken.name);
    check_broken(host, broken);
  }
  check_mended(host);
}

TEST_CASE(
    "A second file with the same id, or for an SRV that is taken, is refused beside what runs",
    "[R24]") {
  HostFixture host(watching());
  host.start();
  const auto check_second = [&](const std::string& reason) {
    host.process().wait_for_line("z.so refused: ");
    host.process().wait_for_line(" handlers live");
    const auto second = report_of(host, "z.so");
    CHECK(second.at("refused").as_bool());
    CHECK_FALSE(second.at("live").as_bool());
    CHECK_THAT(text(second, "reason"), Contains(reason));
    CHECK(report_of(host, "ch-returns.so").at("live").as_bool());
    CHECK_FALSE(report_of(host, "ch-returns.so").at("refused").as_bool());
    CHECK(text(host.get("/healthz"), "status") == "degraded");
    CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  };
  replace_file(host.plugins() / "z.so", read_file(NEXT_BUILD));
  check_second("no settings file");
  replace_file(host.settings() / "z.ini", ch_returns_settings());
  check_second("plugin id ch-returns of z.so is already live from ch-returns.so");
  replace_file(host.settings() / "z.ini", told_to(""));
  replace_file(host.plugins() / "z.so", fixture("other-same-srv"));
  std::string line;
  do {
    line = host.process().wait_for_line("z.so refused: ");
  } while (line.find("SRV 8.14.3 is held by plugin ch-returns (ch-returns.so)") ==
           std::string::npos);
  host.process().wait_for_line(" handlers live");

  fs::remove(host.plugins() / "z.so");
  host.process().wait_for_line(" handlers live");
  CHECK(text(host.get("/healthz"), "status") == "ok");
}
