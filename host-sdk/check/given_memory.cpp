// SPDX-License-Identifier: Apache-2.0
#include "check/given_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <deque>
#include <mutex>
#include <new>

namespace dcc::check {
namespace {

constexpr std::size_t kCapacity = std::size_t{64} << 20;  // of address space, taken page by page

// All that exist, for the signal handler: a list that it can walk whatever was interrupted.
std::array<std::atomic<const GivenMemory*>, 256> all;

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

char* reserve(GivenMemory::Guard guard) {
  const int access = guard == GivenMemory::Guard::pages ? PROT_NONE : PROT_READ | PROT_WRITE;
  void* const place =
      ::mmap(nullptr, kCapacity, access, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (place == MAP_FAILED) throw std::bad_alloc();
  return static_cast<char*>(place);
}

void protect(char* begin, const char* end, int access) {
  if (::mprotect(begin, static_cast<std::size_t>(end - begin), access) != 0) throw std::bad_alloc();
}

}  // namespace

GivenMemory::GivenMemory(Guard guard) : guard_(guard), base_(reserve(guard)), next_(base_) {
  for (auto& place : all) {
    const GivenMemory* free = nullptr;
    if (place.compare_exchange_strong(free, this)) return;
  }
  ::munmap(base_, kCapacity);
  throw std::bad_alloc();
}

GivenMemory::~GivenMemory() {
  for (auto& place : all) {
    const GivenMemory* self = this;
    if (place.compare_exchange_strong(self, nullptr)) break;
  }
  ::munmap(base_, kCapacity);
}

// Guarded: the last octets of pages of its own, with a closed page on either side.
char* GivenMemory::allot(std::size_t size) {
  const std::size_t page = page_size();
  const std::size_t pages = (size + page - 1) / page * page;
  if (kCapacity - static_cast<std::size_t>(next_ - base_) < pages + 2 * page)
    throw std::bad_alloc();
  if (guard_ == Guard::none) {
    char* const begin = next_;
    constexpr std::size_t kAlignment = 64;
    next_ += (size + kAlignment) / kAlignment * kAlignment;
    return begin;
  }
  char* const begin = next_ + page;
  next_ = begin + pages;
  if (pages > 0) {
    protect(begin, next_, PROT_READ | PROT_WRITE);
    open_.push_back({begin, next_});
  }
  return next_ - size;
}

const void* GivenMemory::place(const void* octets, std::size_t size) {
  char* const copy = allot(size);
  if (size == 0) return copy;
  std::memcpy(copy, octets, size);
  if (guard_ == Guard::pages) protect(open_.back().begin, open_.back().end, PROT_READ);
  return copy;
}

dcc_str GivenMemory::place(const Text& text) {
  if (text.no_data) return {nullptr, 0};
  return {static_cast<const char*>(place(text.bytes.data(), text.bytes.size())), text.bytes.size()};
}

char* GivenMemory::place_writable(std::size_t size) {
  return allot(size);
}

void GivenMemory::take_back(std::unique_ptr<GivenMemory> memory) {
  constexpr std::size_t kKept = 32;
  static std::mutex mutex;
  static std::deque<std::unique_ptr<GivenMemory>> kept;
  if (memory->guard_ == Guard::pages) {
    protect(memory->base_, memory->base_ + kCapacity, PROT_NONE);
    memory->taken_back_ = true;
  }
  const std::lock_guard lock(mutex);
  kept.push_back(std::move(memory));
  if (kept.size() > kKept) kept.pop_front();
}

const char* GivenMemory::fault_at(const void* address) noexcept {
  const auto* const at = static_cast<const char*>(address);
  for (const auto& place : all) {
    const GivenMemory* const memory = place;
    if (memory == nullptr || at < memory->base_ || at >= memory->base_ + kCapacity) continue;
    if (memory->taken_back_) return "used what it was given after that was no longer valid";
    for (const Span& span : memory->open_) {
      if (at >= span.begin && at < span.end) return "wrote to what it may only read";
    }
    return "went beyond the end of what it was given";
  }
  return nullptr;
}

}  // namespace dcc::check
