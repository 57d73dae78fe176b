// SPDX-License-Identifier: Apache-2.0
//
// A store is copied beside the running host, put back, and whoever reads it is told.
#include <signal.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "support/host_fixture.hpp"

using namespace support;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

Finished command(const HostFixture& host, std::vector<std::string> words) {
  words.insert(words.end(), {"--config", host.configuration().string()});
  return run(sample_host_program(), words);
}

Finished backup(const HostFixture& host, const std::string& name) {
  return command(host, {"backup", (host.directory() / name).string()});
}

Finished restore(const HostFixture& host, const std::string& name) {
  return command(host, {"restore", (host.directory() / name).string()});
}

std::string resume_of(HostFixture& host, const std::string& target) {
  return std::string(host.get(target).at("resume").as_string());
}

std::size_t files_in(const fs::path& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

void damage(const fs::path& file) {
  std::string octets = read_file(file);
  std::fill(octets.begin() + 100, octets.begin() + 4096, 'x');
  write_file(file, octets);
}

}  // namespace

TEST_CASE("A backup beside a running host is verified, for its owner only, and no file is replaced",
          "[R24]") {
  HostFixture host;
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  std::atomic<bool> done = false;
  std::thread load([&] {
    HttpClient client = host.client();
    while (!done) {
      const auto request = host.sign("sna", host.request("sna", "8.14.3", hub("Commissioned")));
      client.send("POST", "/api/v1/serviceD", {{"Content-Type", "application/xml"}}, request);
    }
  });
  const Finished made = backup(host, "a.db");
  done = true;
  load.join();
  CAPTURE(made.err);
  CHECK(made.exit_code == 0);
  CHECK_THAT(made.out, Contains("a.db: ") && Contains(" records, head ") && Contains("verified"));
  using fs::perms;
  CHECK(fs::status(host.directory() / "a.db").permissions() ==
        (perms::owner_read | perms::owner_write));
  const std::string before = read_file(host.directory() / "a.db");
  const std::size_t files = files_in(host.directory());
  const Finished again = backup(host, "a.db");
  CHECK(again.exit_code == 1);
  CHECK_THAT(again.err, Contains("a.db: is there already"));
  CHECK(read_file(host.directory() / "a.db") == before);
  CHECK_THAT(backup(host, "absent/a.db").err, Contains("absent/a.db"));
  CHECK(files_in(host.directory()) == files);
}

TEST_CASE("A store whose trail is not whole makes no backup", "[R24]") {
  HostFixture host;
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  host.stop();
  REQUIRE(run("sqlite3", {host.store().string(), "UPDATE outcomes SET code = 'E5'"}).exit_code ==
          0);
  const std::size_t files = files_in(host.directory());
  const Finished refused = backup(host, "a.db");
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.err, Contains("the trail is not whole") && Contains("record 1"));
  CHECK(files_in(host.directory()) == files);
}

TEST_CASE("A restored store says so to its readers, and names what it does not know", "[R24]") {
  HostFixture host;
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  CHECK(host.answer("eis", "8.14.3", hub("Commissioned")) == "I99");
  REQUIRE(backup(host, "a.db").exit_code == 0);
  const std::string of_backup = resume_of(host, "/returns");
  const auto lost = host.sign("gis", host.request("gis", "8.14.3", hub("Pending")));
  CHECK(code_of(host.post(lost)) == "I99");
  const std::string later = resume_of(host, "/returns?after=" + of_backup);
  const auto store_before = host.get("/returns").at("store").as_object();

  const Finished running = restore(host, "a.db");
  CHECK(running.exit_code == 1);
  CHECK_THAT(running.err, Contains("while others use it: stop the host first"));
  CHECK(host.returns().size() == 3);
  host.stop();

  const Finished restored = restore(host, "a.db");
  CAPTURE(restored.err);
  REQUIRE(restored.exit_code == 0);
  CHECK_THAT(restored.out, Contains("2 records") && Contains("what was there is kept as") &&
                               Contains("note  RequestIDs accepted from 20") &&
                               Contains("are not known"));
  CHECK(fs::status(host.store()).permissions() == (fs::perms::owner_read | fs::perms::owner_write));

  host.start();
  CHECK(host.returns().size() == 2);
  for (const std::string& place : {of_backup, later, std::string("3")}) {
    CAPTURE(place);
    for (const char* list : {"/returns", "/outcomes"}) {
      const HttpReply refused = host.admin("GET", list + ("?after=" + place));
      CHECK(refused.status == 409);
      CHECK_THAT(refused.body, Contains("backup") && Contains("after=0"));
    }
  }
  CHECK(host.get("/returns?after=1").at("returns").as_array().size() == 1);
  const auto page = host.get("/returns");
  CHECK(page.at("store").at("id") == store_before.at("id"));
  CHECK(page.at("store").at("epoch").as_int64() > store_before.at("epoch").as_int64());
  CHECK(host.get("/returns?after=" + resume_of(host, "/returns")).at("returns").as_array().empty());
  CHECK(code_of(host.post(lost)) == "I99");  // in the window: decided anew, as was said
  CHECK(command(host, {"audit", "--verify"}).exit_code == 0);
  host.stop();

  // Once more, from the same backup: an epoch of its own again.
  REQUIRE(restore(host, "a.db").exit_code == 0);
  host.start();
  CHECK(host.get("/returns").at("store").at("epoch").as_int64() >
        page.at("store").at("epoch").as_int64());
}

TEST_CASE(
    "A damaged store, or none, is replaced by a restore, and what is no backup replaces nothing",
    "[R24]") {
  HostFixture host;
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  REQUIRE(backup(host, "a.db").exit_code == 0);
  host.stop();
  write_file(host.directory() / "text", std::string(5000, 'x'));
  const std::string before = read_file(host.store());
  CHECK_THAT(restore(host, "text").err, Contains("text") && Contains("not a database"));
  CHECK_THAT(restore(host, "nothing").err, Contains("nothing: there is no such file"));
  REQUIRE(
      run("sqlite3", {(host.directory() / "other.db").string(), "CREATE TABLE t(x)"}).exit_code ==
      0);
  CHECK_THAT(restore(host, "other.db").err, Contains("another application"));
  CHECK(read_file(host.store()) == before);

  SECTION("damaged") {
    damage(host.store());
    CHECK(command(host, {"check"}).exit_code == 1);
  }
  SECTION("none") {
    fs::remove_all(host.store().parent_path());
  }
  const Finished restored = restore(host, "a.db");
  CAPTURE(restored.err);
  CHECK(restored.exit_code == 0);
  host.start();
  CHECK(host.returns().size() == 1);
}

TEST_CASE("A restore that was killed keeps the store closed until it is repeated", "[R24]") {
  HostFixture host;
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  REQUIRE(backup(host, "a.db").exit_code == 0);
  host.stop();
  const auto whole = host.store().string() + ".restoring";
  write_file(whole, "what the killed one has left");
  for (const char* name : {"serve", "check", "audit", "upgrade"}) {
    CAPTURE(name);
    const Finished refused = command(host, {name});
    CHECK(refused.exit_code == 1);
    CHECK_THAT(refused.out + refused.err, Contains("repeat dcc-sample-host restore"));
  }
  CHECK(restore(host, "a.db").exit_code == 0);
  CHECK_FALSE(fs::exists(whole));
  host.start();
  CHECK(host.returns().size() == 1);
}
