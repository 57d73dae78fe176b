// SPDX-License-Identifier: Apache-2.0
//
// Archive and restore, killed before each of many changes to their files and then repeated: nothing
// is lost, nothing is there twice, and what is there can be verified at every moment.
#include <algorithm>
#include <catch2/catch.hpp>

#include "adaptor/audit.hpp"
#include "archive/archiver.hpp"
#include "archive/verify.hpp"
#include "duis/credentials.hpp"
#include "old_outcomes.hpp"
#include "stores/stores.hpp"
#include "support/host_fixture.hpp"

using namespace support;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

constexpr faults::OldOutcomes kOutcomes{.per_month = 350, .months_until_later = 12};
constexpr std::int64_t kOld = kOutcomes.old(), kAll = kOutcomes.all();
constexpr int kKilled = 128 + 9;

std::string number(std::int64_t value) {
  return std::to_string(value);
}

// A host's files without the host: a store with three old months and some later outcomes.
class World : public HostFixture {
 public:
  World() : HostFixture(options()) {
    fs::create_directories(store().parent_path());
    const auto opened = sample::open_store(url());
    dcc::adaptor::Ledger ledger(*opened, sign());
    kOutcomes.commit(ledger);
  }

  std::string url() const { return "sqlite:" + store().string(); }
  fs::path archive() const { return directory() / "archive"; }
  fs::path backup() const { return directory() / "backup.db"; }
  dcc::duis::PublicKey key() const { return signer_.certificate().key(); }
  dcc::adaptor::SignHead sign() const {
    return [this](std::string_view text) {
      const auto signature = signer_.sign(text);
      return std::string(signature.begin(), signature.end());
    };
  }

  // Killed before the change of that number, if it comes so far; 0: not killed.
  Finished run_until(std::int64_t change, std::vector<std::string> words) const {
    words.insert(words.begin(), {"LD_PRELOAD=" KILL_SHIM, "KILL_AT=" + number(change),
                                 sample_host_program().string()});
    words.insert(words.end(), {"--config", configuration().string()});
    return run("env", words);
  }
  Finished archive_until(std::int64_t change) const {
    return run_until(change, {"archive", "--before", "2025-06-01", "--to", archive().string()});
  }

  void put_back(const fs::path& kept) const {
    fs::remove_all(archive());
    for (const auto& entry : fs::directory_iterator(store().parent_path()))
      fs::remove(entry.path());
    fs::copy_file(kept, store());
  }

 private:
  static Options options() {
    Options options;
    options.world = false;
    options.store = "remember = 36500\n";
    return options;
  }

  const dcc::duis::Signer signer_ = dcc::duis::Signer::load(
      directory() / "certificates" / "dcc.pem", directory() / "keys" / "dcc.key");
};

std::int64_t changes_in(const Finished& finished) {
  const std::string mark = "changes: ";
  const auto at = finished.err.rfind(mark);
  REQUIRE(at != std::string::npos);
  return std::stoll(finished.err.substr(at + mark.size()));
}

// Each of the first ones, then some of the others.
std::vector<std::int64_t> moments(std::int64_t changes, std::int64_t each, std::int64_t others) {
  std::vector<std::int64_t> all;
  for (std::int64_t i = 1; i <= std::min(each, changes); ++i) all.push_back(i);
  for (std::int64_t i = 1; i <= others; ++i) {
    const std::int64_t at = each + (changes - each) * i / others;
    if (at > all.back()) all.push_back(at);
  }
  return all;
}

// Every record is in the store, or in what the manifest names; both can be verified.
void check_nothing_lost(const World& world, std::int64_t records) {
  const auto store = sample::open_store(world.url());
  const auto report = dcc::adaptor::verify_audit(*store, {world.key(), {}, {}});
  CAPTURE(report.findings);
  CHECK(report.findings.empty());
  CHECK(report.chains.front().head.cursor == records);
  CHECK(report.chains.front().start.cursor + report.records == records);
  if (report.chains.front().start.cursor == 0 &&
      !fs::exists(world.archive() / sample::kManifestName))
    return;
  sample::ArchiveCheck check;
  check.key = world.key();
  check.continued[""] = report.chains.front().start;
  const auto archived = sample::verify_archive(world.archive(), check);
  CAPTURE(archived.findings);
  CHECK(archived.findings.empty());
  CHECK((archived.chains.empty() ? 0 : archived.chains.front().last) >=
        report.chains.front().start.cursor);
}

std::string archive_octets(const World& world) {
  std::string all;
  for (const char* month : {"2025-03", "2025-04", "2025-05"}) {
    all += read_file(world.archive() / (std::string(month) + ".jsonl.zst"));
  }
  return all;
}

}  // namespace

TEST_CASE("An archive command that is killed anywhere loses nothing and does nothing twice") {
  World world;
  REQUIRE(world.run_until(0, {"backup", world.backup().string()}).exit_code == 0);
  world.put_back(world.backup());
  const Finished whole = world.archive_until(0);
  CAPTURE(whole.out, whole.err);
  REQUIRE(whole.exit_code == 0);
  const std::string expected = archive_octets(world);
  const std::int64_t changes = changes_in(whole);
  std::size_t kills = 0;
  for (const std::int64_t change : moments(changes, 35, 25)) {
    CAPTURE(change);
    world.put_back(world.backup());
    const Finished killed = world.archive_until(change);
    kills += killed.exit_code == kKilled ? 1 : 0;
    check_nothing_lost(world, kAll);
    const Finished again = world.archive_until(0);
    CAPTURE(again.err);
    REQUIRE(again.exit_code == 0);
    check_nothing_lost(world, kAll);
    CHECK(archive_octets(world) == expected);
    const auto store = sample::open_store(world.url());
    CHECK(dcc::adaptor::only_chain(*store).audit_start().cursor == kOld);
    // All are remembered, each once.
    const auto rows = dcc::adaptor::only_chain(*store).retention();
    const auto remembered = rows->remembered(10'000);
    CHECK(remembered.size() == static_cast<std::size_t>(kOld));
    CHECK(remembered.back().cursor == kOld);
    CHECK(std::distance(fs::directory_iterator(world.archive()), {}) == 4);
  }
  WARN(kills << " kills in " << changes << " changes");
  CHECK(kills >= 55);
}

TEST_CASE(
    "A restore that is killed anywhere leaves the old store, or says that it is to be repeated") {
  World world;
  REQUIRE(world.run_until(0, {"backup", world.backup().string()}).exit_code == 0);
  // The store goes on by what a restore loses: its archive is in the store's room.
  const fs::path later = world.directory() / "later.db";
  REQUIRE(world.archive_until(0).exit_code == 0);
  REQUIRE(world.run_until(0, {"backup", later.string()}).exit_code == 0);
  const auto restore_until = [&](std::int64_t change) {
    return world.run_until(change, {"restore", world.backup().string()});
  };
  world.put_back(later);
  const std::int64_t changes = changes_in(restore_until(0));
  std::size_t closed = 0;
  for (const std::int64_t change : moments(changes, 5, 40)) {
    CAPTURE(change);
    world.put_back(later);
    const Finished killed = restore_until(change);
    std::int64_t start = -1;
    try {
      start = dcc::adaptor::only_chain(*sample::open_store(world.url())).audit_start().cursor;
    } catch (const sample::StoreError& error) {
      ++closed;
      CHECK_THAT(error.what(), Contains("repeat dcc-sample-host restore"));
    }
    CHECK((start == -1 || start == kOld ||
           (start == 0 && !fs::exists(world.store().string() + ".restoring"))));
    const Finished again = restore_until(0);
    CAPTURE(again.err);
    REQUIRE(again.exit_code == 0);
    const auto store = sample::open_store(world.url());
    CHECK(dcc::adaptor::only_chain(*store).audit_start().cursor == 0);
    CHECK(store->identity().epoch > 1);
    CHECK(dcc::adaptor::verify_audit(*store, {world.key(), {}, {}}).findings.empty());
  }
  CHECK(closed > 0);
}
