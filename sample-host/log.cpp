// SPDX-License-Identifier: Apache-2.0
#include "log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <iterator>
#include <mutex>
#include <system_error>

#include "guard/file_descriptor.hpp"
#include "guard/path_to.hpp"
#include "host/one_line.hpp"

namespace sample {
namespace {

using Clock = std::chrono::steady_clock;

// Whole lines of less than PIPE_BUF octets: a pipe that takes any takes such a one at once, and
// other writers cannot get in between.
constexpr std::size_t kMaxMessage = 3900;
constexpr std::size_t kMaxValue = 500;
constexpr std::size_t kMaxWaiting = 8192;  // lines
// For what waits when the log ends. Nobody may be reading.
constexpr std::chrono::seconds kLastWrites{2};

// As the log that there is has it.
std::atomic<LogFormat> current_format{LogFormat::text};

// What marks a message as a LogEvent's: only its line counts.
constexpr spdlog::source_loc kEvent{"", 1, ""};

std::string escaped(std::string_view text) {
  std::string all;
  for (const char c : text) {
    if (c == '"' || c == '\\') all += '\\';
    all += c;
  }
  return all;
}

// Printable text needs no other escapes.
void append_json(const std::string& printable, std::string& to) {
  to.append("\"").append(escaped(printable)).append("\"");
}

// Whatever a client or a plugin sends, a line of the log is one line of valid text, bounded, and
// cannot command a terminal.
class PrintableMessage : public spdlog::custom_flag_formatter {
 public:
  explicit PrintableMessage(LogFormat format) : format_(format) {}

  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string_view payload(message.payload.data(), message.payload.size());
    std::string text;
    if (format_ == LogFormat::text) {
      text = dcc::host::printable(payload, kMaxMessage);
    } else if (message.source.line == kEvent.line) {
      text = payload;
    } else {
      text = R"("message":)";
      append_json(dcc::host::printable(payload, kMaxMessage / 2), text);
    }
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<PrintableMessage>(format_);
  }

 private:
  const LogFormat format_;
};

// Whether standard error is the journal's, as systemd says it (systemd.exec(5), JOURNAL_STREAM).
bool logs_to_journal() {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino) == stream;
}

[[noreturn]] void refuse_log(const std::filesystem::path& file, int error) {
  throw std::runtime_error(
      file.string() + ": cannot be opened for the log: " + std::generic_category().message(error));
}

int open_log(const std::filesystem::path& file) {
  return ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}

}  // namespace

// Each line is one write(2), so that lines stay whole. For the log's thread, but for what says
// otherwise.
class Log::Sink : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  Sink(int fd, std::filesystem::path file) : fd_(fd), file_(std::move(file)) {}
  ~Sink() override {
    adopt();
    if (!file_.empty()) ::close(fd_);
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  // Before the first line: knows how many lines did not fit into the queue.
  void watch(spdlog::details::thread_pool& queue) { queue_ = &queue; }

  // From any thread. What was logged before still goes to where it went. 0 or an errno.
  int reopen() {
    if (file_.empty()) return 0;
    const int fresh = open_log(file_);
    if (fresh < 0) return errno;
    if (const int unused = fresh_.exchange(fresh); unused >= 0) ::close(unused);
    return 0;
  }
  // From any thread: writes what it can until then.
  void end_at(Clock::time_point time) { end_ = time; }
  // From any thread: a line never came as far as this.
  void lost_one() {
    ++lost_;
    ++not_written_;
  }
  // From any thread: of those that came as far as this, or failed on the way.
  std::size_t not_written() const { return not_written_; }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    say_what_was_lost(message);
    if (!write(message)) lost_one();
  }
  // After all lines that were logged before reopen().
  void flush_() override { adopt(); }

  void adopt() {
    const int fresh = fresh_.exchange(-1);
    if (fresh >= 0) ::close(std::exchange(fd_, fresh));
  }

  // In the place where they would have been.
  void say_what_was_lost(const spdlog::details::log_msg& next) {
    const std::size_t overrun = queue_->overrun_counter();
    if (overrun != overrun_) adopt();  // the order to do so may be among them
    lost_ += overrun - std::exchange(overrun_, overrun);
    const std::size_t lost = lost_;
    if (lost == 0) return;
    const std::string text = fmt::format("{} lines of the log were lost", lost);
    if (write({next.logger_name, spdlog::level::warn, text})) lost_ -= lost;
  }

  bool write(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    if (torn_) line.push_back('\n');
    if (file_.empty()) {
      const std::string_view priority = journal_priority(message.level);
      line.append(priority.data(), priority.data() + priority.size());
    }
    formatter_->format(message, line);
    std::string_view rest(line.data(), line.size());
    while (!rest.empty()) {
      const auto written = wait() ? ::write(fd_, rest.data(), rest.size()) : -1;
      if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (written <= 0) {
        torn_ = torn_ || rest.size() < line.size();
        return false;
      }
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    torn_ = false;
    return true;
  }

  // Until a line can be written; false: the log has ended before.
  bool wait() const {
    constexpr int kLookMs = 50;  // now and then, whether it has
    for (;;) {
      const bool ended = Clock::now() >= end_.load();
      pollfd writable{fd_, POLLOUT, 0};
      const int ready = ::poll(&writable, 1, ended ? 0 : kLookMs);
      if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
      if (!ended) continue;
      errno = ETIMEDOUT;
      return false;
    }
  }

  int fd_;
  std::atomic<int> fresh_ = -1;  // to go on with
  const std::filesystem::path file_;
  spdlog::details::thread_pool* queue_ = nullptr;
  std::size_t overrun_ = 0;                   // of the queue, counted already
  std::atomic<std::size_t> lost_ = 0;         // and not yet said
  std::atomic<std::size_t> not_written_ = 0;  // since the start
  bool torn_ = false;                         // the last line ends in its middle
  std::atomic<Clock::time_point> end_{Clock::time_point::max()};
};

Log::Log(const std::string& level, const std::filesystem::path& file, LogFormat format)
    : before_(spdlog::default_logger()) {
  const int fd = file.empty() ? STDERR_FILENO : open_log(file);
  if (fd < 0) refuse_log(file, errno);
  sink_ = std::make_shared<Sink>(fd, file);
  queue_ = std::make_shared<spdlog::details::thread_pool>(kMaxWaiting, 1);
  sink_->watch(*queue_);
  auto formatter =
      std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc, "\n");
  formatter->add_flag<PrintableMessage>('*', format)
      .set_pattern(format == LogFormat::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%*})"
                                             : "%Y-%m-%dT%H:%M:%S.%eZ %-5l %*");
  current_format = format;
  auto logger = std::make_shared<spdlog::async_logger>(
      "sample-host", sink_, queue_, spdlog::async_overflow_policy::overrun_oldest);
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(level));
  // The library's own handler prints, which may block.
  logger->set_error_handler([sink = sink_](const std::string&) { sink->lost_one(); });
  spdlog::set_default_logger(std::move(logger));
}

void check_log(const std::filesystem::path& file) {
  if (file.empty()) return;
  const dcc::guard::FileDescriptor fd(
      ::open(file.c_str(), O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC));
  if (fd) return;
  const bool would_be_made = errno == ENOENT && !std::filesystem::is_symlink(file) &&
                             dcc::guard::may_write(file.parent_path());
  if (!would_be_made) refuse_log(file, errno);
}

std::string_view journal_priority(spdlog::level::level_enum level) {
  static const bool journal = logs_to_journal();
  if (!journal) return {};
  // By level: trace, debug, info, warn, err, critical, off.
  static constexpr std::array<std::string_view, 7> kPriorities{"<7>", "<7>", "<6>", "<4>",
                                                               "<3>", "<2>", "<2>"};
  return kPriorities.at(static_cast<std::size_t>(level));
}

Log::~Log() {
  sink_->end_at(Clock::now() + kLastWrites);
  spdlog::set_default_logger(before_);
  queue_.reset();  // ends its thread, when that has written what waits
}

void Log::reopen() {
  const int error = sink_->reopen();
  spdlog::default_logger_raw()->flush();
  if (error == 0) return;
  spdlog::error("the log file cannot be reopened: {}", std::generic_category().message(error));
}

std::size_t Log::lines_lost() const {
  return sink_->not_written() + queue_->overrun_counter();
}

LogEvent::LogEvent(std::string_view what) noexcept : LogEvent(what, current_format) {}

LogEvent::LogEvent(std::string_view what, LogFormat format) noexcept : format_(format) {
  if (!spdlog::should_log(spdlog::level::info)) return;
  try {
    line_.reserve(400);
    if (format_ == LogFormat::json) {
      line_.append(R"("event":")").append(what).append("\"");
    } else {
      line_ = what;
    }
  } catch (const std::bad_alloc&) {
    line_.clear();
  }
}

template <typename Append>
LogEvent& LogEvent::add(std::string_view name, Append append) noexcept {
  if (line_.empty()) return *this;
  try {
    if (format_ == LogFormat::json) {
      line_.append(",\"").append(name).append("\":");
    } else {
      line_.append(" ").append(name).append("=");
    }
    append();
  } catch (const std::bad_alloc&) {
    spdlog::error("a line of the log was left out");
    line_.clear();
  }
  return *this;
}

LogEvent& LogEvent::text(std::string_view name, std::string_view value) noexcept {
  return add(name, [&] {
    const std::string shown = dcc::host::printable(value, kMaxValue);
    const bool is_word =
        !value.empty() && shown == value && value.find_first_of(" \"=\\") == std::string::npos;
    if (format_ == LogFormat::json) {
      append_json(shown, line_);
    } else if (is_word) {
      line_ += value;
    } else {
      line_.append("\"").append(
          dcc::host::printable(escaped(value.substr(0, kMaxValue)), 2 * kMaxValue));
      line_.append(value.size() > kMaxValue ? "...\"" : "\"");
    }
  });
}

LogEvent& LogEvent::number(std::string_view name, std::int64_t value) noexcept {
  return add(name, [&] { line_ += std::to_string(value); });
}

LogEvent& LogEvent::time(std::string_view name,
                         std::optional<std::chrono::nanoseconds> value) noexcept {
  if (!value) return *this;
  return number(name, std::chrono::duration_cast<std::chrono::microseconds>(*value).count());
}

void LogEvent::log() const noexcept {
  if (line_.empty()) return;
  try {
    spdlog::log(kEvent, spdlog::level::info, "{}", line_);
  } catch (const std::exception& e) {
    spdlog::error("a line of the log was left out: {}", e.what());
  }
}

}  // namespace sample
