// SPDX-License-Identifier: Apache-2.0
//
// The host's log: lines such as `2026-11-24T03:05:42.123Z info  message`, or objects of JSON such
// as
// `{"time":"2026-11-24T03:05:42.123Z","level":"info","message":"..."}`, written through spdlog's
// default logger from any thread. Nobody who logs waits for whoever reads: a thread of its own
// writes, and lines that find no room are counted, and said when there is room again. Whatever is
// logged, a line is one line of valid UTF-8 without what is not seen, and less than 4096 octets
// long. Functions are safe from any thread.
#pragma once

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace spdlog::details {
class thread_pool;
}

namespace sample {

enum class LogFormat { text, json };

// There is a log as long as there is this; one at a time.
class Log {
 public:
  // `file`: appended to; empty: standard error. `level` as in the configuration. Throws
  // std::runtime_error, which names the file, if it cannot be opened.
  Log(const std::string& level, const std::filesystem::path& file,
      LogFormat format = LogFormat::text);
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

// One line about something that happened: `refused http=403 reason="..."`, or as JSON
// `"event":"refused","http":403,"reason":"..."`. Values from outside are quoted where that would be
// ambiguous, cut where they are long, and valid text whatever octets they have. Never throws:
// without memory the line is left out. For one thread.
class LogEvent {
 public:
  // In the form of the log that there is, or in this one.
  explicit LogEvent(std::string_view what) noexcept;
  LogEvent(std::string_view what, LogFormat format) noexcept;

  LogEvent& text(std::string_view name, std::string_view value) noexcept;
  LogEvent& number(std::string_view name, std::int64_t value) noexcept;
  // Microseconds; nothing if it is absent.
  LogEvent& time(std::string_view name, std::optional<std::chrono::nanoseconds> value) noexcept;

  // Without the line's time and level; empty: there was no memory, or nobody logs at level info.
  const std::string& line() const { return line_; }
  // At level info.
  void log() const noexcept;

 private:
  template <typename Append>
  LogEvent& add(std::string_view name, Append append) noexcept;

  const LogFormat format_;
  std::string line_;
};

}  // namespace sample
