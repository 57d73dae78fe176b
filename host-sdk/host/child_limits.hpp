// SPDX-License-Identifier: Apache-2.0
//
// The limits of a child process. posix_spawn cannot set them, so they reach a program of the SDK in
// its environment, and it puts them on itself before it does anything else.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace dcc::host {

// Not in sanitizer builds, whose shadow memory is terabytes of address space.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kLimitsChildMemory = false;
#elif !defined(__has_feature)
inline constexpr bool kLimitsChildMemory = true;
#elif __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kLimitsChildMemory = false;
#else
inline constexpr bool kLimitsChildMemory = true;
#endif

struct ChildLimits {
  // For any program.
  std::chrono::milliseconds time{10'000};  // then the child and what it started are killed
  std::size_t output = 64 << 10;           // octets kept of each stream; the rest is read, dropped

  // For one that obeys them.
  std::size_t memory = 0;  // octets of address space; 0: as this process
  // Octets of a file that it may write: none, but the thread sanitizer's run-time writes a small
  // one of its own.
  std::size_t file_size = kLimitsChildMemory ? 0 : 1 << 20;
  unsigned open_files = 64;
};

// "DCC_CHILD_LIMITS=...", for the environment of a child of this process.
std::string limits_variable(const ChildLimits& limits);

// Takes DCC_CHILD_LIMITS out of the environment and puts the limits on this process: also as many
// seconds of processor time as the limit of time has, and one more; no core dumps; no new
// privileges; and the end when the thread that started it ends, at once if its process has ended
// already. Without the variable: nothing. To be called first in main(). Throws std::runtime_error:
// a system call, or the variable, which is named with what was expected.
void obey_limits();

}  // namespace dcc::host
