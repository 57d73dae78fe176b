// SPDX-License-Identifier: Apache-2.0
//
// What has run is kept: a plugin's file with its settings, bounded, and known by content.
#include "host/kept_pair.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <catch2/catch.hpp>

#include "host/private_copy.hpp"
#include "plugin_host.hpp"

using namespace host_test;
using dcc::host::FileContent;
using dcc::host::KeptPair;
using dcc::host::PairId;
using dcc::host::sha256_hex;

namespace {

FileContent content(const std::string& name, const std::string& bytes) {
  return {name, bytes, sha256_hex(bytes)};
}

// As if it had gone live that many seconds after the beginning of time.
void went_live(const fs::path& file, int seconds) {
  const std::array<timespec, 2> times{{{seconds, 0}, {seconds, 0}}};
  REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times.data(), 0) == 0);
}

struct Cache {
  TemporaryDirectory root;
  fs::path path = root.path() / "cache";
  std::string plugin = sha256_hex("plugin");

  Cache() { dcc::host::private_copy(content("p.so", "plugin"), path); }

  KeptPair keep(int number) const {
    const FileContent settings = content("p.ini", "settings " + std::to_string(number));
    dcc::host::keep_pair(path, "p", plugin, settings);
    const KeptPair pair = dcc::host::kept_pairs(path).front();
    CHECK(pair.id == PairId{plugin, settings.hash});
    return pair;
  }
};

}  // namespace

TEST_CASE("what is kept is named by the hashes of both files, the last that went live first") {
  const Cache cache;
  CHECK(dcc::host::kept_pairs(cache.path).empty());
  CHECK(dcc::host::kept_pairs(cache.path / "nowhere").empty());
  const KeptPair first = cache.keep(1);
  went_live(first.settings, 1);
  const KeptPair second = cache.keep(2);
  went_live(second.settings, 2);
  CHECK(first.stem == "p");
  CHECK(contents(first.plugin) == "plugin");
  CHECK(contents(first.settings) == "settings 1");
  cache.keep(1);  // goes live again
  const auto pairs = dcc::host::kept_pairs(cache.path);
  REQUIRE(pairs.size() == 2);
  CHECK(pairs[0].id == first.id);
  CHECK(pairs[1].id == second.id);
  CHECK(dcc::host::read_kept(first.settings, first.id.second, 100).bytes == "settings 1");
  write_file(first.settings, "settings 3");
  CHECK_THROWS_WITH(dcc::host::read_kept(first.settings, first.id.second, 100),
                    Catch::Contains(first.settings.string() + ": its content has another hash"));
}

TEST_CASE("of what is kept what went live longest ago goes, and never what runs") {
  const Cache cache;
  const int all = static_cast<int>(dcc::host::kKeptPairs) + 3;
  std::vector<KeptPair> pairs;
  for (int number = 0; number < all; ++number) {
    pairs.push_back(cache.keep(number));
    went_live(pairs.back().settings, number + 1);
  }
  CHECK(dcc::host::prune_pairs(cache.path, {pairs[0].id}) == std::set<std::string>{cache.plugin});
  CHECK(dcc::host::kept_pairs(cache.path).size() == dcc::host::kKeptPairs + 1);
  CHECK(fs::exists(pairs[0].settings));
  CHECK_FALSE(fs::exists(pairs[1].settings));
  CHECK_FALSE(fs::exists(pairs[2].settings));
  CHECK(fs::exists(pairs[3].settings));
}

TEST_CASE("what runs is noted for the next start, until it runs no more") {
  const Cache cache;
  CHECK_FALSE(dcc::host::noted_running(cache.path, "p"));
  const KeptPair pair = cache.keep(1);
  dcc::host::note_running(cache.path, "p", &pair.id);
  CHECK(dcc::host::noted_stems(cache.path) == std::set<std::string>{"p"});
  REQUIRE(dcc::host::noted_running(cache.path, "p"));
  CHECK(dcc::host::noted_running(cache.path, "p")->settings == pair.settings);
  write_file(cache.path / "p.runs", "../../x.ini");
  CHECK_FALSE(dcc::host::noted_running(cache.path, "p"));
  dcc::host::note_running(cache.path, "p", nullptr);
  dcc::host::note_running(cache.path, "p", nullptr);
  CHECK(dcc::host::noted_stems(cache.path).empty());
}
