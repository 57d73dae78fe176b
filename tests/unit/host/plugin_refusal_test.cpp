// SPDX-License-Identifier: Apache-2.0
// One broken plugin per failure path: the reason says what, expected and found; nothing goes live.
#include <catch2/catch.hpp>

#include "plugin_host.hpp"

using dcc::host::PluginDirectory;
using dcc::host::PluginReport;
using host_test::first_reason;
using host_test::Host;
using host_test::Log;
using host_test::write_file;
namespace fs = host_test::fs;

namespace {

// Makes `to` find what `from` finds, whatever it is.
void copy_over(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  const auto status = fs::symlink_status(from);
  if (!fs::exists(status)) return;
  fs::copy(from, to, fs::copy_options::copy_symlinks | fs::copy_options::recursive);
  if (!fs::is_symlink(status)) fs::permissions(to, status.permissions());
}

void copy_permissions(const fs::path& from, const fs::path& to) {
  if (fs::exists(from)) fs::permissions(to, fs::status(from).permissions());
}

// What is refused in `host` is refused in the place of a plugin that runs, too, and leaves it.
void leaves_what_runs(const Host& host) {
  Host other;
  other.install("p", "good");
  PluginDirectory plugins(other.paths, other.services(), other.registry);
  const PluginReport before = plugins.reload().at(0);
  REQUIRE(before.live);
  const auto table = other.registry.current();

  copy_over(host.paths.directory / "p.so", other.paths.directory / "p.so");
  copy_over(host.paths.config_directory / "p.ini", other.paths.config_directory / "p.ini");
  if (!fs::exists(host.paths.config_directory)) fs::remove_all(other.paths.config_directory);
  copy_permissions(host.paths.config_directory, other.paths.config_directory);
  copy_permissions(host.paths.cache, other.paths.cache);
  const PluginReport after = plugins.reload().at(0);
  CHECK(after.refused);
  CHECK_FALSE(after.reason.empty());
  CHECK(after.live);
  CHECK(after.live_hash == before.live_hash);
  CHECK(after.live_settings == before.live_settings);
  CHECK(other.registry.current() == table);
  CHECK(other.decide().code == "I99");
  CHECK_THAT(other.log.of("plugins").back(), Catch::StartsWith("p.so refused: "));
  CHECK(other.log.of("p") == std::vector<std::string>{"create", "activate"});
}

// The report on the one plugin that is installed, which must be refused.
PluginReport refused(Host& host) {
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  const auto reports = plugins.reload();
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].refused);
  CHECK_FALSE(reports[0].live);
  CHECK(reports[0].live_hash.empty());
  CHECK(reports[0].srvs.empty());
  CHECK(host.registry.current()->handlers().empty());
  CHECK(reports[0].reason.find('\n') == std::string::npos);
  CHECK_THAT(host.log.of("plugins").front(),
             Catch::StartsWith("p.so refused: " + reports[0].reason));
  CHECK(host.log.of("p").empty());  // nothing of it has run in this process
  leaves_what_runs(host);
  return reports[0];
}

}  // namespace

TEST_CASE("an entry that does not fit is refused with what was expected and found") {
  using Case = std::pair<std::string, std::string>;
  const auto [name, reason] = GENERATE(values<Case>({
      {"bad-magic", "wrong magic 0x12345678 in the entry, expected 0x50434344"},
      {"bad-major", "major 2 of the contract in the entry, expected 1"},
      {"no-symbol", "not a plugin: exports no symbol dcc_plugin_entry_v1"},
      {"other-major",
       "built for another major of the contract: found dcc_plugin_entry_v2, expected "
       "dcc_plugin_entry_v1"},
      {"small-entry",
       "entry of 40 octets, expected at least " + std::to_string(sizeof(dcc_plugin_entry))},
      {"missing-service", "requires the service 'dcc.teleport/1', which this host does not offer"},
      {"bad-id", "plugin id 'no id', expected 1 to 64 printable ASCII characters without space"},
      {"throwing-create", "create: status 6 (DCC_INTERNAL): threw an exception"},
      {"bad-srv", "activate: srv '8.14.x', expected digits and dots such as 8.14.3"},
  }));
  Host host;
  host.install("p", name);
  const PluginReport report = refused(host);
  CHECK(report.reason == (host.paths.directory / "p.so").string() + ": " + reason);
  CHECK(report.found_hash.size() == 64);
  CHECK(report.found_settings.size() == 64);
}

TEST_CASE("an instance that cannot be made or activated leaves nothing behind") {
  using Case = std::pair<std::string, std::string>;
  const auto [settings, reason] = GENERATE(values<Case>({
      {"create = refuse",
       "create: status 3 (DCC_INVALID): [fixture] create = refuse: told to refuse"},
      {"create = refuse_later",
       "create: status 3 (DCC_INVALID): [fixture] create = refuse_later: told to refuse "
       "(second round)"},
      {"create = null", "create: succeeded without an instance"},
      {"create = small", "create: instance structure of 8 octets, expected at least 40"},
      {"activate = fail", "activate: status 6 (DCC_INTERNAL): told to fail"},
      {"activate = silent", "activate: registered no handler"},
  }));
  Host host;
  host.install("p", "good", settings);
  const PluginReport report = refused(host);
  CHECK(report.reason == (host.paths.directory / "p.so").string() + ": " + reason);
  CHECK(report.id == "fixture");
  const Log& probed = host.debug_log;
  CHECK(probed.count("p: probe: create") == probed.count("p: probe: destroy"));
  CHECK(probed.count("p: probe: activate") == probed.count("p: probe: deactivate"));
}

TEST_CASE("a file that is no shared object is refused before it is loaded") {
  Host host;
  host.install("p", "good");
  const auto file = host.paths.directory / "p.so";
  std::string reason;
  SECTION("text") {
    write_file(file, "this is no plugin\n");
    reason =
        "not an ELF shared object: does not begin with \\x7f"
        "ELF";
  }
  SECTION("empty") {
    write_file(file, "");
    reason =
        "not an ELF shared object: does not begin with \\x7f"
        "ELF";
  }
  SECTION("truncated") {
    const std::string whole = host_test::contents(host_test::fixture("good"));
    write_file(file, whole.substr(0, whole.size() - 1));
    reason = "truncated: its section headers lie beyond the end, octet " +
             std::to_string(whole.size() - 1);
  }
  SECTION("a directory") {
    host.remove("p");
    fs::create_directory(file);
    reason = "is not a regular file";
  }
  SECTION("a link to nowhere") {
    host.remove("p");
    fs::create_symlink("nowhere", file);
    reason = "No such file or directory";
  }
  SECTION("writable by others") {
    fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
    reason = "may be written by its group or by others, expected by its owner only";
  }
  CHECK(refused(host).reason == file.string() + ": " + reason);
  CHECK_FALSE(fs::exists(host.paths.cache));
}

TEST_CASE("what the dynamic loader refuses is refused in its words") {
  Host host;
  host.install("p", "good");
  std::string object = host_test::contents(host_test::fixture("good"));
  object[18] = '\x7f';  // e_machine: none that there is
  write_file(host.paths.directory / "p.so", object);
  CHECK_THAT(refused(host).reason,
             Catch::StartsWith((host.paths.directory / "p.so").string() + ": cannot be loaded: ") &&
                 Catch::Contains(host.paths.cache.string()));
}

TEST_CASE("settings that are missing or do not parse refuse the plugin") {
  Host host;
  host.install("p", "good");
  const auto ini = host.paths.config_directory / "p.ini";
  std::string reason;
  SECTION("missing") {
    fs::remove(ini);
    reason = "no settings file " + ini.string();
  }
  SECTION("the whole directory is missing") {
    fs::remove_all(host.paths.config_directory);
    reason = "no settings file " + ini.string();
  }
  SECTION("empty") {
    write_file(ini, "");
    reason = ini.string() + ": holds no setting; allowed: at least one [section] with a key";
  }
  SECTION("a line that is none") {
    write_file(ini, "[fixture]\nnote\n");
    reason = ini.string() +
             ":2: [fixture] note: no = in the line; allowed: [section], key = value, or a comment "
             "(; or # first on its line)";
  }
  SECTION("writable by others") {
    fs::permissions(ini, fs::perms::others_write, fs::perm_options::add);
    reason = ini.string() +
             ": may be written by its group or by others, expected by its owner "
             "only";
  }
  SECTION("in a directory that others may write") {
    fs::permissions(host.paths.config_directory, fs::perms::others_write, fs::perm_options::add);
    reason = host.paths.config_directory.string() +
             ": may be written by its group or by others, expected by its owner only";
  }
  CHECK(refused(host).reason == reason);
}

TEST_CASE("a cache that is open to others refuses every plugin") {
  Host host;
  host.install("p", "good-v2");
  fs::create_directory(host.paths.cache);
  fs::permissions(host.paths.cache, fs::perms::owner_all | fs::perms::others_all);
  // Content that no other test of this process has loaded: what is mapped needs no copy.
  write_file(host.paths.directory / "p.so",
             host_test::contents(host_test::fixture("good-v2")) + "unlike any other");
  CHECK_THAT(refused(host).reason,
             Catch::StartsWith("cache of plugin copies: " + host.paths.cache.string()));
}

TEST_CASE("two files with one plugin id: the second is refused, naming both") {
  Host host;
  host.install("a", "good");
  host.install("b", "good-v2");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  const auto reports = plugins.reload();
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].live);
  CHECK_FALSE(reports[0].refused);
  CHECK(reports[1].refused);
  CHECK(reports[1].reason == "plugin id fixture of b.so is already live from a.so");
  CHECK(reports[1].version == "2.0");
  CHECK(host.decide().code == "I99");

  host.remove("a");
  const auto after = plugins.reload();
  REQUIRE(after.size() == 1);
  CHECK(first_reason(after).empty());
  CHECK(host.decide().code == "E5");
}

TEST_CASE("an SRV that another plugin holds is refused, naming it and its owner") {
  Host host;
  host.install("a", "good");
  host.install("b", "other-same-srv");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  const auto reports = plugins.reload();
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].live);
  CHECK(reports[1].refused);
  CHECK(reports[1].reason == (host.paths.directory / "b.so").string() +
                                 ": activate: SRV 8.14.3 is held by plugin fixture (a.so)");
  CHECK(host.registry.current()->find("8.14.3")->info().owner == "fixture");
  CHECK(host.log.count("b: create") == 0);
}

TEST_CASE("a plugin directory that cannot be listed is reported, and leaves what runs") {
  Host host;
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  const auto aside = host.root.path() / "aside";
  const std::string name = host.paths.directory.string();
  SECTION("at the start") {
    fs::rename(host.paths.directory, aside);
    const auto reports = plugins.reload();
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].file == name);
    CHECK(reports[0].refused);
    CHECK(reports[0].reason == "plugin directory " + name + ": No such file or directory");
    CHECK(host.log.lines() ==
          std::vector<std::string>{"plugins: " + reports[0].reason + "; what runs stays"});
  }
  SECTION("later") {
    host.install("p", "good");
    REQUIRE(plugins.reload()[0].live);
    fs::rename(host.paths.directory, aside);
    const auto reports = plugins.reload();
    REQUIRE(reports.size() == 2);
    CHECK(reports[0].file == name);
    CHECK(reports[1].file == "p.so");
    CHECK(reports[1].live);
    CHECK(host.decide().code == "I99");
  }
  SECTION("open to others") {
    fs::permissions(host.paths.directory, fs::perms::others_write, fs::perm_options::add);
    CHECK_THAT(first_reason(plugins.reload()), Catch::Contains("may be written by its group"));
  }
}
