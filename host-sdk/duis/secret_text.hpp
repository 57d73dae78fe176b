// SPDX-License-Identifier: Apache-2.0
//
// Private to the duis room and the client's PKI: text that leaves no copy of itself in memory.
#pragma once

#include <openssl/crypto.h>

#include <cstddef>
#include <memory>
#include <string>

namespace dcc::duis {

// Overwrites what it gives back, whatever the reason: the owner's end, an exception, growth.
template <typename T>
struct WipingAllocator {
  using value_type = T;

  WipingAllocator() = default;
  template <typename U>
  explicit(false) WipingAllocator(const WipingAllocator<U>&) {}

  T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, std::size_t count) {
    OPENSSL_cleanse(memory, count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }

  bool operator==(const WipingAllocator&) const = default;
};

// A text of less than 16 octets lies in the object itself and is not wiped; no key is that short.
using SecretText = std::basic_string<char, std::char_traits<char>, WipingAllocator<char>>;

}  // namespace dcc::duis
