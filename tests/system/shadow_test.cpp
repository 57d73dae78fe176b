// SPDX-License-Identifier: Apache-2.0
//
// Candidates beside the running host: they decide what it has answered, are counted, and change
// nothing, whatever they do.
#include <sys/stat.h>

#include <atomic>
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <thread>

#include "every_return.hpp"
#include "shadowed_host.hpp"

using namespace support;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::int64_t kDecidedByPlugins = 9 * kDevicesReturned * 2;

}  // namespace

TEST_CASE("A shadow that is the same says so, and one that is altered is caught, with an example",
          "[R3][R29]") {
  SECTION("the same") {
    ShadowedHost host(ch_returns_object(), "ch-returns", ch_returns_settings());
    host.start();
    send_every_return(host);
    // What the host decided itself is offered, too, after its answer has left.
    const std::int64_t answered = std::size(kMembers) * kDevicesReturned * 2;
    const json::object report = host.settled(kDecidedByPlugins, answered);
    const auto& candidate = report.at("candidates").at(0);
    CHECK(candidate.at("id").as_string() == "ch-returns");
    CHECK(candidate.at("decided").as_int64() == kDecidedByPlugins);
    CHECK(candidate.at("same").as_int64() == kDecidedByPlugins);
    CHECK(candidate.at("different").as_array().empty());
    CHECK(report.at("problem").as_string().empty());
    CHECK(report.at("offered").as_int64() == answered);
  }
  SECTION("altered") {
    ShadowedHost host(MUTANT_ANY_STATUS, "next", ch_returns_settings());
    host.start();
    send_every_return(host);
    const json::object report = host.settled(kDecidedByPlugins);
    std::int64_t expected = 0;
    for (const auto& row : host.outcomes()) expected += row.at("code").as_string() == "E5";
    std::int64_t different = 0;
    for (const auto& difference : report.at("candidates").at(0).at("different").as_array()) {
      CHECK(difference.at("from").as_string() == "E5");
      CHECK_THAT(std::string(difference.at("first").at("was").as_string()),
                 Contains("allowed: Pending"));
      different += difference.at("count").as_int64();
    }
    CHECK(different == expected);
    const Finished finished = host.stop();
    CHECK_THAT(finished.err, Contains("shadow: ch-returns answers I99 instead of E5: request ") ||
                                 Contains("shadow: ch-returns answers E4 instead of E5: request "));
  }
}

TEST_CASE("A shadow that crashes, hangs or is no plugin costs no answer", "[R24]") {
  SECTION("it crashes") {
    ShadowedHost host(FAILING_PLUGIN, "failing", "[failing]\nbehaviour = crash\n");
    host.start();
    for (int i = 0; i < 3; ++i) CHECK(host.answer("eis", "8.14.3", hub("Pending")) == "I99");
    const json::object report = host.settled(3);
    CHECK(report.at("crashes").as_int64() == 3);
    CHECK_THAT(std::string(report.at("problem").as_string()), Contains("SIGABRT"));
  }
  SECTION("it hangs") {
    ShadowedHost host(FAILING_PLUGIN, "failing", "[failing]\nbehaviour = hang\n");
    host.start();
    CHECK(host.answer("eis", "8.14.3", hub("Pending")) == "I99");
    CHECK(host.settled(1).at("late").as_int64() == 1);
    CHECK(host.answer("eis", "8.14.3", hub("Pending")) == "I99");
  }
  SECTION("it is no plugin") {
    const fs::path text = fs::temp_directory_path() / "dcc-no-plugin.so";
    write_file(text, "no plugin");
    ShadowedHost host(text, "text", "");
    fs::remove(text);
    host.start();
    CHECK(host.answer("eis", "8.14.3", hub("Pending")) == "I99");
    CHECK(host.settled(1).at("unhandled").as_int64() == 1);
    CHECK_THAT(host.stop().err, Contains("text.so"));
  }
}

TEST_CASE("A candidate is promoted by moving its files, under load, and rolled back",
          "[R12][R24]") {
  ShadowedHost host(MUTANT_ANY_STATUS, "next", ch_returns_settings());
  const auto command = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--config", host.configuration().string()});
    return run(sample_host_program(), words);
  };
  host.start();
  host.configure_ports();
  CHECK(host.answer("sna", "8.14.3", hub("Commissioned")) == "E5");
  host.settled(1);
  const Finished refused = command({"promote", "next"});
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.out, Contains("FAIL  next: 1 times I99 instead of E5, such as request ") &&
                              Contains("not promoted; --accept-differences"));
  CHECK(fs::exists(host.shadow() / "next.so"));
  CHECK(command({"rollback", "ch-returns"}).exit_code == 1);  // there is nothing to come back

  std::atomic<bool> done = false;
  std::map<std::string, int> codes;
  std::thread load([&] {
    HttpClient client = host.client();
    while (!done) {
      const std::string request =
          host.sign("sna", host.request("sna", "8.14.4", hub("Commissioned")));
      ++codes[code_of(
          client.send("POST", "/api/v1/serviceD", {{"Content-Type", "application/xml"}}, request))];
    }
  });
  const Finished promoted = command({"promote", "next", "--accept-differences"});
  INFO(promoted.out << promoted.err);
  CHECK(promoted.exit_code == 0);
  CHECK_THAT(promoted.out, Contains("ok    ch-returns.so: live, build "));
  CHECK(host.answer("sna", "8.14.3", hub("Commissioned")) == "I99");
  CHECK_FALSE(fs::exists(host.shadow() / "next.so"));
  const Finished back = command({"rollback", "ch-returns"});
  INFO(back.out << back.err);
  CHECK(back.exit_code == 0);
  CHECK(host.answer("sna", "8.14.3", hub("Commissioned")) == "E5");
  done = true;
  load.join();
  for (const auto& [code, count] : codes) CHECK((code == "E5" || code == "I99"));

  CHECK(command({"promote", "nothing"}).exit_code == 1);
}

TEST_CASE("Candidates are never in the directories of what runs", "[R24]") {
  for (const auto& [lines, why] :
       {std::pair{"shadow_directory = plugins\nshadow_config_directory = shadow.d\n",
                  "[plugins] shadow_directory: '"},
        {"shadow_directory = shadow\nshadow_config_directory = x/../plugins.d\n",
         "expected another directory than what runs is in"},
        {"shadow_directory = shadow\n", "[plugins] shadow_config_directory: ''"}}) {
    HostFixture plain{HostFixture::Options{}};
    const fs::path file = plain.configuration();
    std::ifstream in(file);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    write_file(file, edited(text, "[plugins]\n", "[plugins]\n" + std::string(lines)));
    const Finished check = run(sample_host_program(), {"check", "--config", file.string()});
    CHECK(check.exit_code == 1);
    CHECK_THAT(check.out, Contains(why));
  }
  HostFixture host;
  CHECK(host.admin("GET", "/shadow").status == 404);
}
