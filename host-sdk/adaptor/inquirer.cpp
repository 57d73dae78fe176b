// SPDX-License-Identifier: Apache-2.0
#include "adaptor/inquirer.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

namespace dcc::adaptor {
namespace {

// In one call; a few milliseconds of a store's time.
constexpr std::size_t kGroup = 256;

}  // namespace

Inquirer::Inquirer(Store& store, std::chrono::milliseconds patience)
    : reader_(store.reader()), patience_(patience), thread_([this] { run(); }) {}

Inquirer::~Inquirer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Inquirer::submit(Inquiry&& inquiry, Done&& done) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    // So that neither moves unless both can.
    inquiries_.reserve(inquiries_.size() + 1);
    waiting_.reserve(waiting_.size() + 1);
    inquiries_.push_back(std::move(inquiry));
    waiting_.push_back({std::move(done), Clock::now()});
    wake = inquiries_.size() == 1;
  }
  if (wake) changed_.notify_one();
}

void Inquirer::run() {
  std::vector<Inquiry> inquiries;
  std::vector<Waiting> waiting;
  for (;;) {
    inquiries.clear();
    waiting.clear();
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !inquiries_.empty(); });
      if (inquiries_.empty()) return;
      inquiries.swap(inquiries_);
      waiting.swap(waiting_);
    }
    for (std::size_t first = 0; first < inquiries.size(); first += kGroup) {
      const std::size_t end = std::min(first + kGroup, inquiries.size());
      std::exception_ptr error;
      try {
        reader_->answer(std::span(inquiries).subspan(first, end - first));
      } catch (...) {
        error = std::current_exception();
      }
      for (std::size_t i = first; i < end; ++i) waiting[i].done(std::move(inquiries[i]), error);
      if (error) fail_those_behind(error);
    }
  }
}

void Inquirer::fail_those_behind(const std::exception_ptr& error) {
  std::vector<Inquiry> inquiries;
  std::vector<Waiting> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto too_long = Clock::now() - patience_;
    const auto patient =
        std::ranges::find_if(waiting_, [&](const Waiting& one) { return one.since > too_long; });
    const auto count = patient - waiting_.begin();
    std::move(inquiries_.begin(), inquiries_.begin() + count, std::back_inserter(inquiries));
    std::move(waiting_.begin(), patient, std::back_inserter(waiting));
    inquiries_.erase(inquiries_.begin(), inquiries_.begin() + count);
    waiting_.erase(waiting_.begin(), patient);
  }
  for (std::size_t i = 0; i < waiting.size(); ++i) waiting[i].done(std::move(inquiries[i]), error);
}

}  // namespace dcc::adaptor
