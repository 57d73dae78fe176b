// SPDX-License-Identifier: Apache-2.0
//
// Group commit: a thread for each lane of the store, which takes outcomes from all workers to the
// lane's ledger. Whatever is waiting when a lane becomes free goes in one transaction; it waits a
// little for others that are known to come, because a transaction costs much and an outcome in it
// little. For the same reason several lanes are under way at once only where one would not do.
// Functions are safe from any thread, except that stop() and the destructor are for the
// owner.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "adaptor/ledger.hpp"

namespace dcc::adaptor {

class Committer {
 public:
  struct Limits {
    std::size_t waiting = 4096;  // outcomes that may wait; more are refused
    std::size_t group = 256;     // outcomes in one transaction
    // For others to come, a transaction waits until it has so many, and no longer than this.
    std::size_t enough = 40;
    std::chrono::microseconds patience{5000};
    // A lane begins beside others if a whole group waits, or if they have been at it for so long.
    std::chrono::microseconds alone{20'000};
  };
  // Are there requests whose outcomes are yet to come? Called from any thread; must not throw,
  // block or call back. Empty: nobody knows, and nothing is waited for.
  using MoreToCome = std::function<bool()>;
  // Called once per accepted outcome, from its lane's thread, when its fate is on disk. Gets
  // the outcome back, for the response or to decide again. Must not throw and must not block; may
  // call submit().
  using Done = std::function<void(CommitResult, Outcome)>;
  // Called from a lane's thread, one at a time, before the callbacks of a batch that failed. Must
  // not throw.
  using OnFailure = std::function<void(const std::exception&)>;

  // A transaction that has ended.
  struct Batch {
    std::size_t outcomes = 0;
    bool committed = false;
    std::chrono::nanoseconds took{};
  };
  // Called from a lane's thread, one at a time, before the callbacks of the batch. Must not throw.
  using OnBatch = std::function<void(const Batch&)>;

  // At least one ledger.
  Committer(Ledgers ledgers, Limits limits, OnFailure on_failure, MoreToCome more_to_come = {},
            OnBatch on_batch = {});
  ~Committer() { stop(); }
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // False: too many are waiting, or stopped; both arguments are untouched then.
  [[nodiscard]] bool submit(Outcome&& outcome, Done&& done);

  // How long an outcome that is submitted now may take to be on disk, judged by the last
  // transaction that succeeded, if others waited behind it, or by the one under way if that takes
  // longer; of several, the youngest. Zero: all lanes are idle. What was slow before a pause tells
  // nothing.
  std::chrono::microseconds expected_wait() const;

  // Does the store take what is committed? Judged by the last transaction if that was just now and
  // succeeded; else the store is checked, and not to know within `patience` is a no.
  bool is_usable(std::chrono::milliseconds patience);

  // Commits what was accepted, calls back, and ends the threads.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::time_point kIdle{};

  struct Pending {
    Outcome outcome;
    Done done;
  };

  struct Lane {
    std::unique_ptr<Ledger> ledger;
    std::vector<Pending> batch;
    std::vector<const Outcome*> outcomes;
    std::atomic<Clock::time_point> busy_since{kIdle};
    bool failed = false;  // its last transaction
    std::thread thread{};
  };

  void run(Lane& lane);
  void commit(Lane& lane);
  // False: stopped, and nothing is left to do. An empty batch: a check is wanted.
  bool wait_for_batch(Lane& lane);
  // When the last of the transactions under way began; kIdle: none is.
  Clock::time_point begin_of_youngest() const;
  void recover(Lane& lane);
  void check(Ledger& ledger);
  void failed(const std::exception& error);
  void found(bool usable);
  // May one more lane begin?
  bool may_begin() const;
  bool is_enough() const;

  const Limits limits_;
  const OnFailure on_failure_;
  const MoreToCome more_to_come_;
  const OnBatch on_batch_;

  std::mutex gathering_;  // whoever has it waits for the next batch: the other lanes wait for it
  std::mutex telling_;    // on_failure_ and on_batch_

  std::mutex mutex_;  // guards all up to found_at_
  std::condition_variable changed_;
  std::condition_variable stopped_;
  std::deque<Pending> waiting_;
  bool stopping_ = false;
  std::condition_variable checked_;
  bool is_check_wanted_ = false;
  std::size_t failed_lanes_ = 0;
  bool usable_ = true;  // as found at
  Clock::time_point found_at_{};

  // For expected_wait(), which must not wait for the mutex.
  std::atomic<std::size_t> waiting_count_ = 0;
  std::atomic<Clock::duration> last_batch_{Clock::duration{}};

  std::deque<Lane> lanes_;
};

}  // namespace dcc::adaptor
