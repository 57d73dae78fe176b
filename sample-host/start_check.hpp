// SPDX-License-Identifier: Apache-2.0
//
// The reading of every page of the store at a start: before the host listens, or, if the store is
// large and was left in peace, in a process beside the host. For the main thread.
#pragma once

#include <sys/types.h>

#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "config.hpp"

namespace sample {

// Reads a store that is there, if `config` asks for it. True: it was not read, because it is large
// and was left in peace; StoreReading does so when the host listens. Throws StoreError: it is
// damaged.
bool check_store_first(const Config& config);

// Reads the store while it lives.
class StoreReading {
 public:
  // `config` must outlive it. `damaged` is called once, from another thread, if the store is
  // damaged or cannot be read, and is told where. Throws std::runtime_error: no process or pipe is
  // to be had.
  StoreReading(const Config& config, std::function<void(const std::string&)> damaged);
  ~StoreReading();
  StoreReading(const StoreReading&) = delete;
  StoreReading& operator=(const StoreReading&) = delete;

 private:
  void wait_for(int errors, const std::function<void(const std::string&)>& damaged);

  const Config& config_;
  std::mutex mutex_;  // guards what follows
  pid_t child_ = -1;  // while it has not been waited for
  bool ended_ = false;
  std::thread thread_;
};

// What the process of StoreReading does. False: the store is damaged, as standard error says.
bool read_store(const Config& config);

// After the store has been closed and nothing was wrong with it, so that the next start knows.
// Whatever anybody writes to the store ends that. Fails silently: the next start reads it first.
void left_in_peace(const Config& config) noexcept;

}  // namespace sample
