// SPDX-License-Identifier: Apache-2.0
#include "adaptor/inquirer.hpp"

#include <algorithm>
#include <utility>

namespace dcc::adaptor {
namespace {

// In one call; a few milliseconds of a store's time.
constexpr std::size_t kGroup = 256;

}  // namespace

Inquirer::Inquirer(Store& store) : reader_(store.reader()), thread_([this] { run(); }) {}

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
    dones_.reserve(dones_.size() + 1);
    inquiries_.push_back(std::move(inquiry));
    dones_.push_back(std::move(done));
    wake = inquiries_.size() == 1;
  }
  if (wake) changed_.notify_one();
}

void Inquirer::run() {
  std::vector<Inquiry> inquiries;
  std::vector<Done> dones;
  for (;;) {
    inquiries.clear();
    dones.clear();
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !inquiries_.empty(); });
      if (inquiries_.empty()) return;
      inquiries.swap(inquiries_);
      dones.swap(dones_);
    }
    for (std::size_t first = 0; first < inquiries.size(); first += kGroup) {
      const std::size_t end = std::min(first + kGroup, inquiries.size());
      std::exception_ptr error;
      try {
        reader_->answer(std::span(inquiries).subspan(first, end - first));
      } catch (...) {
        error = std::current_exception();
      }
      for (std::size_t i = first; i < end; ++i) dones[i](std::move(inquiries[i]), error);
    }
  }
}

}  // namespace dcc::adaptor
