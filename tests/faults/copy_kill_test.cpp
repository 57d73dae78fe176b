// SPDX-License-Identifier: Apache-2.0
//
// copy-store, killed before each of many changes to a file and of what it sends to a server, and
// then repeated: there is never a half copy that a host could use, and what was read is as it was.
#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>

#include "adaptor/audit.hpp"
#include "adaptor/ledger.hpp"
#include "stores/copy.hpp"
#include "stores/stores.hpp"
#include "support/store_database.hpp"

using namespace support;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kRecords = 600;
constexpr int kKilled = 128 + 9;

// A file with a store of some hundred outcomes.
struct World {
  World() {
    const auto store = sample::open_store("sqlite:" + file());
    dcc::adaptor::Ledger ledger(*store);
    for (std::uint64_t i = 0; i < kRecords; i += 50) {
      std::vector<dcc::adaptor::Outcome> outcomes;
      for (std::uint64_t n = i; n < i + 50; ++n) outcomes.push_back(outcome(n));
      std::vector<const dcc::adaptor::Outcome*> batch;
      for (const auto& one : outcomes) batch.push_back(&one);
      ledger.commit(batch);
    }
  }

  std::string file() const { return (directory.path() / "from.db").string(); }
  fs::path copy() const { return directory.path() / "copy.db"; }

  // Killed before the change of that number, if it comes so far; 0: not killed.
  static Finished run_until(std::int64_t change, const std::string& from, const std::string& to) {
    return run("env", {"LD_PRELOAD=" KILL_SHIM, "KILL_AT=" + std::to_string(change),
                       sample_host_program().string(), "copy-store", from, to});
  }

  const TempDirectory directory;

 private:
  static dcc::adaptor::Outcome outcome(std::uint64_t n) {
    dcc::adaptor::Outcome outcome;
    outcome.request_id = {{0x90B3D51F30030000}, {0x90B3D51F30000002}, n + 1};
    outcome.digest = std::string(32, static_cast<char>(n));
    outcome.srv = "8.14.3";
    outcome.code = "I99";
    outcome.device_id = dcc::duis::Eui64{0x00DB000000000000 + n};
    outcome.decided_at = outcome.received_at = 1'740'787'200'000 + static_cast<std::int64_t>(n);
    outcome.request = "<request>" + std::to_string(n * 7919) + "</request>";
    outcome.response = "<response>" + std::to_string(n * 104729) + "</response>";
    return outcome;
  }
};

std::int64_t changes_in(const Finished& finished) {
  const std::string mark = "changes: ";
  const auto at = finished.err.rfind(mark);
  REQUIRE(at != std::string::npos);
  return std::stoll(finished.err.substr(at + mark.size()));
}

// Some over all of them, the last ones among these.
std::vector<std::int64_t> moments(std::int64_t changes) {
  constexpr std::int64_t kSome = 12, kLast = 4;
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < kSome; ++i) all.push_back(1 + i * changes / kSome);
  for (std::int64_t i = 0; i < kLast; ++i) all.push_back(std::max<std::int64_t>(1, changes - i));
  return all;
}

// The heads and counts of a whole store.
std::string describe(const std::string& url) {
  const auto store = sample::open_store(url);
  const auto report = dcc::adaptor::verify_audit(*store, {});
  CHECK(report.findings.empty());
  std::string all;
  for (const auto& chain : report.chains) {
    if (chain.head.cursor > 0) all += std::to_string(chain.records) + chain.head.hash;
  }
  return all;
}

}  // namespace

TEST_CASE("A copy to a database that is killed anywhere leaves it empty, or is whole") {
  const World world;
  PostgresqlServer server;
  const std::string expected = describe("sqlite:" + world.file());
  std::int64_t changes = 0;
  {
    const StoreDatabase database(server);
    const Finished whole = World::run_until(0, world.file(), database.owner_url());
    CAPTURE(whole.err);
    REQUIRE(whole.exit_code == 0);
    changes = changes_in(whole);
    CHECK(describe(database.owner_url()) == expected);
  }
  std::size_t kills = 0;
  auto database = std::make_unique<const StoreDatabase>(server);
  for (const std::int64_t change : moments(changes)) {
    CAPTURE(change);
    const Finished killed = World::run_until(change, world.file(), database->owner_url());
    if (killed.exit_code == kKilled) ++kills;
    const Finished again = World::run_until(0, world.file(), database->owner_url());
    if (again.exit_code == 0) {
      CHECK(killed.exit_code == kKilled);
    } else {
      // The killed one had sent its last word.
      CAPTURE(again.err);
      CHECK_THAT(again.err, Contains("is not empty"));
    }
    CHECK(database->integrity() == "ok");
    CHECK(describe(database->owner_url()) == expected);
    database = std::make_unique<const StoreDatabase>(server);
  }
  CHECK(describe("sqlite:" + world.file()) == expected);
  WARN(kills << " kills in " << changes << " changes");
  CHECK(kills >= 14);
}

TEST_CASE("A copy to a file that is killed anywhere leaves none, or is whole") {
  const World world;
  PostgresqlServer server;
  const StoreDatabase database(server);
  sample::copy_to_store("sqlite:" + world.file(), database.owner_url(), {});
  const std::string expected = describe(database.owner_url());
  const auto copy_until = [&](std::int64_t change) {
    return World::run_until(change, database.owner_url(), world.copy().string());
  };
  const std::int64_t changes = changes_in(copy_until(0));
  CHECK(describe("sqlite:" + world.copy().string()) == expected);
  std::size_t kills = 0, half = 0;
  for (const std::int64_t change : moments(changes)) {
    CAPTURE(change);
    for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(world.copy().string() + suffix);
    const Finished killed = copy_until(change);
    kills += killed.exit_code == kKilled ? 1 : 0;
    half += fs::exists(world.copy().string() + ".copy-partial") ? 1 : 0;
    if (!fs::exists(world.copy())) {
      const Finished again = copy_until(0);
      CAPTURE(again.err);
      REQUIRE(again.exit_code == 0);
    }
    CHECK(describe("sqlite:" + world.copy().string()) == expected);
    CHECK_FALSE(fs::exists(world.copy().string() + ".copy-partial"));
  }
  CHECK(database.integrity() == "ok");
  WARN(kills << " kills in " << changes << " changes, " << half << " of them left a part");
  CHECK(kills >= 14);
  CHECK(half > 0);
}
