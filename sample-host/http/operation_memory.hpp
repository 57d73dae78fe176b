// SPDX-License-Identifier: Apache-2.0
//
// Memory for one asynchronous operation, set aside beforehand: starting the operation cannot fail
// for want of memory. To be bound to the operation's handler as its allocator.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace sample {

// Safe from any thread. What does not fit, or comes while the memory is in use, gets the heap's.
class OperationMemory {
 public:
  void* take(std::size_t size) {
    if (size > sizeof memory_ || in_use_.test_and_set()) return ::operator new(size);
    return memory_;
  }
  void give_back(void* taken) noexcept {
    if (taken != memory_) return ::operator delete(taken);
    in_use_.clear();
  }

 private:
  static constexpr std::size_t kSize = 512;
  alignas(std::max_align_t) std::byte memory_[kSize];
  std::atomic_flag in_use_;
};

// An allocator over it, which keeps it while the operation lasts.
template <class T>
class OperationAllocator {
 public:
  using value_type = T;

  explicit OperationAllocator(std::shared_ptr<OperationMemory> memory)
      : memory_(std::move(memory)) {}
  template <class U>
  OperationAllocator(const OperationAllocator<U>& other) : memory_(other.memory_) {}

  T* allocate(std::size_t count) { return static_cast<T*>(memory_->take(count * sizeof(T))); }
  void deallocate(T* taken, std::size_t /*count*/) noexcept { memory_->give_back(taken); }

  template <class U>
  bool operator==(const OperationAllocator<U>& other) const {
    return memory_ == other.memory_;
  }

 private:
  template <class U>
  friend class OperationAllocator;

  std::shared_ptr<OperationMemory> memory_;
};

}  // namespace sample
