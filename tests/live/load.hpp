// SPDX-License-Identifier: Apache-2.0
//
// Continuous load from several connections while the host's state changes underneath, and the
// judgement of every single answer.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "answers.hpp"
#include "support/host_fixture.hpp"

namespace live {

// The states that the host goes through, known beforehand, and where it is: in one, or on the way
// to the next. Safe from any thread.
class Course {
 public:
  explicit Course(std::vector<State> states) : states_(std::move(states)) {}

  std::size_t changes() const { return states_.size() - 1; }
  const State& state(std::size_t index) const { return states_[index]; }
  void leave() { ++position_; }
  void arrive() { ++position_; }

  // Even: in state position / 2. Odd: on the way from there to the next.
  std::size_t position() const { return position_; }
  // Did some state of the host between the two positions ask for this answer?
  bool allows(std::size_t from, std::size_t to, const Sort& sort, const std::string& code) const;

 private:
  const std::vector<State> states_;
  std::atomic<std::size_t> position_ = 0;
};

class Load {
 public:
  // What has come of it.
  struct Result {
    std::map<std::string, std::size_t> codes;
    std::vector<std::string> wrong;        // not the answer of any state that the host was in
    std::vector<std::string> broken;       // connections that did not bring an answer, or ended
    std::vector<double> steady, changing;  // milliseconds until the answer, sorted
  };

  Load(support::HostFixture& host, const Course& course, unsigned connections);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // Waits for as many further answers.
  void await_answers(std::size_t count);
  // Ends it.
  Result stop();

 private:
  void run(support::HttpClient client, std::size_t first_sort);
  void take(const Sort& sort, std::size_t from, double ms, const support::HttpReply& reply);

  support::HostFixture& host_;
  const Course& course_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::size_t answers_ = 0;
  Result result_;
  std::vector<std::thread> threads_;
};

// The value that a share (0.99) of the sorted ones does not exceed.
double quantile(const std::vector<double>& sorted, double share);

}  // namespace live
