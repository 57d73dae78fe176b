// SPDX-License-Identifier: Apache-2.0
//
// The real host with the real plugin and a durable store, 10,000 hubs in it, started as a process
// of its own; and signed requests for it that it accepts. For one thread at a time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/load_generator.hpp"
#include "support/host_fixture.hpp"

namespace bench {

enum class Transport { plain, mutual_tls };
const char* name_of(Transport transport);

struct HostOptions {
  Transport transport = Transport::plain;
  // 0: nothing is turned away, so that a disk that is busy for others costs time, not requests.
  unsigned max_wait_ms = 0;
  bool shadow = false;  // a candidate decides everything once more: the plugin itself
  std::optional<support::HostFixture::Options::Database> database{};  // in the place of a file
};

// Where hosts keep what they have from now on; empty: in the usual place for temporary files.
void keep_hosts_in(const std::filesystem::path& directory);

class RealHost {
 public:
  // Everything but the process.
  explicit RealHost(const HostOptions& options);
  // The same beside another, which outlives it, on the same database.
  RealHost(const HostOptions& options, const RealHost& other);

  support::HostFixture& fixture() { return fixture_; }
  pid_t pid() { return fixture_.process().pid(); }
  Endpoint endpoint() const;
  // The client's files, and the server's.
  Endpoint::Tls client_files() const;
  std::vector<std::string> echo_arguments() const;

  // As sent over HTTP; each has a RequestID of its own. Both SRVs and all hubs in turn, from an
  // agent, which costs the host the most. Signed by two threads.
  std::vector<std::string> requests(std::size_t count);

  // How many outcomes are in the store. Ends the program if one of the last two, one of each SRV,
  // is no acceptance.
  std::size_t accepted();

 private:
  std::string request(std::size_t number);

  const Transport transport_;
  support::HostFixture fixture_;
  std::size_t made_ = 0;
};

}  // namespace bench
