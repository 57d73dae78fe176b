// SPDX-License-Identifier: Apache-2.0
//
// How often something may be done: as often as it likes at once, up to a burst, and on average as
// often as the rate allows. Safe from any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>

namespace sample {

class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;

  // `burst`: at least 1, that many at once; `rate`: that many a second.
  RateLimit(double burst, double rate) : burst_(burst), rate_(rate), left_(burst) {}

  // May it be done once more, at `now`?
  bool take(Clock::time_point now = Clock::now()) {
    const std::lock_guard lock(mutex_);
    if (now > last_) {
      const std::chrono::duration<double> since = now - last_;
      left_ = std::min(burst_, left_ + since.count() * rate_);
      last_ = now;
    }
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  const double burst_, rate_;
  std::mutex mutex_;  // guards the two below
  double left_;
  Clock::time_point last_{};
};

}  // namespace sample
