// SPDX-License-Identifier: Apache-2.0
//
// Memory that a plugin is given for a while. Guarded, whatever is placed ends at a page that nobody
// may touch, is read-only, and is unreadable once it was taken back: a plugin that reads on, writes
// or comes back later is ended by a signal, and fault_at() says what it did. One thread at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dcc/plugin.h"

namespace dcc::check {

// A text that is given to a plugin.
struct Text {
  std::string bytes;
  bool no_data = false;  // given as a null pointer; then `bytes` is empty

  Text() = default;
  Text(std::string text) : bytes(std::move(text)) {}  // NOLINT: is meant to convert
  Text(std::string_view text) : bytes(text) {}        // NOLINT
  Text(const char* text) : bytes(text) {}             // NOLINT
  static Text null() {
    Text text;
    text.no_data = true;
    return text;
  }
};

class GivenMemory {
 public:
  // `none`: roomy memory with a NUL behind everything, which forgives.
  enum class Guard { none, pages };
  explicit GivenMemory(Guard guard);  // std::bad_alloc
  ~GivenMemory();
  GivenMemory(const GivenMemory&) = delete;
  GivenMemory& operator=(const GivenMemory&) = delete;

  // A read-only copy; of nothing, a pointer that must not be followed. `octets` of a struct are a
  // multiple of its alignment. std::bad_alloc: the memory is full (64 MiB).
  const void* place(const void* octets, std::size_t size);
  dcc_str place(const Text& text);
  // Zeroed, and the plugin may write.
  char* place_writable(std::size_t size);

  // The plugin must not use `memory` any more. If it is guarded, it stays unreadable for a while:
  // until some more were taken back. From any thread.
  static void take_back(std::unique_ptr<GivenMemory> memory);

  // What an access at `address` that the processor refused means, a string literal; null: it is in
  // no such memory. For signal handlers.
  static const char* fault_at(const void* address) noexcept;

 private:
  struct Span {
    char* begin;
    char* end;
  };
  char* allot(std::size_t size);

  const Guard guard_;
  char* const base_;
  char* next_;
  std::atomic<bool> taken_back_ = false;
  std::vector<Span> open_;  // pages that the plugin may read
};

}  // namespace dcc::check
