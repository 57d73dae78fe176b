// SPDX-License-Identifier: Apache-2.0
//
// The host's log: lines such as `2026-11-24T03:05:42.123Z info  message`, written through spdlog's
// default logger. Control characters never reach the log raw. All functions from any thread, but
// start_log() once, before there are other threads.
#pragma once

#include <spdlog/spdlog.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "duis/identifiers.hpp"

namespace sample {

// `file`: appended to; empty: standard error. `level` as in the configuration. Throws
// std::runtime_error, which names the file, if it cannot be opened.
void start_log(const std::string& level, const std::filesystem::path& file);

// Whether start_log() could open the file; changes nothing. Throws as it does.
void check_log(const std::filesystem::path& file);

// A line's level as the journal wants it in front of the line, such as "<3>"; empty: standard error
// is not the journal, or the log is a file.
std::string_view journal_priority(spdlog::level::level_enum level);

// Opens the log file anew by its name, for logrotate. If that fails it says so where it wrote so
// far, and stays there.
void reopen_log();

// One decided request.
struct OutcomeLine {
  dcc::duis::RequestId request_id;
  std::string_view srv;
  std::string_view role;  // empty: unknown User
  std::optional<dcc::duis::Eui64> device_id;
  std::string_view code;
  std::string_view reason;
  std::chrono::microseconds took{};  // from the request's last octet to the answer
};

// outcome request_id=... srv=... originator=... role=... device=... code=... reason="..." us=...
std::string outcome_text(const OutcomeLine& line);
// Never throws: without memory the line is left out.
void log_outcome(const OutcomeLine& line) noexcept;

}  // namespace sample
