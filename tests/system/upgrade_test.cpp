// SPDX-License-Identifier: Apache-2.0
//
// A host that finds the store of an earlier version, and an operator who wants to know before.
#include <catch2/catch.hpp>
#include <filesystem>

#include "support/host_fixture.hpp"

using namespace support;
using Catch::Matchers::Contains;

namespace {

// A host that is configured and not started, with a kept store.
class UpgradeHost : public HostFixture {
 public:
  explicit UpgradeHost(int version) : HostFixture(options()) {
    std::filesystem::remove_all(store().parent_path());
    std::filesystem::create_directory(store().parent_path());
    const auto kept = std::filesystem::path(DCC_SOURCE_DIR) / "tests/unit/store/kept" /
                      ("version-" + std::to_string(version) + ".sql");
    execute(".read " + kept.string());
  }

  void execute(const std::string& sql) const {
    const Finished done = run("sqlite3", {store().string(), sql});
    CAPTURE(done.err);
    REQUIRE(done.exit_code == 0);
  }
  Finished command(std::vector<std::string> words) const {
    words.insert(words.end(), {"--config", configuration().string()});
    return run(sample_host_program(), words);
  }

 private:
  static Options options() {
    Options options;
    options.world = false;
    return options;
  }
};

}  // namespace

TEST_CASE("serve upgrades a store of an earlier version, and the trail goes on, signed", "[R24]") {
  const int version = GENERATE(1, 2, 3, 4, 5, 6);
  CAPTURE(version);
  UpgradeHost host(version);
  const std::string before = read_file(host.store());
  CHECK_THAT(host.command({"check"}).out, Contains("has version " + std::to_string(version) +
                                                   "; serve or upgrade would bring") &&
                                              Contains("6 to 7"));
  const Finished refused = host.command({"audit"});
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.err, Contains("this program needs 7"));
  CHECK(read_file(host.store()) == before);

  host.start();
  CHECK_THAT(host.process().err(), Contains("upgraded from version 6 to 7"));
  CHECK(host.outcomes().size() == 5);
  CHECK(host.answer("eis", "8.14.3", hub("Pending")) == "E1");  // nobody is in the register
  const Finished audit = host.command({"audit", "--verify"});
  CHECK(audit.exit_code == 0);
  CHECK_THAT(audit.out, Contains("ok    6 records read") && Contains(", signed"));
  CHECK((audit.out.find("note  records up to 5 were stored without hashes") != std::string::npos) ==
        (version == 1));
}

TEST_CASE("upgrade does the same without serving, and signs the head that it makes", "[R24]") {
  UpgradeHost host(1);
  const Finished done = host.command({"upgrade"});
  CHECK(done.exit_code == 0);
  CHECK_THAT(done.out, Contains("ok    1 to 2") && Contains("ok    2 to 3") &&
                           Contains("ok    3 to 4") && Contains("ok    4 to 5") &&
                           Contains("5 to 6") && Contains("6 to 7") && Contains("has version 7"));
  CHECK(host.command({"audit", "--verify"}).exit_code == 0);
  CHECK_THAT(host.command({"upgrade"}).out, Contains("nothing to do"));
  host.start();
  CHECK_THAT(host.command({"upgrade"}).out, Contains("nothing to do"));
}

TEST_CASE("A newer store is refused by every command, naming both versions", "[R24]") {
  UpgradeHost host(3);
  host.execute("PRAGMA user_version=9");
  for (const char* command : {"serve", "check", "upgrade", "audit"}) {
    CAPTURE(command);
    const Finished refused = host.command({command});
    CHECK(refused.exit_code == 1);
    CHECK_THAT(refused.out + refused.err,
               Contains("has version 9") && Contains("versions up to 7"));
  }
}
