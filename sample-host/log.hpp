// SPDX-License-Identifier: Apache-2.0
//
// The host's log: lines such as `2026-11-24T03:05:42.123Z info  message`, written through spdlog's
// default logger from any thread. Nobody who logs waits for whoever reads: a thread of its own
// writes, and lines that find no room are counted, and said when there is room again. Whatever is
// logged, a line is one line of valid UTF-8 without what is not seen, and less than 4096 octets
// long. Functions are safe from any thread.
#pragma once

#include <spdlog/spdlog.h>

#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "duis/identifiers.hpp"

namespace spdlog::details {
class thread_pool;
}

namespace sample {

// There is a log as long as there is this; one at a time.
class Log {
 public:
  // `file`: appended to; empty: standard error. `level` as in the configuration. Throws
  // std::runtime_error, which names the file, if it cannot be opened.
  Log(const std::string& level, const std::filesystem::path& file);
  // Writes what waits, but not for long if nobody reads.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Opens the log file anew by its name, for logrotate. If that fails it says so where it wrote so
  // far, and stays there.
  void reopen();

  // How many lines were lost since the start, for want of room or because they could not be
  // written.
  std::size_t lines_lost() const;

 private:
  class Sink;

  const std::shared_ptr<spdlog::logger> before_;
  std::shared_ptr<Sink> sink_;
  std::shared_ptr<spdlog::details::thread_pool> queue_;
};

// Whether a Log could open the file; changes nothing. Throws as its constructor does.
void check_log(const std::filesystem::path& file);

// A line's level as the journal wants it in front of the line, such as "<3>"; empty: standard error
// is not the journal, or the log is a file.
std::string_view journal_priority(spdlog::level::level_enum level);

using LogField = std::pair<std::string_view, std::string_view>;  // name, value

// Appends ` name=value`: quoted where that would be ambiguous, cut where it is long.
void append_value(std::string_view name, std::string_view value, std::string& line);

// what name=value name=value ... at level info. Never throws: without memory the line is left out.
void log_line(std::string_view what, std::initializer_list<LogField> fields) noexcept;

// One decided request.
struct OutcomeLine {
  dcc::duis::RequestId request_id;
  std::string_view srv;
  std::string_view role;  // empty: unknown User
  std::optional<dcc::duis::Eui64> device_id;
  std::string_view code;
  std::string_view reason;
  std::string_view peer;             // where it came from
  std::chrono::microseconds took{};  // from the request's last octet to the answer
};

// outcome request_id=... srv=... originator=... role=... device=... code=... reason="..." peer=...
// us=...
std::string outcome_text(const OutcomeLine& line);
// Never throws: without memory the line is left out.
void log_outcome(const OutcomeLine& line) noexcept;

}  // namespace sample
