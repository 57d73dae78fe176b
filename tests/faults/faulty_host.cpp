// SPDX-License-Identifier: Apache-2.0
#include "faulty_host.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <system_error>

#include "store_view.hpp"
#include "stores/stores.hpp"

namespace faults {
namespace {

// A new file of one page of zeros, mapped.
fault_switches* map_switches(const std::filesystem::path& file) {
  support::write_file(file, std::string(sizeof(fault_switches), '\0'));
  const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  void* mapped = ::mmap(nullptr, sizeof(fault_switches), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  const int error = errno;
  ::close(fd);
  if (mapped == MAP_FAILED) throw std::system_error(error, std::generic_category(), file.string());
  return static_cast<fault_switches*>(mapped);
}

void check_store(const FaultyHost& host) {
  CHECK(SqliteView(host.store()).integrity() == "ok");
  const auto audit = support::run(support::sample_host_program(),
                                  {"audit", "--verify", "--config", host.configuration().string()});
  INFO(audit.out << audit.err);
  CHECK(audit.exit_code == 0);
}

}  // namespace

FaultyHost::FaultyHost(const Options& options)
    : HostFixture(options), switches_(map_switches(directory() / "switches")) {
  switches_->dumpable = -1;
}

FaultyHost::FaultyHost(const Options& options, const HostFixture& other)
    : HostFixture(options, other), switches_(map_switches(directory() / "switches")) {
  switches_->dumpable = -1;
}

FaultyHost::~FaultyHost() {
  ::munmap(switches_, sizeof *switches_);
}

void FaultyHost::start_with_shim(const std::vector<std::string>& launcher) {
  std::vector<std::string> command = launcher;
  std::string file = FAULT_SWITCHES_FILE "=";
  file += (directory() / "switches").string();
  for (const std::string& part :
       {std::string("env"), std::string("LD_PRELOAD=" FAULT_SHIM), file}) {
    command.push_back(part);
  }
  start(command);
  REQUIRE(switches_->loaded == 1);
}

std::string FaultyHost::good_request() {
  return sign("sna", request("sna", "8.14.3", support::hub("Pending")));
}

void FaultyHost::check_whole(std::size_t count) {
  const auto before = outcomes();
  const auto returned = returns();
  CHECK(before.size() == count);
  check_store(*this);
  kill();
  start();
  CHECK(outcomes() == before);
  CHECK(returns() == returned);
  check_store(*this);
}

}  // namespace faults
