// SPDX-License-Identifier: Apache-2.0
//
// Questions to a store that is another process: asked for all requests that wait, in one call,
// because such a call costs much and a question in it little. A thread that asks, and whatever is
// waiting when it becomes free goes into the next call. Functions are safe from any thread, except
// that the destructor is for the owner.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
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

  // Throws std::bad_alloc; both arguments are untouched then.
  void submit(Inquiry&& inquiry, Done&& done);

 private:
  using Clock = std::chrono::steady_clock;

  struct Waiting {
    Done done;
    Clock::time_point since;
  };

  void run();
  void fail_those_behind(const std::exception_ptr& error);

  const std::unique_ptr<StoreReader> reader_;
  const std::chrono::milliseconds patience_;
  std::mutex mutex_;  // guards all up to stopping_
  std::condition_variable changed_;
  std::vector<Inquiry> inquiries_;
  std::vector<Waiting> waiting_;  // one for each, in their order
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dcc::adaptor
