// SPDX-License-Identifier: Apache-2.0
//
// The requests that wait for their worker, and how the host sheds load: one that would wait too
// long is turned away when it comes, and one that has waited too long all the same, when its turn
// comes. So the queue stays short, and time goes into requests that are still worth it. For one
// thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <utility>

namespace sample {

template <class Request>
class RequestQueue {
 public:
  using Clock = std::chrono::steady_clock;

  // A `max_wait` of zero: requests wait as long as it takes.
  explicit RequestQueue(Clock::duration max_wait) : max_wait_(max_wait) {}

  // May another one come, which will wait `beyond` after its turn, too?
  bool admits(Clock::duration beyond) const {
    return max_wait_ == Clock::duration{} ||
           typical_ * static_cast<Clock::rep>(waiting_.size()) + beyond <= max_wait_;
  }

  bool empty() const { return waiting_.empty(); }
  void push(Request request, Clock::time_point now) {
    waiting_.push_back({std::move(request), now});
  }

  // Whose turn it is, and whether it came too late. Not when empty.
  std::pair<Request, bool> pop(Clock::time_point now) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    const bool late = max_wait_ != Clock::duration{} && now - next.since > max_wait_;
    return {std::move(next.request), late};
  }

  // One was served and took that long. The estimate follows in small steps, so that a single slow
  // one does not turn others away.
  void served(Clock::duration took) {
    if (typical_ == Clock::duration{}) {
      typical_ = took;
      return;
    }
    constexpr Clock::rep kShare = 8;
    const auto step = typical_ / kShare + Clock::duration{1};
    typical_ += took > typical_ ? step : -step;
    if (typical_ < Clock::duration{1}) typical_ = Clock::duration{1};
  }

 private:
  struct Waiting {
    Request request;
    Clock::time_point since;
  };

  const Clock::duration max_wait_;
  Clock::duration typical_{};  // of serving one
  std::deque<Waiting> waiting_;
};

}  // namespace sample
