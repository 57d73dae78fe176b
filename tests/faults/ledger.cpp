// SPDX-License-Identifier: Apache-2.0
#include "ledger.hpp"

#include <utility>

#include "support/process.hpp"

namespace faults {

Ledger::Counts& Ledger::Counts::operator+=(const Counts& more) {
  asked += more.asked;
  answered += more.answered;
  repeated += more.repeated;
  for (const auto& [status, count] : more.refused) refused[status] += count;
  return *this;
}

Exchange& Ledger::ask(Exchange exchange) {
  const std::lock_guard lock(mutex_);
  ++counts_.asked;
  return exchanges_.emplace_back(std::move(exchange));
}

void Ledger::answered(Exchange& exchange, std::string response) {
  const std::lock_guard lock(mutex_);
  exchange.response = std::move(response);
  ++counts_.answered;
  changed_.notify_all();
}

void Ledger::refused(unsigned status) {
  const std::lock_guard lock(mutex_);
  ++counts_.refused[status];
}

void Ledger::repeated() {
  const std::lock_guard lock(mutex_);
  ++counts_.repeated;
}

void Ledger::violation(std::string what) {
  const std::lock_guard lock(mutex_);
  violations_.push_back(std::move(what));
}

bool Ledger::await_answers(std::size_t count) {
  std::unique_lock lock(mutex_);
  const std::size_t wanted = counts_.answered + count;
  changed_.wait_for(lock, support::kPatience,
                    [&] { return counts_.answered >= wanted || clients_ == 0; });
  return counts_.answered >= wanted;
}

void Ledger::come() {
  const std::lock_guard lock(mutex_);
  ++clients_;
}

void Ledger::gone() {
  const std::lock_guard lock(mutex_);
  --clients_;
  changed_.notify_all();
}

Ledger::Counts Ledger::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::deque<std::string> Ledger::violations() const {
  const std::lock_guard lock(mutex_);
  return violations_;
}

}  // namespace faults
