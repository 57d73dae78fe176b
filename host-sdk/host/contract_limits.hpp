// SPDX-License-Identifier: Apache-2.0
//
// How large what a plugin gives or asks may be: the limits of dcc/plugin.h, and those that a host
// of this library has beside it. Whoever judges plugins or hosts takes them from here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dcc::host {

// Of a plugin.
inline constexpr std::size_t kMaxPluginSize = std::size_t{256} << 20;  // of its file, in octets
inline constexpr std::size_t kMaxIdSize = 64;                          // of its id, in octets
inline constexpr std::uint32_t kMaxRequired = 64;                      // services that it requires
inline constexpr std::uint32_t kCommandVariants = 32;                  // from 0

// Of its texts as they are shown, in octets.
inline constexpr std::size_t kMaxEntryText = 200;  // of its entry
inline constexpr std::size_t kMaxError = 1000;     // why it refuses
inline constexpr std::size_t kMaxReason = 500;     // of an answer
inline constexpr std::size_t kMaxLogLine = 4000;

// Of what it asks: octets of a question, and how many decisions of one request may ask; the handler
// of one that still does has failed.
inline constexpr std::size_t kMaxKind = 64;
inline constexpr std::size_t kMaxKey = 256;
inline constexpr int kMaxRounds = 8;

// Of a service that a host offers of its own: functions of its table.
inline constexpr std::size_t kMaxFunctions = 64;

// Different builds that a process takes: each takes a handful of the 65,530 mappings that it may
// have, and is kept to its end.
inline constexpr std::size_t kMaxBuilds = 1000;

}  // namespace dcc::host
