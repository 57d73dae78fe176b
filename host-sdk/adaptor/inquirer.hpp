// SPDX-License-Identifier: Apache-2.0
//
// Questions to a store that is another process: asked for all requests that wait, in one call,
// because such a call costs much and a question in it little. A thread that asks, and whatever is
// waiting when it becomes free goes into the next call. Functions are safe from any thread, except
// that the destructor is for the owner.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "adaptor/store.hpp"

namespace dcc::adaptor {

class Inquirer {
 public:
  // Called once per inquiry, from the inquirer's thread: told, or why not (what the reader has
  // thrown). Must not throw and must not block.
  using Done = std::function<void(Inquiry, std::exception_ptr)>;

  // When a call fails, who has waited behind it for `patience` is told so, too, and not made to
  // wait for the next: its client would have given up. Throws StoreError: the store cannot be read
  // from.
  explicit Inquirer(Store& store, std::chrono::milliseconds patience = std::chrono::seconds(1));
  // Asks what was submitted, and ends the thread.
  ~Inquirer();
  Inquirer(const Inquirer&) = delete;
  Inquirer& operator=(const Inquirer&) = delete;

  // Throws std::bad_alloc, and then never calls `done`.
  void submit(Inquiry inquiry, Done done);

 private:
  using Clock = std::chrono::steady_clock;

  struct Pending {
    Inquiry inquiry;
    Done done;
    Clock::time_point since = Clock::now();
  };

  void run(std::vector<Pending> group, std::vector<Inquiry> inquiries);
  // False: stopped, and nothing is left to ask.
  bool wait_for_group(std::vector<Pending>& group);
  void fail_those_behind(const std::exception_ptr& error);

  const std::unique_ptr<StoreReader> reader_;
  const std::chrono::milliseconds patience_;
  std::mutex mutex_;  // guards all up to stopping_
  std::condition_variable changed_;
  std::deque<Pending> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dcc::adaptor
