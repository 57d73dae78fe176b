// SPDX-License-Identifier: Apache-2.0
#include "adaptor/committer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dcc::adaptor {

Committer::Committer(Ledger& ledger, Limits limits, OnFailure on_failure, MoreToCome more_to_come,
                     OnBatch on_batch)
    : ledger_(ledger),
      limits_(limits),
      on_failure_(std::move(on_failure)),
      more_to_come_(std::move(more_to_come)),
      on_batch_(std::move(on_batch)) {
  // All the memory that the thread needs itself, for there is nobody to whom it could fail.
  std::vector<Pending> batch;
  batch.reserve(limits_.group);
  std::vector<const Outcome*> outcomes;
  outcomes.reserve(limits_.group);
  thread_ = std::thread([this, batch = std::move(batch), outcomes = std::move(outcomes)]() mutable {
    run(std::move(batch), std::move(outcomes));
  });
}

bool Committer::submit(Outcome&& outcome, Done&& done) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= limits_.waiting) return false;
    // Idle: how long a transaction took before tells nothing of now.
    const bool busy = busy_since_.load(std::memory_order_relaxed) != Clock::time_point{};
    if (!busy && waiting_.empty()) last_batch_.store({}, std::memory_order_relaxed);
    waiting_.push_back({std::move(outcome), std::move(done)});
    waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
    wake = waiting_.size() == 1 || is_enough();
  }
  if (wake) changed_.notify_one();
  return true;
}

std::chrono::microseconds Committer::expected_wait() const {
  const auto waiting = waiting_count_.load(std::memory_order_relaxed);
  const auto since = busy_since_.load(std::memory_order_relaxed);
  const bool busy = since != Clock::time_point{};
  if (!busy && waiting == 0) return {};
  auto batch = last_batch_.load(std::memory_order_relaxed);
  if (busy) batch = std::max(batch, Clock::now() - since);
  // The one under way, those before the new outcome's own, and that one.
  const auto batches = static_cast<Clock::rep>(waiting / limits_.group + (busy ? 2 : 1));
  return std::chrono::duration_cast<std::chrono::microseconds>(batch * batches);
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
  if (thread_.joinable()) thread_.join();
}

void Committer::run(std::vector<Pending> batch, std::vector<const Outcome*> outcomes) {
  while (wait_for_batch(batch)) {
    if (batch.empty()) {
      check();
      continue;
    }
    outcomes.clear();
    for (const Pending& pending : batch) outcomes.push_back(&pending.outcome);
    const auto begin = Clock::now();
    busy_since_.store(begin, std::memory_order_relaxed);
    const std::vector<CommitResult> results = commit(outcomes);
    const bool succeeded = !results.empty();
    const auto took = Clock::now() - begin;
    if (succeeded) last_batch_.store(took, std::memory_order_relaxed);
    busy_since_.store({}, std::memory_order_relaxed);
    found(succeeded);
    if (on_batch_) on_batch_({batch.size(), succeeded, took});
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto result = results.empty() ? CommitResult::failed : results[i];
      batch[i].done(result, std::move(batch[i].outcome));
    }
  }
}

bool Committer::wait_for_batch(std::vector<Pending>& batch) {
  batch.clear();
  std::unique_lock lock(mutex_);
  const auto has_work = [this] { return stopping_ || is_check_wanted_ || !waiting_.empty(); };
  changed_.wait(lock, has_work);
  changed_.wait_for(lock, limits_.patience,
                    [this] { return stopping_ || waiting_.empty() || is_enough(); });
  const auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), limits_.group));
  const auto end = waiting_.begin() + count;
  std::move(waiting_.begin(), end, std::back_inserter(batch));
  waiting_.erase(waiting_.begin(), end);
  waiting_count_.store(waiting_.size(), std::memory_order_relaxed);
  return !batch.empty() || !stopping_;
}

// With the store to itself: whoever asked shall not compete with commits for its lock.
void Committer::check() {
  try {
    ledger_.check();
    found(true);
  } catch (const std::exception& error) {
    if (on_failure_) on_failure_(error);
    found(false);
  }
}

void Committer::found(bool usable) {
  {
    const std::lock_guard lock(mutex_);
    usable_ = usable;
    found_at_ = Clock::now();
    is_check_wanted_ = false;
  }
  checked_.notify_all();
}

bool Committer::is_enough() const {
  return waiting_.size() >= limits_.enough || !more_to_come_ || !more_to_come_();
}

// Empty: it failed.
std::vector<CommitResult> Committer::commit(std::span<const Outcome* const> batch) {
  try {
    return ledger_.commit(batch);
  } catch (const std::exception& error) {
    if (on_failure_) on_failure_(error);
    return {};
  }
}

}  // namespace dcc::adaptor
