// SPDX-License-Identifier: Apache-2.0
#include "adaptor/committer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dcc::adaptor {

Committer::Committer(Ledgers ledgers, Limits limits, OnFailure on_failure, MoreToCome more_to_come,
                     OnBatch on_batch)
    : limits_(limits),
      on_failure_(std::move(on_failure)),
      more_to_come_(std::move(more_to_come)),
      on_batch_(std::move(on_batch)) {
  // All the memory that the threads need themselves, for there is nobody to whom it could fail.
  for (auto& ledger : ledgers) {
    Lane& lane = lanes_.emplace_back();
    lane.ledger = std::move(ledger);
    lane.batch.reserve(limits_.group);
    lane.outcomes.reserve(limits_.group);
  }
  try {
    for (Lane& lane : lanes_) lane.thread = std::thread([this, &lane] { run(lane); });
  } catch (...) {
    stop();
    throw;
  }
}

bool Committer::submit(Outcome&& outcome, Done&& done) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= limits_.waiting) return false;
    // Idle: how long a transaction took before tells nothing of now.
    if (waiting_.empty() && begin_of_youngest() == kIdle) {
      last_batch_.store({}, std::memory_order_relaxed);
    }
    waiting_.push_back({std::move(outcome), std::move(done)});
    waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
    wake = waiting_.size() == 1 || (may_begin() && is_enough());
  }
  if (wake) changed_.notify_one();
  return true;
}

std::chrono::microseconds Committer::expected_wait() const {
  const auto waiting = waiting_count_.load(std::memory_order_relaxed);
  const auto begin = begin_of_youngest();
  const bool busy = begin != kIdle;
  if (!busy && waiting == 0) return {};
  auto batch = last_batch_.load(std::memory_order_relaxed);
  Clock::duration until_begin{};
  if (busy) {
    const bool another_may_begin = std::ranges::any_of(lanes_, [](const Lane& lane) {
      return lane.busy_since.load(std::memory_order_relaxed) == kIdle;
    });
    if (!another_may_begin) batch = std::max<Clock::duration>(batch, Clock::now() - begin);
    until_begin = another_may_begin ? std::min<Clock::duration>(batch, limits_.alone) : batch;
  }
  // Those before the new outcome's own, and that one.
  const auto batches = static_cast<Clock::rep>(waiting / (limits_.group * lanes_.size()) + 1);
  return std::chrono::duration_cast<std::chrono::microseconds>(until_begin + batch * batches);
}

bool Committer::is_usable(std::chrono::milliseconds patience) {
  constexpr std::chrono::seconds kJustNow{1};
  std::unique_lock lock(mutex_);
  if (usable_ && Clock::now() - found_at_ < kJustNow) return true;
  is_check_wanted_ = true;
  changed_.notify_one();
  return checked_.wait_for(lock, patience, [this] { return !is_check_wanted_; }) && usable_;
}

void Committer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  stopped_.notify_all();
  for (Lane& lane : lanes_) {
    if (lane.thread.joinable()) lane.thread.join();
  }
}

void Committer::run(Lane& lane) {
  for (;;) {
    recover(lane);
    {
      const std::lock_guard turn(gathering_);
      if (!wait_for_batch(lane)) return;
    }
    if (lane.batch.empty()) {
      check(*lane.ledger);
    } else {
      commit(lane);
    }
  }
}

void Committer::commit(Lane& lane) {
  lane.outcomes.clear();
  for (const Pending& pending : lane.batch) lane.outcomes.push_back(&pending.outcome);
  const auto begin = lane.busy_since.load(std::memory_order_relaxed);
  std::vector<CommitResult> results;  // none: it failed
  try {
    results = lane.ledger->commit(lane.outcomes);
  } catch (const std::exception& error) {
    failed(error);
  }
  const bool succeeded = !results.empty();
  const auto took = Clock::now() - begin;
  if (succeeded) last_batch_.store(took, std::memory_order_relaxed);
  lane.busy_since.store(kIdle, std::memory_order_relaxed);
  lane.failed = !succeeded;
  found(succeeded);
  if (on_batch_) {
    const std::lock_guard lock(telling_);
    on_batch_({lane.batch.size(), succeeded, took});
  }
  for (std::size_t i = 0; i < lane.batch.size(); ++i) {
    const auto result = succeeded ? results[i] : CommitResult::failed;
    lane.batch[i].done(result, std::move(lane.batch[i].outcome));
  }
}

// A lane that fails at once would take the batches away from those that work: it takes none until
// the store takes a check from it, unless all lanes have failed.
void Committer::recover(Lane& lane) {
  if (!lane.failed) return;
  constexpr std::chrono::seconds kPause{1};
  std::unique_lock lock(mutex_);
  ++failed_lanes_;
  while (!stopping_ && failed_lanes_ < lanes_.size()) {
    lock.unlock();
    try {
      lane.ledger->check();
      lane.failed = false;
    } catch (const std::exception& error) {
      failed(error);
    }
    lock.lock();
    if (!lane.failed) break;
    stopped_.wait_for(lock, kPause, [this] { return stopping_; });
  }
  --failed_lanes_;
}

bool Committer::wait_for_batch(Lane& lane) {
  auto& batch = lane.batch;
  batch.clear();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || is_check_wanted_ || !waiting_.empty(); });
  if (const auto begin = begin_of_youngest(); begin != kIdle) {
    changed_.wait_until(lock, begin + limits_.alone,
                        [this] { return stopping_ || is_check_wanted_ || may_begin(); });
  }
  changed_.wait_for(lock, limits_.patience,
                    [this] { return stopping_ || waiting_.empty() || is_enough(); });
  const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), limits_.group));
  const auto end = waiting_.begin() + count;
  std::move(waiting_.begin(), end, std::back_inserter(batch));
  waiting_.erase(waiting_.begin(), end);
  waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
  if (!batch.empty()) lane.busy_since.store(Clock::now(), std::memory_order_relaxed);
  return !batch.empty() || !stopping_;
}

// In a lane: whoever asked shall not compete with commits for the store's lock.
void Committer::check(Ledger& ledger) {
  try {
    ledger.check();
    found(true);
  } catch (const std::exception& error) {
    failed(error);
    found(false);
  }
}

void Committer::failed(const std::exception& error) {
  if (!on_failure_) return;
  const std::lock_guard lock(telling_);
  on_failure_(error);
}

void Committer::found(bool usable) {
  {
    const std::lock_guard lock(mutex_);
    usable_ = usable;
    found_at_ = Clock::now();
    is_check_wanted_ = false;
  }
  changed_.notify_one();  // a lane may wait for this one
  checked_.notify_all();
}

bool Committer::may_begin() const {
  const auto begin = begin_of_youngest();
  return begin == kIdle || waiting_.size() >= limits_.group ||
         Clock::now() - begin >= limits_.alone;
}

bool Committer::is_enough() const {
  return waiting_.size() >= limits_.enough || !more_to_come_ || !more_to_come_();
}

Committer::Clock::time_point Committer::begin_of_youngest() const {
  Clock::time_point youngest = kIdle;
  for (const Lane& lane : lanes_) {
    youngest = std::max(youngest, lane.busy_since.load(std::memory_order_relaxed));
  }
  return youngest;
}

}  // namespace dcc::adaptor
