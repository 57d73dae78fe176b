// SPDX-License-Identifier: Apache-2.0
//
// What a process says when a plugin's code crashes it: which plugin, which build, which step, and
// for which request. For a host that asks for it; the library itself sets no signal handler.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "dcc/plugin.h"

namespace dcc::host {

// What stands around the time and the text of the note, for it to look like the log that it is in;
// a few octets each.
struct CrashNoteForm {
  std::string_view before_time{}, after_time = " critical ", end{};
};

// From now on a SIGSEGV, SIGBUS, SIGFPE, SIGILL or SIGABRT writes one line to standard error, and
// appends it to `file` if that is not empty, before it ends the process as it would have anyhow:
//
//     2026-11-30T11:26:01.123Z critical the process crashes: signal 11 (SIGSEGV) inside
//     plugin ch-returns (com.example.returns 1.0.0, 0a1b2c): handler of 8.14.3, request
//     90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:1000
//
// Once, from the main thread. Texts that are too long are cut, and quotes and backslashes in them
// become apostrophes.
void note_crashes(const CrashNoteForm& form = {}, const std::filesystem::path& file = {});

// This thread runs a plugin's code as long as there is this. Any thread; cheap.
class InsidePlugin {
 public:
  // Both texts must outlive it: which plugin, and in what, such as "create".
  InsidePlugin(const std::string& plugin, const char* step,
               const dcc_request* request = nullptr) noexcept;
  ~InsidePlugin();
  InsidePlugin(const InsidePlugin&) = delete;
  InsidePlugin& operator=(const InsidePlugin&) = delete;
};

}  // namespace dcc::host
