// SPDX-License-Identifier: Apache-2.0
//
// The requests that wait for their worker, and how the host sheds load: one that would wait too
// long is turned away when it comes, and one that has waited too long all the same, when its turn
// comes. So the queue stays short, and time goes into requests that are still worth it. For one
// thread at a time.
#pragma once

#include <algorithm>
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
    if (is_turn_) learn(now - turn_began_);
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    const bool late = max_wait_ != Clock::duration{} && now - next.since > max_wait_;
    is_turn_ = !late && !waiting_.empty();
    turn_began_ = now;
    return {std::move(next.request), late};
  }

 private:
  struct Waiting {
    Request request;
    Clock::time_point since;
  };

  // A turn ends when the next begins: with it goes what the worker reads and refuses in between,
  // which takes most of its time when far too much comes. The estimate is a mean, because the sum
  // of turns is what a request waits for; no turn counts for more than a few, so that a single slow
  // one does not turn others away.
  void learn(Clock::duration turn) {
    constexpr Clock::rep kShare = 8, kMost = 4;
    if (typical_ == Clock::duration{}) typical_ = turn;
    typical_ += (std::min(turn, kMost * typical_) - typical_) / kShare;
    typical_ = std::max(typical_, Clock::duration{kShare});
  }

  const Clock::duration max_wait_;
  Clock::duration typical_{};  // of a turn
  bool is_turn_ = false;       // one has begun that will tell how long turns are
  Clock::time_point turn_began_{};
  std::deque<Waiting> waiting_;
};

}  // namespace sample
