// SPDX-License-Identifier: Apache-2.0
// Plugins that come, change and go, seen through the reports and the handler table.
#include "host/plugin_directory.hpp"

#include <catch2/catch.hpp>

#include "host/file_content.hpp"
#include "host/kept_pair.hpp"
#include "host/private_copy.hpp"
#include "plugin_host.hpp"

using dcc::host::Decision;
using dcc::host::HandlerTable;
using dcc::host::PluginDirectory;
using dcc::host::sha256_hex;
using host_test::contents;
using host_test::FakeFacts;
using host_test::fixture;
using host_test::Host;
using host_test::write_file;
namespace fs = host_test::fs;

namespace {

class BuiltIn : public dcc::host::Handler {
 public:
  explicit BuiltIn(const std::string& srv) {
    info_.srv = srv;
    info_.owner = "host";
  }
  const Info& info() const override { return info_; }
  void decide(const dcc_request&, dcc::host::Facts&, Decision& decision) const noexcept override {
    decision.kind = Decision::Kind::answered;
    decision.code = "E2";
  }

 private:
  Info info_;
};

}  // namespace

TEST_CASE("a plugin that is put there goes live, and its handler says whose it is") {
  Host host;
  host.install("p", "good");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  CHECK(host.registry.current()->handlers().empty());
  const auto reports = plugins.reload();
  REQUIRE(reports.size() == 1);
  const auto& report = reports[0];
  const std::string ini_hash = sha256_hex(contents(host.paths.config_directory / "p.ini"));
  CHECK(report.file == "p.so");
  CHECK(report.live);
  CHECK_FALSE(report.refused);
  CHECK(report.reason.empty());
  CHECK(report.id == "fixture");
  CHECK(report.version == "1.0");
  CHECK(report.build == "test build");
  CHECK(report.live_hash == sha256_hex(contents(fixture("good"))));
  CHECK(report.found_hash == report.live_hash);
  CHECK(report.live_settings == ini_hash);
  CHECK(report.found_settings == ini_hash);
  CHECK(report.srvs == std::vector<std::string>{"8.14.3"});

  const auto table = host.registry.current();
  REQUIRE(table->find("8.14.3") != nullptr);
  CHECK(table->find("8.14.4") == nullptr);
  const auto& info = table->find("8.14.3")->info();
  CHECK(info.owner == "fixture");
  CHECK(info.version == "1.0");
  CHECK(info.build == "test build");
  CHECK(info.settings_hash == ini_hash);
  CHECK(info.endpoint == "serviceD");
  CHECK(info.body_element == "CHFFaultReturn");
  CHECK(info.command_variants == 1u << 8);

  const Decision decision = host.decide();
  CHECK(decision.kind == Decision::Kind::answered);
  CHECK(decision.code == "I99");
  CHECK(decision.reason == "fixture 1.0");
  CHECK(host.log.of("plugins") ==
        std::vector<std::string>{"p.so live: plugin fixture, version 1.0, build test build, file " +
                                 report.live_hash.substr(0, 12) + ", settings " +
                                 ini_hash.substr(0, 12) + ", SRVs 8.14.3"});
}

TEST_CASE("what runs is a private copy, never the file itself") {
  Host host;
  host.install("p", "other-id");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  const std::string hash = plugins.reload().at(0).live_hash;
  // In place, as no installer should: were the file itself mapped, this would end the process.
  std::ofstream(host.paths.directory / "p.so", std::ios::trunc) << "gone";
  CHECK(host.decide("8.14.4").code == "I99");
  const auto reports = plugins.reload();
  CHECK(reports[0].live);
  CHECK(reports[0].refused);
  CHECK(reports[0].live_hash == hash);
  CHECK(host.decide("8.14.4").code == "I99");
}

TEST_CASE("the cache holds one copy of each content, under a name with its hash") {
  Host host;
  host.install("p", "good");
  // Octets behind the end, which the loader ignores: content that this process has not mapped yet.
  const std::string object = contents(fixture("good")) + host.root.path().string();
  write_file(host.paths.directory / "p.so", object);
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  REQUIRE(plugins.reload().at(0).live);
  host.configure("p", "code = E4\n");
  REQUIRE(plugins.reload().at(0).live);
  CHECK(dcc::host::kept_pairs(host.paths.cache).size() == 2);
  REQUIRE(std::distance(fs::directory_iterator(host.paths.cache), {}) == 1 + 2);
  CHECK(contents(host.paths.cache / ("p." + sha256_hex(object) + ".so")) == object);
  CHECK(fs::status(host.paths.cache).permissions() == fs::perms::owner_all);
}

TEST_CASE("a reload that finds nothing new changes nothing") {
  Host host;
  host.install("p", "good");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  plugins.reload();
  const auto table = host.registry.current();
  const auto lines = host.log.lines();
  const auto reports = plugins.reload();
  CHECK(reports.at(0).live);
  CHECK(host.registry.current() == table);
  CHECK(host.log.lines() == lines);
}

TEST_CASE("a new build replaces the old, which is deactivated and destroyed") {
  Host host;
  host.install("p", "good");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  plugins.reload();
  host.install("p", "good-v2");
  const auto reports = plugins.reload();
  CHECK(reports.at(0).version == "2.0");
  CHECK(reports.at(0).live_hash == sha256_hex(contents(fixture("good-v2"))));
  CHECK(host.decide().code == "E5");
  CHECK(host.log.of("p") == std::vector<std::string>{"create", "activate", "create", "activate",
                                                     "deactivate", "destroy"});
  CHECK_THAT(host.log.of("plugins").back(),
             Catch::StartsWith("p.so replaced, live: plugin fixture, version 2.0, "));

  host.install("p", "good");
  plugins.reload();
  CHECK(host.decide().code == "I99");
}

TEST_CASE("changed settings make a new instance of the same library") {
  Host host;
  host.install("p", "good");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  const auto before = plugins.reload().at(0);
  for (const std::string code : {"E4", "E5", "E4"}) {
    host.configure("p", "code = " + code + "\n");
    const auto after = plugins.reload().at(0);
    CHECK(after.live_hash == before.live_hash);
    CHECK(after.live_settings != before.live_settings);
    CHECK(after.live_settings == after.found_settings);
    CHECK(host.decide().code == code);
    CHECK(host.registry.current()->find("8.14.3")->info().settings_hash == after.live_settings);
  }
  CHECK(host.log.count("p: create") == 4);
  CHECK(host.log.count("p: destroy") == 3);
}

TEST_CASE("a refused change leaves what runs untouched and shows both hashes") {
  Host host;
  host.install("p", "good");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  const auto before = plugins.reload().at(0);
  const auto table = host.registry.current();
  SECTION("a broken file") {
    write_file(host.paths.directory / "p.so", "broken");
  }
  SECTION("a plugin that does not fit") {
    host.install("p", "bad-magic");
  }
  SECTION("settings that the plugin refuses") {
    host.configure("p", "create = refuse\n");
  }
  SECTION("settings that do not parse") {
    write_file(host.paths.config_directory / "p.ini", "broken");
  }
  SECTION("settings that are gone") {
    fs::remove(host.paths.config_directory / "p.ini");
  }
  const auto after = plugins.reload().at(0);
  CHECK(after.live);
  CHECK(after.refused);
  CHECK_FALSE(after.reason.empty());
  CHECK(after.live_hash == before.live_hash);
  CHECK(after.live_settings == before.live_settings);
  const bool something_differs =
      after.found_hash != after.live_hash || after.found_settings != after.live_settings;
  CHECK(something_differs);
  CHECK(after.srvs == before.srvs);
  CHECK(host.registry.current() == table);
  CHECK(host.decide().code == "I99");

  host.install("p", "good");
  const auto healed = plugins.reload().at(0);
  CHECK(healed.live);
  CHECK_FALSE(healed.refused);
  CHECK(host.registry.current() == table);
}

TEST_CASE("a plugin without settings is refused until they appear") {
  Host host;
  host.install("p", "good");
  fs::remove(host.paths.config_directory / "p.ini");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  CHECK(plugins.reload().at(0).refused);
  host.configure("p", "");
  CHECK(plugins.reload().at(0).live);
}

TEST_CASE("a plugin that is removed is withdrawn, and may come back") {
  Host host;
  host.install("p", "good");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  plugins.reload();
  host.remove("p");
  CHECK(plugins.reload().empty());
  CHECK(host.registry.current()->find("8.14.3") == nullptr);
  CHECK(host.log.count("p: destroy") == 1);
  CHECK_THAT(host.log.of("plugins").back(), Catch::StartsWith("p.so withdrawn: plugin fixture, "));
  host.install("p", "good");
  CHECK(plugins.reload().at(0).live);
  CHECK(host.decide().code == "I99");
}

TEST_CASE("a plugin under a new file name replaces itself") {
  Host host;
  host.install("a", "good");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  plugins.reload();
  host.remove("a");
  host.install("b", "good-v2");
  const auto reports = plugins.reload();
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].file == "b.so");
  CHECK(reports[0].live);
  CHECK(host.decide().code == "E5");
}

TEST_CASE("several plugins live side by side, reported by file name") {
  Host host;
  host.install("z", "good");
  host.install("a", "other-id");
  write_file(host.paths.directory / "README", "not a plugin");
  write_file(host.paths.directory / "a.so.dpkg-new", "not yet a plugin");
  write_file(host.paths.directory / ".hidden.so", "not a plugin");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  const auto reports = plugins.reload();
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].file == "a.so");
  CHECK(reports[0].srvs == std::vector<std::string>{"8.14.4"});
  CHECK(reports[1].file == "z.so");
  CHECK(reports[1].srvs == std::vector<std::string>{"8.14.3"});
  CHECK(host.registry.current()->handlers().size() == 2);
}

TEST_CASE("an SRV goes from one file to another in one reload whichever comes first by name") {
  Host host;
  const std::string from = GENERATE("a", "z");
  const std::string to = from == "a" ? "z" : "a";
  const std::string from_fixture = from == "a" ? "good" : "other-id";
  const std::string to_fixture = from == "a" ? "other-id" : "good";
  host.install(from, from_fixture, "srv = 8.14.3\n");
  host.install(to, to_fixture, "srv = 8.14.4\n");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  plugins.reload();
  const auto owner = [&](const std::string& srv) {
    const auto* handler = host.registry.current()->find(srv);
    return handler == nullptr ? "nobody" : handler->info().owner;
  };
  const std::string before = owner("8.14.3"), after = owner("8.14.4");
  REQUIRE(before != after);
  SECTION("it is moved") {
    host.configure(from, "srv = 8.2\n");
    host.configure(to, "srv = 8.14.3\n");
    for (const auto& report : plugins.reload()) CHECK(report.reason.empty());
    CHECK(owner("8.14.3") == after);
    CHECK(owner("8.2") == before);
    CHECK(owner("8.14.4") == "nobody");
  }
  SECTION("two are exchanged") {
    host.configure(from, "srv = 8.14.4\n");
    host.configure(to, "srv = 8.14.3\n");
    for (const auto& report : plugins.reload()) CHECK(report.reason.empty());
    CHECK(owner("8.14.3") == after);
    CHECK(owner("8.14.4") == before);
  }
  SECTION("the one that gives it up is refused, and so is the one that wants it") {
    host.configure(from, "srv = 8.2\ncreate = refuse\n");
    host.configure(to, "srv = 8.14.3\n");
    for (const auto& report : plugins.reload()) CHECK(report.refused);
    CHECK(owner("8.14.3") == before);
    CHECK(owner("8.14.4") == after);
  }
  SECTION("the one that gives it up passes the probe and is refused by this host") {
    host.configure(from, "srv = 8.2\ncreate = refuse_later\n");
    host.configure(to, "srv = 8.14.3\n");
    for (const auto& report : plugins.reload()) CHECK(report.refused);
    CHECK(owner("8.14.3") == before);
    CHECK(owner("8.14.4") == after);
  }
  SECTION("who has it keeps it, also with other settings") {
    host.configure(from, "srv = 8.14.3\ncode = E4\n");
    host.configure(to, "srv = 8.14.3\n");
    for (const auto& report : plugins.reload())
      CHECK(report.refused == (report.file == to + ".so"));
    CHECK(owner("8.14.3") == before);
    CHECK(owner("8.14.4") == after);
    CHECK(host.decide().code == "E4");
  }
}

TEST_CASE("a plugin that is unfinished stays as it is and all others go on") {
  Host host;
  host.install("a", "good");
  host.install("b", "other-id");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  const auto before = plugins.reload();
  const auto lines = host.log.of("plugins").size();
  write_file(host.paths.directory / "a.so", "half a plug");
  write_file(host.paths.directory / "c.so", "half a plug");
  host.configure("b", "code = E4\n");
  const auto reports = plugins.reload(dcc::host::Retry::changed, {"a", "c"});
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].live);
  CHECK_FALSE(reports[0].refused);
  CHECK(reports[0].found_hash == before[0].found_hash);
  CHECK(host.decide("8.14.4").code == "E4");
  CHECK(host.log.of("plugins").size() == lines + 1);  // b replaced
  CHECK(plugins.reload().size() == 3);
  host.install("a", "good-v2");
  host.remove("c");
  CHECK(plugins.reload().at(0).version == "2.0");
}

TEST_CASE("a directory in the place of another that holds no plugin withdraws nothing") {
  Host host;
  host.install("p", "good");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  REQUIRE(plugins.reload().at(0).live);
  const auto aside = host.root.path() / "aside";
  fs::rename(host.paths.directory, aside);
  host_test::make_directory(host.paths.directory);
  for (int round = 0; round < 2; ++round) {
    const auto reports = plugins.reload();
    REQUIRE(reports.size() == 2);
    CHECK(reports[0].refused);
    CHECK_THAT(reports[0].reason,
               Catch::Contains(host.paths.directory.string()) && Catch::Contains("not mounted?"));
    CHECK(reports[1].live);
    CHECK(host.decide().code == "I99");
  }
  SECTION("what was there comes back") {
    fs::remove(host.paths.directory);
    fs::rename(aside, host.paths.directory);
    CHECK(host_test::first_reason(plugins.reload()).empty());
    CHECK(host.decide().code == "I99");
    host.remove("p");
    CHECK(plugins.reload().empty());
    CHECK(host.registry.current()->find("8.14.3") == nullptr);
  }
  SECTION("another plugin comes") {
    host.install("q", "other-id");
    CHECK(plugins.reload().size() == 1);
    CHECK(host.registry.current()->find("8.14.3") == nullptr);
    CHECK(host.decide("8.14.4").code == "I99");
  }
}

TEST_CASE("what a reload would refuse is found without a trace") {
  Host host;
  host.install("a", "good");
  host.install("b", "good-v2");
  host.install("c", "other-id", "create = refuse\n");
  host.install("d", "other-same-srv");
  write_file(host.paths.directory / "e.so", "no plugin");
  write_file(host.paths.directory / "._a.so", "of another system");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  const auto examined = plugins.examine();
  CHECK_FALSE(fs::exists(host.paths.cache));
  CHECK(host.log.lines().empty());
  CHECK(host.registry.current()->handlers().empty());
  const auto reports = plugins.reload();
  REQUIRE(examined.size() == reports.size());
  for (std::size_t i = 0; i < reports.size(); ++i) {
    CHECK(examined[i].file == reports[i].file);
    CHECK(examined[i].refused == reports[i].refused);
    CHECK(examined[i].reason == reports[i].reason);
    CHECK(examined[i].id == reports[i].id);
  }
  CHECK(std::ranges::count_if(reports, &dcc::host::PluginReport::live) == 1);
  fs::permissions(host.paths.cache, fs::perms::owner_all | fs::perms::others_read);
  write_file(host.paths.directory / "a.so", contents(fixture("good")) + "new");
  CHECK(plugins.examine().at(0).reason == plugins.reload().at(0).reason);
  CHECK_FALSE(plugins.examine().at(0).reason.empty());
}

TEST_CASE("every build that has been live stays in the cache, with the settings it ran with") {
  Host host;
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  host.install("p", "good");
  for (int build = 0; build < 15; ++build) {
    write_file(host.paths.directory / "p.so", contents(fixture("good")) + std::to_string(build));
    REQUIRE(plugins.reload().at(0).live);
  }
  const auto kept = dcc::host::kept_pairs(host.paths.cache);
  REQUIRE(kept.size() == 15);
  for (const auto& pair : kept) {
    CHECK(dcc::host::sha256_hex(contents(pair.plugin)) == pair.id.first);
    CHECK(contents(pair.settings) == contents(host.paths.config_directory / "p.ini"));
  }
  CHECK(host.decide().code == "I99");
  // Unless it was refused: of these the last few.
  host.configure("p", "create = refuse\n");
  for (int build = 100; build < 115; ++build) {
    write_file(host.paths.directory / "p.so", contents(fixture("good")) + std::to_string(build));
    CHECK(plugins.reload().at(0).refused);
  }
  host.configure("p", "; otherwise\n");
  write_file(host.paths.directory / "p.so", contents(fixture("good")));
  REQUIRE_FALSE(plugins.reload().at(0).refused);
  CHECK(std::distance(fs::directory_iterator(host.paths.cache), {}) ==
        16 * 2 + static_cast<int>(dcc::host::kKeptCopies));
}

TEST_CASE("a built-in handler yields to a plugin and returns when that goes") {
  Host host;
  HandlerTable::Map built_in;
  built_in["8.14.3"] = std::make_shared<BuiltIn>("8.14.3");
  built_in["8.2"] = std::make_shared<BuiltIn>("8.2");
  {
    PluginDirectory plugins(host.paths, host.services(), host.registry, built_in);
    CHECK(host.decide().code == "E2");
    host.install("p", "good");
    CHECK(plugins.reload().at(0).live);
    CHECK(host.decide().code == "I99");
    CHECK(host.decide("8.2").code == "E2");
    host.remove("p");
    plugins.reload();
    CHECK(host.decide().code == "E2");
    host.install("p", "good");
    plugins.reload();
  }
  CHECK(host.decide().code == "E2");
  CHECK(host.log.count("p: destroy") == 2);
}

TEST_CASE("several directories share a library but no instance") {
  Host one, two;
  one.install("p", "good", "code = E4\n");
  two.install("p", "good", "code = E5\n");
  PluginDirectory first(one.paths, one.services(), one.registry);
  {
    PluginDirectory second(two.paths, two.services(), two.registry);
    CHECK(first.reload().at(0).live);
    CHECK(second.reload().at(0).live);
    CHECK(one.decide().code == "E4");
    CHECK(two.decide().code == "E5");
  }
  CHECK(two.log.count("p: destroy") == 1);
  CHECK(one.log.count("p: destroy") == 0);
  CHECK(two.registry.current()->handlers().empty());
  CHECK(one.decide().code == "E4");
}

TEST_CASE("a plugin that requires a service of the host goes live where it is offered") {
  Host host;
  host.install("p", "missing-service");
  auto services = host.services();
  const int table = 0;
  services.own["dcc.teleport/1"] = &table;
  PluginDirectory plugins(host.paths, services, host.registry);
  const auto report = plugins.reload().at(0);
  CHECK(report.reason.empty());
  CHECK(report.live);
  CHECK(host.decide().code == "I99");
}

TEST_CASE("what a handler does decides what comes of the request") {
  Host host;
  FakeFacts known;
  known.devices[host_test::kSeven] = {"CHF", "Pending", 3};
  known.any = true;
  dcc::host::Facts facts;
  const auto decide = [&](const std::string& behaviour) {
    host.install("p", "good", "behaviour = " + behaviour + "\n");
    PluginDirectory plugins(host.paths, host.services(), host.registry);
    REQUIRE(plugins.reload().at(0).live);
    return host.decide(known, facts);
  };
  using Kind = Decision::Kind;
  SECTION("nothing") {
    const Decision decision = decide("nothing");
    CHECK(decision.kind == Kind::failed);
    CHECK(decision.reason == "handler set no outcome");
  }
  SECTION("a code that there is not, after one that there is") {
    const Decision decision = decide("rubbish");
    CHECK(decision.kind == Kind::failed);
    CHECK(decision.code.empty());
    CHECK(decision.reason ==
          "handler set no outcome: 'E99999' is no response code of the DUIS schema");
  }
  SECTION("a code that there is, after one that there is not") {
    CHECK(decide("rubbish_then_code").code == "E5");
  }
  SECTION("not valid") {
    const Decision decision = decide("not_valid");
    CHECK(decision.kind == Kind::not_valid);
    CHECK(decision.reason == "not valid");
  }
  SECTION("a status of failure") {
    const Decision decision = decide("status");
    CHECK(decision.kind == Kind::failed);
    CHECK(decision.reason == "handler returned status 6 (DCC_INTERNAL): why");
  }
  SECTION("lookups") {
    const Decision decision = decide("lookups");
    CHECK(decision.kind == Kind::answered);
    CHECK(decision.reason == "00 CHF Pending, absent 1, orderer 1, any 2");
    CHECK(known.questions == 4);
    CHECK(facts.rounds == 1);
    REQUIRE(facts.all().size() == 4);
    CHECK(facts.all()[0].key == host_test::kSeven);
    CHECK(facts.all()[0].revision == 3);
    for (const auto& fact : facts.all()) CHECK(fact.used);
  }
  SECTION("lookups that cannot be answered") {
    known.down = "the store is down";
    const Decision decision = decide("lookups");
    CHECK(decision.kind == Kind::unavailable);
    CHECK_THAT(decision.reason, Catch::Contains("the store is down"));
  }
  SECTION("question after question, as many rounds as are allowed") {
    known.next = [](const std::string& key) { return std::to_string(std::stoi(key) + 1); };
    const Decision decision = decide("asks");
    CHECK(decision.kind == Kind::failed);
    CHECK(decision.reason == "asks in 9 rounds, of late for test.chain '8'");
    CHECK(known.questions == 8);
  }
}

TEST_CASE("an exception that leaves a handler fails the request, not the host") {
  Host host;
  host.install("p", "throwing");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  REQUIRE(plugins.reload().at(0).live);
  const Decision decision = host.decide();
  CHECK(decision.kind == Decision::Kind::failed);
  CHECK(decision.reason == "handler threw an exception");
}

TEST_CASE("a plugin for two majors is taken by the entry that this host knows") {
  Host host;
  host.install("p", "two-majors");
  PluginDirectory plugins(host.paths, host.services(), host.registry);
  const auto reports = plugins.reload();
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].live);
  CHECK(host_test::first_reason(reports).empty());
  CHECK(host.decide().code == "I99");
}
