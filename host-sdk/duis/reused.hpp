// SPDX-License-Identifier: Apache-2.0
//
// Private to the duis room: a list that is emptied and filled again, document after document, and
// whose elements keep their memory meanwhile. For one thread at a time.
#pragma once

#include <cstddef>
#include <vector>

namespace dcc::duis {

template <typename T>
class Reused {
 public:
  // The next element, as it was left when it was last in use.
  T& add() {
    if (size_ == elements_.size()) elements_.emplace_back();
    return elements_[size_++];
  }
  // Leaves the first `size`, of those in use.
  void shrink(std::size_t size) { size_ = size; }
  void clear() { size_ = 0; }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t i) { return elements_[i]; }
  const T& operator[](std::size_t i) const { return elements_[i]; }
  T* begin() { return elements_.data(); }
  T* end() { return elements_.data() + size_; }
  const T* begin() const { return elements_.data(); }
  const T* end() const { return elements_.data() + size_; }

 private:
  std::vector<T> elements_;
  std::size_t size_ = 0;
};

}  // namespace dcc::duis
