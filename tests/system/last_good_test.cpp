// SPDX-License-Identifier: Apache-2.0
//
// A start with something broken, and a plugin that fails: [plugins] keep_last_good, give_up_after.
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <filesystem>

#include "support/host_fixture.hpp"

using namespace support;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

// Not started.
class Host : public HostFixture {
 public:
  explicit Host(const std::string& keys, const Options& options = {}) : HostFixture(options) {
    write_file(configuration(),
               edited(read_file(configuration()), "[plugins]\n", "[plugins]\n" + keys));
  }

  // SNA's, or what stands for it.
  std::string sna(const char* status = "Pending") { return answer("sna", "8.14.3", hub(status)); }

  // What /healthz says of the plugins; empty: nothing, and the host is not degraded.
  std::string complaint() {
    const json::object health = get("/healthz");
    std::string text;
    for (const auto& reason : health.at("reasons").as_array()) {
      if (reason.at("part").as_string() == "plugins") text += reason.at("text").as_string();
    }
    CHECK(health.at("status").as_string() == (text.empty() ? "ok" : "degraded"));
    return text;
  }

  json::object plugin() { return get("/plugins").at("plugins").at(0).as_object(); }
};

HostFixture::Options without_plugin() {
  HostFixture::Options options;
  options.plugin = false;
  return options;
}

}  // namespace

TEST_CASE("A start with a broken plugin or broken settings runs what ran before, and says so",
          "[R24]") {
  Host host("keep_last_good = on\n");
  host.start();
  CHECK(host.sna() == "I99");
  CHECK(host.complaint().empty());
  const json::object before = host.plugin();
  host.stop();

  const auto check_last_good = [&](const std::string& why) {
    host.start();
    CHECK(host.sna() == "I99");
    CHECK(host.sna("Commissioned") == "E5");
    CHECK_THAT(host.complaint(), Contains(why) &&
                                     Contains("in its place what ran before runs, from "
                                              "the cache (file ") &&
                                     Contains("what ran before the start runs again: mend the file "
                                              "or its settings"));
    CHECK(host.plugin().at("from_cache").as_bool());
    CHECK(host.plugin().at("live").as_bool());
    CHECK(host.plugin().at("live_hash") == before.at("live_hash"));
    CHECK(host.plugin().at("live_settings") == before.at("live_settings"));
  };
  const auto check_mended = [&] {
    host.drop_ch_returns();
    CHECK(host.reload() == 200);
    CHECK(host.complaint().empty());
    CHECK_FALSE(host.plugin().at("from_cache").as_bool());
    CHECK(host.sna() == "I99");
  };
  SECTION("no plugin, twice") {
    write_file(host.plugins() / "ch-returns.so", "no plugin");
    check_last_good("not an ELF shared object");
    CHECK(host.reload() == 422);
    CHECK(host.sna() == "I99");
    const Finished finished = host.stop();
    CHECK_THAT(finished.err, Contains("ch-returns.so live from the cache, as before: plugin "));
    check_last_good("not an ELF shared object");
    check_mended();
  }
  SECTION("a mistake in the settings") {
    write_file(host.settings() / "ch-returns.ini",
               edited(ch_returns_settings(), "SNA = Pending", "SNA = Pendign"));
    check_last_good("SNA = Pendign");
    check_mended();
  }
  SECTION("a mistake that takes long to say") {
    const std::string unknown(600, 'x');
    write_file(host.settings() / "ch-returns.ini",
               edited(ch_returns_settings(), "SNA = Pending", "SNA = " + unknown));
    check_last_good(unknown.substr(0, 100));
    check_mended();
  }
  SECTION("no settings") {
    fs::remove(host.settings() / "ch-returns.ini");
    check_last_good("no settings file");
    check_mended();
  }
  SECTION("what ran before is not what it was") {
    for (const auto& entry : fs::directory_iterator(host.store().parent_path() / "plugin-cache")) {
      if (entry.path().extension() == ".ini") write_file(entry.path(), "otherwise");
    }
    write_file(host.plugins() / "ch-returns.so", "no plugin");
    host.start();
    CHECK(host.sna() == "501");
    CHECK_THAT(host.complaint(), Contains("what ran before cannot run, either: ") &&
                                     Contains("nothing of it is live"));
  }
}

TEST_CASE("What was taken away, or was never asked to be kept, does not come back", "[R24]") {
  const bool on = GENERATE(true, false);
  Host host(on ? "keep_last_good = on\n" : "");
  host.start();
  CHECK(host.sna() == "I99");
  if (on) {
    fs::remove(host.plugins() / "ch-returns.so");
    const bool while_it_ran = GENERATE(true, false);
    if (while_it_ran) CHECK(host.reload() == 200);
    host.stop();
    host.start();
  }
  host.stop();
  write_file(host.plugins() / "ch-returns.so", "no plugin");
  host.start();
  CHECK(host.sna() == "501");
  CHECK_THAT(host.complaint(), Contains("nothing of it is live"));
}

TEST_CASE(
    "A plugin that fails for one originator after the other is withdrawn, and nothing runs "
    "in its place",
    "[R24]") {
  HostFixture::Options options = without_plugin();
  options.supplier_returns = true;
  Host host("keep_last_good = on\ngive_up_after = 3\n", options);
  host.drop_plugin(FAILING_PLUGIN, "[failing]\nbehaviour = not_pending\n");
  host.start();
  const auto answer = [&](const char* user, const char* status) {
    return host.answer(user, "8.14.3", hub(status));
  };
  // One originator does not, however often.
  for (int i = 0; i < 5; ++i) CHECK(answer("sna", "Commissioned") == "500");
  CHECK(answer("lonely", "Commissioned") == "500");
  // What does not fail begins the count anew.
  CHECK(answer("eis", "Pending") == "I99");
  CHECK(answer("eis", "Commissioned") == "500");
  CHECK(answer("gis", "Commissioned") == "500");
  CHECK(answer("eis", "Commissioned") == "500");
  CHECK(answer("eis", "Pending") == "I99");
  CHECK(host.complaint().empty());
  for (const char* user : {"sna", "eis", "gis"}) CHECK(answer(user, "Commissioned") == "500");

  host.process().wait_for_line("failing-plugin.so (");
  CHECK(answer("eis", "Pending") == "501");  // nor the host's own handler
  CHECK(host.answer("eis", "8.14.4", hub("Pending")) == "I99");
  host.process().wait_for_line("something was refused");
  CHECK_THAT(host.complaint(), Contains("withdrawn: it failed for 3 originators in a row, the last "
                                        "time: handler returned status 6") &&
                                   Contains("nothing of it is live: mend the file"));
  CHECK_FALSE(host.plugin().at("live").as_bool());
  CHECK(host.get("/handlers").at("handlers").at(0).at("withdrawn").as_bool());
  CHECK_THAT(host.admin("GET", "/metrics").body,
             Contains("dcc_plugin_live{file=\"failing-plugin.so\"} 0\n") &&
                 Contains("dcc_handlers_live 1\n"));

  // A reload without a change is none, nor are broken settings; another file or settings are.
  CHECK(host.reload() == 422);
  CHECK(answer("eis", "Pending") == "501");
  SECTION("other settings") {
    write_file(host.settings() / "failing-plugin.ini", "[failing\n");
    CHECK(host.reload() == 422);
    CHECK(answer("eis", "Pending") == "501");
    CHECK_THAT(host.complaint(), Contains("; what ran is withdrawn: it failed"));
    host.drop_plugin(FAILING_PLUGIN, "[failing]\nbehaviour = answer\n");
    CHECK(host.reload() == 200);
    CHECK(answer("eis", "Pending") == "I99");
    CHECK(host.complaint().empty());
  }
  SECTION("never what ran before: neither now nor at the next start") {
    host.stop();
    write_file(host.settings() / "failing-plugin.ini", "[failing\n");
    host.start();
    CHECK(answer("sna", "Pending") == "E2");  // the host's own handler: nothing of it was live
    CHECK_THAT(host.complaint(), Contains("nothing of it is live"));
  }
}

TEST_CASE("Without give_up_after a plugin goes on failing", "[R12]") {
  Host host("", without_plugin());
  host.drop_plugin(FAILING_PLUGIN, "[failing]\nbehaviour = internal\n");
  host.start();
  for (const char* user : {"sna", "eis", "gis", "lonely", "es"})
    CHECK(host.answer(user, "8.14.3", hub("Pending")) == "500");
  CHECK(host.complaint().empty());
}
