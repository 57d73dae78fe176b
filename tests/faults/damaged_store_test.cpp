// SPDX-License-Identifier: Apache-2.0
//
// A store whose files are damaged: refused before anything is answered, naming the file, and left
// as it is.
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <random>

#include "faulty_host.hpp"
#include "store_view.hpp"

using namespace support;
using namespace faults;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPage = 4096;

std::string garbage(std::size_t size) {
  std::mt19937 random(42);
  std::string octets(size, '\0');
  for (char& octet : octets) octet = static_cast<char>(random() & 0xff);
  return octets;
}

void overwrite(const fs::path& file, std::size_t at, const std::string& octets) {
  std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
  out.seekp(static_cast<std::streamoff>(at)) << octets;
  REQUIRE(out.flush());
}

fs::path log_of(const HostFixture& host) {
  return host.store().string() + "-wal";
}

Finished serve(const HostFixture& host) {
  return run(sample_host_program(), {"serve", "--config", host.configuration().string()});
}

// That neither serve nor check accept it, and that neither touches what is left of it.
void check_refused(const HostFixture& host, const fs::path& file, const std::string& said) {
  const std::string before = read_file(file);
  const Finished refused = serve(host);
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.err, Contains("store " + file.string() + ": ") && Contains(said));
  CHECK_THAT(refused.err, !Contains(" listens on "));
  const Finished checked =
      run(sample_host_program(), {"check", "--config", host.configuration().string()});
  CHECK(checked.exit_code == 1);
  CHECK_THAT(checked.out + checked.err, Contains(file.string()));
  CHECK(read_file(file) == before);
}

// Stopped, with some outcomes in the database and none in the log.
void stop_with_outcomes(HostFixture& host) {
  for (int i = 0; i < 30; ++i) REQUIRE(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  host.stop();
  REQUIRE_FALSE(fs::exists(log_of(host)));
}

// Killed, with all outcomes in the log; `before` is called while it still runs.
void kill_with_outcomes(
    HostFixture& host, const std::function<void()>& before = [] {}) {
  for (int i = 0; i < 30; ++i) REQUIRE(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  before();
  host.kill();
  REQUIRE(fs::file_size(log_of(host)) > 10 * kPage);
}

}  // namespace

TEST_CASE("Damaged store - garbage in the place of its header") {
  HostFixture host;
  stop_with_outcomes(host);
  overwrite(host.store(), 0, garbage(100));
  check_refused(host, host.store(), "file is not a database");
}

TEST_CASE("Damaged store - garbage in any page in the middle") {
  HostFixture host;
  stop_with_outcomes(host);
  const std::string whole = read_file(host.store());
  const std::size_t pages = whole.size() / kPage;
  REQUIRE(pages > 20);
  for (std::size_t page = 1; page < pages; page += pages / 12) {
    INFO("page " << page + 1 << " of " << pages);
    overwrite(host.store(), page * kPage, garbage(kPage));
    const Finished refused = serve(host);
    CHECK(refused.exit_code == 1);
    CHECK_THAT(refused.err, Contains("store " + host.store().string() + ": "));
    overwrite(host.store(), 0, whole);
  }
  overwrite(host.store(), pages / 2 * kPage, garbage(kPage));
  check_refused(host, host.store(), "");
  overwrite(host.store(), 0, whole);
  host.start();
  CHECK(host.outcomes().size() == 30);
}

TEST_CASE("Damaged store - truncated") {
  HostFixture host;
  stop_with_outcomes(host);
  fs::resize_file(host.store(), fs::file_size(host.store()) / 2 / kPage * kPage);
  check_refused(host, host.store(), "malformed");
}

TEST_CASE("Damaged store - emptied beside its log") {
  HostFixture host;
  kill_with_outcomes(host);
  fs::resize_file(host.store(), 0);
  check_refused(host, log_of(host), "the database beside it is empty");
}

TEST_CASE("Damaged store - garbage in the place of the log") {
  HostFixture host;
  kill_with_outcomes(host);
  const std::string whole = read_file(log_of(host));
  for (const std::size_t size : {std::size_t{32}, whole.size()}) {
    INFO(size);
    overwrite(log_of(host), 0, garbage(size));
    check_refused(host, log_of(host), "damaged: not a write-ahead log");
    const Finished import = host.import("users", world_csv("users"));
    CHECK(import.exit_code == 1);
    CHECK_THAT(import.err, Contains(log_of(host).string()));
  }
  overwrite(log_of(host), 0, whole);
  host.start();
  CHECK(host.outcomes().size() == 30);
}

// To SQLite it is what a power cut leaves: the log ends there. Only who has noted the head knows.
TEST_CASE("Damaged store - garbage in the middle of the log shows against a head noted before") {
  HostFixture host;
  std::string noted;
  kill_with_outcomes(host, [&] { noted = host.get("/audit").at("head").as_string(); });
  overwrite(log_of(host), fs::file_size(log_of(host)) / 2, garbage(kPage));
  host.start();
  const auto left = host.outcomes().size();
  CHECK(left > 0);
  CHECK(left < 30);
  CHECK(SqliteView(host.store()).integrity() == "ok");
  const auto verify = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"audit", "--verify", "--config",
                                       host.configuration().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(sample_host_program(), arguments);
  };
  CHECK(verify({}).exit_code == 0);
  CHECK(verify({"--head", noted}).exit_code == 1);
}

TEST_CASE("Damaged store - without the check at the start requests show it") {
  HostFixture host;
  stop_with_outcomes(host);
  write_file(host.configuration(), edited(read_file(host.configuration()), "[plugins]",
                                          "check_at_start = off\n[plugins]"));
  // Outcomes, which nothing reads at the start: they stand behind all that was there before them.
  const std::string whole = read_file(host.store());
  overwrite(host.store(), whole.size() / kPage * 3 / 4 * kPage, garbage(whole.size() / 4));
  host.start();
  const auto reply = host.post(host.sign("sna", host.request("sna", "8.14.3", hub("Pending"))));
  INFO(reply.body);
  CHECK((reply.status == 503 || code_of(reply) == "I99"));
  CHECK(host.admin("GET", "/outcomes?after=0&limit=1000").status == 503);
  host.process().wait_for_line(host.store().string() + ": ");
}

namespace {

// Reads a store of any size beside the host, if its last host stopped in peace.
void read_beside(HostFixture& host) {
  write_file(host.configuration(),
             edited(read_file(host.configuration()), "[plugins]", "check_at_start = 0\n[plugins]"));
}

constexpr const char* kFirst = "every page is read before the host listens";
constexpr const char* kBeside = "its pages are read beside the host";

}  // namespace

TEST_CASE("Damaged store - a large one is read beside the host only after a stop in peace") {
  HostFixture host;
  read_beside(host);
  stop_with_outcomes(host);
  host.start();
  host.process().wait_for_line(kBeside);
  host.process().wait_for_line("store: whole, read beside the host in ");
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  SECTION("its host was killed") {
    host.kill();
  }
  SECTION("somebody wrote to it since") {
    host.stop();
    std::fstream(host.store(), std::ios::binary | std::ios::in | std::ios::out).put('S');
  }
  SECTION("it is a copy") {
    host.stop();
    const fs::path other = host.store().string() + ".other";
    fs::copy_file(host.store(), other);
    fs::rename(other, host.store());
  }
  host.start();
  CHECK_THAT(host.stop().err, Contains(kFirst) && !Contains(kBeside));
}

TEST_CASE("Damaged store - damage that is found beside the host ends it, and the next start") {
  HostFixture host;
  read_beside(host);
  stop_with_outcomes(host);
  struct stat before {};
  REQUIRE(::stat(host.store().c_str(), &before) == 0);
  // As a disk does it: no program has written, so its times say nothing.
  const std::string whole = read_file(host.store());
  overwrite(host.store(), whole.size() / kPage * 3 / 4 * kPage, garbage(whole.size() / 4));
  const std::array<timespec, 2> times{before.st_atim, before.st_mtim};
  REQUIRE(::utimensat(AT_FDCWD, host.store().c_str(), times.data(), 0) == 0);

  const Finished found = serve(host);
  CHECK(found.exit_code == 1);
  CHECK_THAT(found.err, Contains(kBeside) && Contains(" listens on ") &&
                            Contains("dcc-sample-host: store " + host.store().string() + ": "));
  check_refused(host, host.store(), "");
}
