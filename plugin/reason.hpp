// SPDX-License-Identifier: Apache-2.0
//
// The reason of a decision: a line of text that needs no heap, because a handler runs for each
// request. A value; safe from any thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace ch_returns {

class Reason {
 public:
  template <class... Parts>
  explicit Reason(const Parts&... parts) {
    (append(parts), ...);
  }

  // What is too long ends with the last whole character that fits. All fits unless a host has
  // statuses of a hundred letters.
  Reason& append(std::string_view part) {
    std::size_t size = std::min(part.size(), limit_ - size_);
    const bool cut = size < part.size();
    while (cut && size > 0 && (part[size] & 0xC0) == 0x80) --size;
    std::copy_n(part.begin(), size, text_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += size;
    if (cut) limit_ = size_;
    return *this;
  }

  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 500> text_;
  std::size_t size_ = 0;
  std::size_t limit_ = text_.size();  // no more is appended
};

}  // namespace ch_returns
