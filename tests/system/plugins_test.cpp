// SPDX-License-Identifier: Apache-2.0
//
// The plugin dropped into a running host, switched, broken and taken away.
#include <csignal>

#include "problem.hpp"

using namespace support;

namespace {

HostFixture::Options without_plugin() {
  HostFixture::Options options;
  options.plugin = false;
  return options;
}

// Both SNA lines of the shipped settings set to `value`.
std::string settings_with_sna(const std::string& value) {
  std::string text = ch_returns_settings();
  for (int i = 0; i < 2; ++i) text = edited(text, "SNA = Pending", "SNA = " + value);
  return text;
}

std::string sna(HostFixture& host, std::string_view status, std::string_view srv = "8.14.3") {
  return host.answer("sna", srv, hub(status));
}

boost::json::object only_plugin(HostFixture& host) {
  const auto report = host.get("/plugins");
  REQUIRE(report.at("plugins").as_array().size() == 1);
  return report.at("plugins").as_array().front().as_object();
}

std::string text(const boost::json::object& object, const char* key) {
  return std::string(object.at(key).as_string());
}

}  // namespace

TEST_CASE("The plugin is dropped into a running host, and taken away", "[R1][R2][R12][quick]") {
  HostFixture host(without_plugin());
  host.start();
  CHECK(sna(host, "Pending") == "501");
  CHECK(host.get("/healthz").at("status").as_string() == "ok");
  CHECK(host.get("/handlers").at("handlers").as_array().empty());

  host.drop_ch_returns();
  CHECK(sna(host, "Pending") == "501");
  CHECK(host.reload() == 200);
  CHECK(sna(host, "Pending") == "I99");
  CHECK(sna(host, "Pending", "8.14.4") == "I99");
  CHECK(only_plugin(host).at("live").as_bool());
  CHECK(text(only_plugin(host), "id") == "ch-returns");
  CHECK(text(only_plugin(host), "live_hash") == text(only_plugin(host), "found_hash"));

  std::filesystem::remove(host.plugins() / "ch-returns.so");
  CHECK(host.reload() == 200);
  CHECK(sna(host, "Pending") == "501");
  CHECK(host.get("/handlers").at("handlers").as_array().empty());
}

TEST_CASE("One line of the settings switches SNA eligibility off and on again", "[R12][quick]") {
  HostFixture host;
  const auto file = host.settings() / "ch-returns.ini";
  for (const bool on : {true, false, true}) {
    INFO(on);
    write_file(file, settings_with_sna(on ? "Pending" : "none"));
    CHECK(host.reload() == 200);
    for (const char* srv : {"8.14.3", "8.14.4"}) {
      CHECK(sna(host, "Pending", srv) == (on ? "I99" : "E2"));
      CHECK(sna(host, "Commissioned", srv) == (on ? "E5" : "E2"));
      CHECK(host.answer("eis", srv, hub("Commissioned")) == "I99");
      CHECK(host.answer("es", srv, hub("Pending")) == "E2");
    }
  }
}

TEST_CASE("Each SRV, the status list, the status code and the appointment are settings",
          "[R10][R12][R18][quick]") {
  HostFixture host;
  const auto file = host.settings() / "ch-returns.ini";
  const auto use = [&](const std::string& settings) {
    write_file(file, settings);
    REQUIRE(host.reload() == 200);
  };
  use(edited(ch_returns_settings(), "SNA = Pending", "SNA = Pending, Whitelisted"));
  CHECK(sna(host, "Whitelisted", "8.14.3") == "I99");
  CHECK(sna(host, "Whitelisted", "8.14.4") == "E5");
  use(edited(ch_returns_settings(), "status_code = E5", "status_code = E54"));
  CHECK(sna(host, "Commissioned") == "E54");
  use(edited(ch_returns_settings(), "appointment = required", "appointment = any"));
  CHECK(host.answer("sna", "8.14.3", kUnorderedHub) == "I99");
  CHECK(host.answer("lonely", "8.14.3", kUnorderedHub) == "E4");
  use(edited(ch_returns_settings(), "appointment = required", "appointment = off"));
  CHECK(host.answer("lonely", "8.14.3", kUnorderedHub) == "I99");
  use(edited(ch_returns_settings(), "GIS = any", "GIS = none"));
  CHECK(host.answer("gis", "8.14.3", hub("Pending")) == "E2");
  CHECK(host.answer("gis", "8.14.4", hub("Pending")) == "I99");
}

TEST_CASE("Broken settings leave what runs untouched, loudly", "[R24]") {
  HostFixture host;
  const auto file = host.settings() / "ch-returns.ini";
  const auto before = only_plugin(host);
  for (const std::string& broken :
       {std::string(), std::string("SNA"), settings_with_sna("Pendign"),
        settings_with_sna("Pending ; only these"), ch_returns_settings() + "[8.14.3]\n",
        edited(ch_returns_settings(), "status_code = E5", "status_code = E99999"),
        edited(ch_returns_settings(), "EIS = any\n", "")}) {
    INFO(broken);
    write_file(file, broken);
    CHECK(host.reload() == 422);
    const auto report = only_plugin(host);
    CHECK(report.at("live").as_bool());
    CHECK(report.at("refused").as_bool());
    CHECK_FALSE(text(report, "reason").empty());
    CHECK(report.at("live_settings") == before.at("live_settings"));
    CHECK(report.at("found_settings") != before.at("live_settings"));
    const auto health = host.get("/healthz");
    CHECK(health.at("status").as_string() == "degraded");
    CHECK(sna(host, "Pending") == "I99");
    CHECK(sna(host, "Commissioned") == "E5");
  }
  host.drop_ch_returns();
  CHECK(host.reload() == 200);
  CHECK(host.get("/healthz").at("status").as_string() == "ok");
}

TEST_CASE("A broken plugin file leaves what runs untouched, loudly", "[R24]") {
  HostFixture host;
  const auto file = host.plugins() / "ch-returns.so";
  const std::string whole = read_file(ch_returns_object());
  const auto before = only_plugin(host);
  for (const std::string& broken :
       {std::string(), std::string("hello"), whole.substr(0, whole.size() / 2),
        read_file(sample_host_program())}) {
    INFO(broken.size());
    write_file(file, broken);
    CHECK(host.reload() == 422);
    CHECK(only_plugin(host).at("live_hash") == before.at("live_hash"));
    CHECK(host.get("/healthz").at("status").as_string() == "degraded");
    CHECK(sna(host, "Pending") == "I99");
  }
  write_file(file, whole);
  CHECK(host.reload() == 200);
  CHECK(sna(host, "Pending") == "I99");
}

TEST_CASE("A plugin without settings waits for them", "[R24]") {
  HostFixture host(without_plugin());
  host.start();
  host.drop_ch_returns();
  std::filesystem::remove(host.settings() / "ch-returns.ini");
  CHECK(host.reload() == 422);
  CHECK_FALSE(only_plugin(host).at("live").as_bool());
  CHECK(sna(host, "Pending") == "501");
  host.drop_ch_returns();
  CHECK(host.reload() == 200);
  CHECK(sna(host, "Pending") == "I99");
}

TEST_CASE("A plugin or settings that others may write are refused", "[R25]") {
  HostFixture host(without_plugin());
  host.start();
  host.drop_ch_returns();
  using std::filesystem::perm_options, std::filesystem::perms;
  for (const auto& file : {host.plugins() / "ch-returns.so", host.settings() / "ch-returns.ini"}) {
    INFO(file);
    std::filesystem::permissions(file, perms::others_write, perm_options::add);
    CHECK(host.reload() == 422);
    CHECK(text(only_plugin(host), "reason").find(file.filename().string()) != std::string::npos);
    CHECK(sna(host, "Pending") == "501");
    std::filesystem::permissions(file, perms::others_write, perm_options::remove);
  }
  CHECK(host.reload() == 200);
}

TEST_CASE("A second plugin for an SRV that is taken is refused, naming both", "[R24]") {
  HostFixture host;
  host.drop_plugin(FAILING_PLUGIN, "[failing]\nbehaviour = answer\n");
  CHECK(host.reload() == 422);
  const auto plugins = host.get("/plugins").at("plugins").as_array();
  REQUIRE(plugins.size() == 2);
  const auto& refused = plugins.back().as_object();
  CHECK(text(refused, "file") == "failing-plugin.so");
  CHECK(refused.at("refused").as_bool());
  CHECK(text(refused, "reason").find("8.14.3") != std::string::npos);
  CHECK(text(refused, "reason").find("ch-returns") != std::string::npos);
  CHECK(sna(host, "Commissioned") == "E5");

  std::filesystem::remove(host.plugins() / "ch-returns.so");
  CHECK(host.reload() == 200);
  CHECK(sna(host, "Pending", "8.14.3") == "I99");
  CHECK(sna(host, "Pending", "8.14.4") == "501");
}

TEST_CASE("A plugin that would crash the host is refused, and the host goes on", "[R24][R25]") {
  HostFixture host;
  const std::string reason = (host.plugins() / "failing-plugin.so").string() +
                             ": probe: the plugin crashed in create with signal 6 (SIGABRT)";
  host.drop_plugin(FAILING_PLUGIN, "[failing]\ncreate = abort\n");
  CHECK(host.reload() == 422);
  const auto plugins = host.get("/plugins").at("plugins").as_array();
  REQUIRE(plugins.size() == 2);
  CHECK(text(plugins.back().as_object(), "reason") == reason);
  CHECK(text(plugins.back().as_object(), "id") == "failing");
  CHECK(host.get("/healthz").at("status").as_string() == "degraded");
  CHECK(sna(host, "Pending") == "I99");
  CHECK(host.stop().err.find("failing-plugin.so refused: " + reason) != std::string::npos);
}

TEST_CASE("SIGHUP reloads, too", "[R12]") {
  HostFixture host(without_plugin());
  host.start();
  host.drop_ch_returns();
  host.process().signal(SIGHUP);
  host.process().wait_for_line("2 handlers live");
  CHECK(sna(host, "Pending") == "I99");
}
