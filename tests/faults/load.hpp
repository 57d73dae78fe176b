// SPDX-License-Identifier: Apache-2.0
//
// Users at work on several connections until the host is gone: signed requests of every sort, each
// with its place in the ledger before it is sent, some of them sent twice. Who is answered 503
// sends the same octets again. Made and destroyed by one thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "ledger.hpp"
#include "support/host_fixture.hpp"

namespace faults {

class Load {
 public:
  Load(support::HostFixture& host, Ledger& ledger, unsigned connections, std::uint64_t seed);
  // The clients end when nobody answers any more, or with the answers that are under way.
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

 private:
  void run(support::HttpClient client, std::mt19937_64 random);
  support::HttpReply ask(support::HttpClient& client, const std::string& document);

  support::HostFixture& host_;
  Ledger& ledger_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;  // guards nothing but the wait for stopped_
  std::condition_variable stopped_;
  std::vector<std::thread> clients_;
};

// Sends a document as a Service Request.
support::HttpReply post(support::HttpClient& client, const std::string& document);

}  // namespace faults
