// SPDX-License-Identifier: Apache-2.0
//
// Requests one after the other for a while, so that a swap can be watched under load. Bounded, and
// one load at a time: it is there to be looked at, and no benchmark. Safe from any thread.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "client/console/options.hpp"
#include "foreign/json_tree.hpp"

namespace sample::console {

class Load {
 public:
  static constexpr std::int64_t kMostPerSecond = 100, kMostSeconds = 60;

  // `options` must outlive it.
  explicit Load(const Options& options) : options_(options) {}
  // Stops it.
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Question: {"user", "srv", "device", "per_second": 1 to 100, "seconds": 1 to 60}. BadInput: it
  // is no such question; std::exception: one runs already, or the User's key cannot be used.
  void start(const dcc::foreign::Json& question);
  // Waits for the answers that are on their way.
  void stop();
  // {"running", "sent", "failed": without any answer, "failure": the first one's reason,
  //  "codes": {"I99": n, "HTTP 503": n}, "milliseconds": {"p50", "p95", "p99", "max"} or null}
  // of the load that was started last.
  boost::json::object state() const;

 private:
  struct Plan;
  void send(const std::stop_token& stop, const Plan& plan, unsigned sender);
  void note(const std::string& code, double milliseconds);

  const Options& options_;
  std::mutex control_;  // start or stop
  std::vector<std::jthread> senders_;

  mutable std::mutex mutex_;  // guards all below
  std::size_t at_work_ = 0, failed_ = 0;
  std::string failure_;
  std::map<std::string, std::int64_t> codes_;
  std::vector<double> milliseconds_;
};

}  // namespace sample::console
