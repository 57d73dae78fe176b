// SPDX-License-Identifier: Apache-2.0
//
// A value that many threads read and that is now and then replaced as a whole. Whoever holds what
// current() gave keeps it, whatever is published meanwhile. All functions are safe from any thread.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace dcc::host {

// A mutex and not std::atomic<std::shared_ptr>, whose load() is a data race in libstdc++ 12 (it
// unlocks relaxed).
template <class T>
class Published {
 public:
  explicit Published(std::shared_ptr<const T> first = std::make_shared<const T>())
      : value_(std::move(first)) {}

  // Never null.
  std::shared_ptr<const T> current() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  void publish(std::shared_ptr<const T> value) {
    const std::lock_guard lock(mutex_);
    value_.swap(value);  // the old one is released after the lock
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace dcc::host
