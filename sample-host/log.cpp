// SPDX-License-Identifier: Apache-2.0
#include "log.hpp"

#include <fcntl.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <iterator>
#include <mutex>
#include <system_error>

namespace sample {
namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

void append_escaped(char c, std::string& out) {
  fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
}

// The message with control characters escaped: whatever a client or a plugin sends, a line of the
// log is one line and cannot command a terminal.
class EscapedMessage : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const auto& text = message.payload;
    if (std::none_of(text.begin(), text.end(), is_control)) {
      out.append(text.begin(), text.end());
      return;
    }
    std::string escaped;
    for (const char c : text) {
      if (is_control(c)) {
        append_escaped(c, escaped);
      } else {
        escaped += c;
      }
    }
    out.append(escaped.data(), escaped.data() + escaped.size());
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<EscapedMessage>();
  }
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

// Each line is one write(2): nothing is lost in a buffer, and lines stay whole.
class LineSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  LineSink(int fd, std::filesystem::path file) : fd_(fd), file_(std::move(file)) {}
  ~LineSink() override {
    if (!file_.empty()) ::close(fd_);
  }

  // 0 or an errno.
  int reopen() {
    if (file_.empty()) return 0;
    const int fresh = open_log(file_);
    if (fresh < 0) return errno;
    const std::lock_guard lock(mutex_);
    ::close(std::exchange(fd_, fresh));
    return 0;
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    if (file_.empty()) {
      const std::string_view priority = journal_priority(message.level);
      line.append(priority.data(), priority.data() + priority.size());
    }
    formatter_->format(message, line);
    std::string_view rest(line.data(), line.size());
    while (!rest.empty()) {
      const auto written = ::write(fd_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;  // a full disk must not stop the host
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void flush_() override {}

  int fd_;
  const std::filesystem::path file_;
};

std::shared_ptr<LineSink> sink;

// A value as logfmt has it: bare if that is unambiguous, else quoted.
void append_value(std::string_view name, std::string_view value, std::string& out) {
  out.append(" ").append(name).append("=");
  const auto needs_quotes = [](char c) {
    return c == ' ' || c == '"' || c == '=' || c == '\\' || is_control(c);
  };
  if (!value.empty() && std::none_of(value.begin(), value.end(), needs_quotes)) {
    out.append(value);
    return;
  }
  out += '"';
  for (const char c : value) {
    if (is_control(c)) {
      append_escaped(c, out);
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  out += '"';
}

}  // namespace

void start_log(const std::string& level, const std::filesystem::path& file) {
  const int fd = file.empty() ? STDERR_FILENO : open_log(file);
  if (fd < 0) refuse_log(file, errno);
  sink = std::make_shared<LineSink>(fd, file);
  auto formatter =
      std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc, "\n");
  formatter->add_flag<EscapedMessage>('*').set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-5l %*");
  auto logger = std::make_shared<spdlog::logger>("sample-host", sink);
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

void check_log(const std::filesystem::path& file) {
  if (file.empty()) return;
  const int fd = ::open(file.c_str(), O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC);
  if (fd >= 0) {
    ::close(fd);
  } else if (errno != ENOENT || std::filesystem::is_symlink(file)) {
    refuse_log(file, errno);
  } else if (::faccessat(AT_FDCWD, file.parent_path().c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    refuse_log(file, errno);
  }
}

std::string_view journal_priority(spdlog::level::level_enum level) {
  static const bool journal = logs_to_journal();
  if (!journal) return {};
  // By level: trace, debug, info, warn, err, critical, off.
  static constexpr std::array<std::string_view, 7> kPriorities{"<7>", "<7>", "<6>", "<4>",
                                                               "<3>", "<2>", "<2>"};
  return kPriorities.at(static_cast<std::size_t>(level));
}

void reopen_log() {
  const int error = sink ? sink->reopen() : 0;
  if (error == 0) return;
  spdlog::error("the log file cannot be reopened: {}", std::generic_category().message(error));
}

std::string outcome_text(const OutcomeLine& line) {
  std::string text;
  text.reserve(320);
  text = "outcome";
  append_value("request_id", line.request_id.text(), text);
  append_value("srv", line.srv, text);
  append_value("originator", line.request_id.originator.text(), text);
  append_value("role", line.role, text);
  append_value("device", line.device_id ? line.device_id->text() : std::string(), text);
  append_value("code", line.code, text);
  append_value("reason", line.reason, text);
  append_value("us", std::to_string(line.took.count()), text);
  return text;
}

void log_outcome(const OutcomeLine& line) noexcept {
  if (!spdlog::should_log(spdlog::level::info)) return;
  try {
    spdlog::info("{}", outcome_text(line));
  } catch (const std::exception& e) {
    spdlog::error("an outcome was not logged: {}", e.what());
  }
}

}  // namespace sample
