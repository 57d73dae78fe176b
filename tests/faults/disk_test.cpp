// SPDX-License-Identifier: Apache-2.0
//
// A disk that is full, read-only, or lies broken: nothing is promised that is not kept, and when
// the disk is well again the host goes on by itself.
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "faulty_host.hpp"
#include "small_disk.hpp"

using namespace support;
using namespace faults;
using Catch::Matchers::Contains;

namespace {

// 503 with nothing of the machine in it, and nothing stored.
void check_refused(FaultyHost& host, const std::string& document) {
  const auto outcomes = host.outcomes();
  const auto reply = host.post(document);
  CHECK(reply.status == 503);
  CHECK(reply.field("retry-after") == "1");
  CHECK_THAT(reply.body, !Contains(host.directory().string()));
  CHECK(host.outcomes() == outcomes);
}

// What was answered is answered again without the disk; new requests are refused until `recover`,
// and then answered as if nothing had been.
template <typename Recover>
void check_outage(FaultyHost& host, const std::string& known, const std::string& response,
                  const std::string& said, Recover recover) {
  const std::string first = host.good_request();
  const std::string second = host.good_request();
  check_refused(host, first);
  check_refused(host, second);
  check_refused(host, first);
  CHECK(host.post(known).body == response);
  CHECK(host.admin("GET", "/healthz").status == 200);
  const std::string line = host.process().wait_for_line("a commit failed");
  CHECK_THAT(line, Contains(host.store().string()) && Contains(said));
  recover();
  const auto answer = host.post(first);
  CHECK(code_of(answer) == "I99");
  CHECK(host.post(first).body == answer.body);
  CHECK(code_of(host.post(second)) == "I99");
  CHECK(host.returns().size() == 3);
}

void check_shim_outage(volatile std::int32_t fault_switches::*call, int error,
                       const std::string& said) {
  FaultyHost host;
  host.start_with_shim();
  const std::string known = host.good_request();
  const std::string response = host.post(known).body;
  host.switches().*call = error;
  check_outage(host, known, response, said, [&] { host.switches().*call = 0; });
  CHECK(host.switches().failed > 0);
  host.check_whole(3);
}

rlimit file_size_limit(FaultyHost& host, rlim_t soft) {
  rlimit before{};
  REQUIRE(::prlimit(host.process().pid(), RLIMIT_FSIZE, nullptr, &before) == 0);
  const rlimit limit{soft, before.rlim_max};
  REQUIRE(::prlimit(host.process().pid(), RLIMIT_FSIZE, &limit, nullptr) == 0);
  return before;
}

}  // namespace

TEST_CASE("Disk full - writes fail with ENOSPC") {
  check_shim_outage(&fault_switches::write_error, ENOSPC, "database or disk is full");
}

TEST_CASE("Disk broken - writes fail with EIO") {
  check_shim_outage(&fault_switches::write_error, EIO, "disk I/O error in a write");
}

TEST_CASE("Disk read-only while the host runs - writes fail with EROFS") {
  check_shim_outage(&fault_switches::write_error, EROFS, "disk I/O error in a write");
}

TEST_CASE("Disk broken - fsync fails with EIO and no commit is claimed") {
  check_shim_outage(&fault_switches::sync_error, EIO, "disk I/O error in an fsync");
}

TEST_CASE("Disk full at fsync - no commit is claimed") {
  check_shim_outage(&fault_switches::sync_error, ENOSPC, "disk I/O error in an fsync");
}

TEST_CASE("Disk full - a file system of a few megabytes") {
  FaultyHost::Options options;
  options.world = false;
  FaultyHost host(options);
  const auto disk = SmallDisk::mount(host.store().parent_path());
  if (!disk) {
    WARN("not run: this process may not mount a file system of its own");
    return;
  }
  for (const char* table : kTables) REQUIRE(host.import(table, world_csv(table)).exit_code == 0);
  host.start();
  const std::string known = host.good_request();
  const std::string response = host.post(known).body;
  disk->fill();
  // The log may have room within its file for a few more.
  std::size_t stored = 1;
  std::vector<std::string> answered;
  std::string last;
  for (;;) {
    last = host.good_request();
    const auto reply = host.post(last);
    if (reply.status == 503) break;
    REQUIRE(code_of(reply) == "I99");
    ++stored;
    REQUIRE(stored < 10'000);
  }
  CHECK(host.outcomes().size() == stored);
  CHECK(host.post(known).body == response);
  check_refused(host, last);
  disk->make_room();
  CHECK(code_of(host.post(last)) == "I99");
  host.check_whole(stored + 1);
  host.stop();
}

TEST_CASE("Disk full - a limit on the size of files") {
  FaultyHost host;
  host.start();
  const std::string known = host.good_request();
  const std::string response = host.post(known).body;
  const rlimit before = file_size_limit(host, 0);
  check_outage(host, known, response, host.store().string(),
               [&] { file_size_limit(host, before.rlim_cur); });
  host.check_whole(3);
}

TEST_CASE("Disk read-only at the start is refused, naming the store") {
  FaultyHost::Options options;
  options.world = false;
  FaultyHost host(options);
  const auto disk = SmallDisk::mount(host.store().parent_path());
  if (!disk) {
    WARN("not run: this process may not mount a file system of its own");
    return;
  }
  for (const char* table : kTables) REQUIRE(host.import(table, world_csv(table)).exit_code == 0);
  host.start();
  const std::string known = host.good_request();
  const std::string response = host.post(known).body;
  host.kill();
  disk->make_read_only(true);
  const auto refused =
      run(sample_host_program(), {"serve", "--config", host.configuration().string()});
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.err, Contains("store " + host.store().string() + ": "));
  disk->make_read_only(false);
  host.start();
  CHECK(host.post(known).body == response);
  host.check_whole(1);
  host.stop();
}
