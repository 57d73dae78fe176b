// SPDX-License-Identifier: Apache-2.0
//
// What was asked of a host and what came back, kept over its deaths. Safe from any thread, except
// that exchanges() and what it gives are for a time at which no client runs.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <string>

namespace faults {

struct Exchange {
  std::string request_id;
  std::string document;  // signed, as sent
  std::string expected;  // the response code that the rule asks for
  std::string response;  // octets of the answer; empty: none has come
};

class Ledger {
 public:
  struct Counts {
    std::size_t asked = 0, answered = 0, repeated = 0;
    std::map<unsigned, std::size_t> refused;  // by HTTP status

    Counts& operator+=(const Counts& more);
  };

  // Before a request is sent; the reference stays good.
  Exchange& ask(Exchange exchange);
  void answered(Exchange& exchange, std::string response);
  void refused(unsigned status);
  // A copy of an answered request was sent.
  void repeated();
  // Something that must not be, in words.
  void violation(std::string what);

  // Waits until as many further answers have come; false: it took too long, or nobody asks any
  // more.
  bool await_answers(std::size_t count);
  // A client has come, or gone for good.
  void come();
  void gone();

  std::deque<Exchange>& exchanges() { return exchanges_; }
  Counts counts() const;
  std::deque<std::string> violations() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Exchange> exchanges_;
  Counts counts_;
  std::size_t clients_ = 0;
  std::deque<std::string> violations_;
};

}  // namespace faults
