// SPDX-License-Identifier: Apache-2.0
#include "adaptor/inquirer.hpp"

#include <cstddef>
#include <utility>

namespace dcc::adaptor {
namespace {

// In one call; a few milliseconds of a store's time.
constexpr std::size_t kGroup = 256;

}  // namespace

Inquirer::Inquirer(Store& store, std::chrono::milliseconds patience)
    : reader_(store.reader()), patience_(patience) {
  // All the memory that the thread needs itself, for there is nobody to whom it could fail.
  std::vector<Pending> group;
  group.reserve(kGroup);
  std::vector<Inquiry> inquiries;
  inquiries.reserve(kGroup);
  thread_ =
      std::thread([this, group = std::move(group), inquiries = std::move(inquiries)]() mutable {
        run(std::move(group), std::move(inquiries));
      });
}

Inquirer::~Inquirer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Inquirer::submit(Inquiry inquiry, Done done) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(inquiry), std::move(done)});
  }
  changed_.notify_one();
}

void Inquirer::run(std::vector<Pending> group, std::vector<Inquiry> inquiries) {
  while (wait_for_group(group)) {
    inquiries.clear();
    for (Pending& one : group) inquiries.push_back(std::move(one.inquiry));
    std::exception_ptr error;
    try {
      reader_->answer(inquiries);
    } catch (...) {
      error = std::current_exception();
    }
    for (std::size_t i = 0; i < group.size(); ++i) group[i].done(std::move(inquiries[i]), error);
    if (error) fail_those_behind(error);
  }
}

bool Inquirer::wait_for_group(std::vector<Pending>& group) {
  group.clear();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
  while (!waiting_.empty() && group.size() < kGroup) {
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return !group.empty();
}

void Inquirer::fail_those_behind(const std::exception_ptr& error) {
  const auto too_long = Clock::now() - patience_;
  for (;;) {
    Pending one;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty() || waiting_.front().since > too_long) return;
      one = std::move(waiting_.front());
      waiting_.pop_front();
    }
    one.done(std::move(one.inquiry), error);
  }
}

}  // namespace dcc::adaptor
