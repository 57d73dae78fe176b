// SPDX-License-Identifier: Apache-2.0
//
// What runs in the signal handler calls nothing but what POSIX allows there, and allocates nothing.
#include "host/crash_note.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <memory>
#include <new>

#include "text/hex.hpp"

namespace dcc::host {
namespace {

struct Place {
  const char* plugin = nullptr;  // null: not inside one
  const char* step = nullptr;
  std::uint64_t originator = 0, target = 0, counter = 0;
  bool has_request = false;
};
thread_local Place place;

// Set before the first handler is.
std::array<char, 64> before_time{}, after_time{}, behind{};
std::array<char, PATH_MAX> log_file{};
bool notes = false;

class Line {
 public:
  void add(std::string_view text) {
    size_ += text.copy(text_.data() + size_, text_.size() - kEnd - size_);
  }
  // What would end a text of JSON.
  void add_foreign(std::string_view text) {
    const std::size_t begin = size_;
    add(text);
    std::replace_if(
        text_.begin() + begin, text_.begin() + size_, [](char c) { return c == '"' || c == '\\'; },
        '\'');
  }
  void end(std::string_view text) {
    size_ += text.copy(text_.data() + size_, kEnd - 1);
    text_[size_++] = '\n';
  }
  void add_number(std::uint64_t number, std::size_t width = 1) {
    std::array<char, 20> digits{};
    std::size_t begin = digits.size();
    do {
      digits[--begin] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0 || digits.size() - begin < width);
    add({digits.data() + begin, digits.size() - begin});
  }
  void add_eui(std::uint64_t eui) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      add(text::kUpperHexDigits.substr(eui >> shift & 0xf, 1));
      if (shift % 8 == 0 && shift > 0) add("-");
    }
  }
  void write_to(int fd) const {
    const char* at = text_.data();
    for (std::size_t left = size_; left > 0;) {
      const ssize_t size = ::write(fd, at, left);
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) return;
      at += size;
      left -= static_cast<std::size_t>(size);
    }
  }

 private:
  static constexpr std::size_t kEnd = 64;  // octets kept for it
  std::array<char, 1024> text_{};
  std::size_t size_ = 0;
};

// strftime() and the like may take locks.
void add_now(Line& line) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::chrono::sys_seconds time{std::chrono::seconds(now.tv_sec)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto add = [&](auto number, std::size_t width, std::string_view then) {
    line.add_number(static_cast<std::uint64_t>(number), width);
    line.add(then);
  };
  add(static_cast<int>(date.year()), 4, "-");
  add(static_cast<unsigned>(date.month()), 2, "-");
  add(static_cast<unsigned>(date.day()), 2, "T");
  add(clock.hours().count(), 2, ":");
  add(clock.minutes().count(), 2, ":");
  add(clock.seconds().count(), 2, ".");
  add(now.tv_nsec / 1'000'000, 3, "Z");
}

void on_crash(int number) {
  Line line;
  line.add(before_time.data());
  add_now(line);
  line.add(after_time.data());
  line.add("the process crashes: signal ");
  line.add_number(static_cast<std::uint64_t>(number));
  const char* const name = ::sigabbrev_np(number);
  line.add(" (SIG");
  line.add(name == nullptr ? "?" : name);
  line.add(")");
  const Place& here = place;
  if (here.plugin == nullptr) {
    line.add(", not inside a plugin");
  } else {
    line.add(" inside plugin ");
    line.add_foreign(here.plugin);
    line.add(": ");
    line.add_foreign(here.step);
  }
  if (here.has_request) {
    line.add(", request ");
    line.add_eui(here.originator);
    line.add(":");
    line.add_eui(here.target);
    line.add(":");
    line.add_number(here.counter);
  }
  line.end(behind.data());
  line.write_to(STDERR_FILENO);
  if (log_file[0] != '\0') {
    const int fd = ::open(log_file.data(), O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) line.write_to(fd);
  }
  ::raise(number);  // SA_RESETHAND: this time it ends the process
}

// So that there is room for on_crash() when a stack is used up. One for each thread that has been
// inside a plugin, as long as the thread lives.
class SignalStack {
 public:
  SignalStack() {
    stack_t stack{};
    stack.ss_sp = memory_.get();
    stack.ss_size = kSize;
    if (memory_) ::sigaltstack(&stack, nullptr);
  }
  ~SignalStack() {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
  }
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;
  void need() const {}

 private:
  static constexpr std::size_t kSize = 16 << 10;
  const std::unique_ptr<char[]> memory_{new (std::nothrow) char[kSize]};
};

}  // namespace

void note_crashes(const CrashNoteForm& form, const std::filesystem::path& file) {
  form.before_time.copy(before_time.data(), before_time.size() - 1);
  form.after_time.copy(after_time.data(), after_time.size() - 1);
  form.end.copy(behind.data(), behind.size() - 1);
  file.native().copy(log_file.data(), log_file.size() - 1);
  notes = true;
  struct sigaction action {};
  action.sa_handler = on_crash;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_ONSTACK;
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    ::sigaction(number, &action, nullptr);
  }
}

InsidePlugin::InsidePlugin(const std::string& plugin, const char* step,
                           const dcc_request* request) noexcept {
  if (notes) {
    static thread_local const SignalStack stack;
    stack.need();
  }
  place.plugin = plugin.c_str();
  place.step = step;
  place.has_request = request != nullptr;
  if (request == nullptr) return;
  place.originator = request->originator;
  place.target = request->target;
  place.counter = request->counter;
}

InsidePlugin::~InsidePlugin() {
  place.plugin = nullptr;
  place.has_request = false;
}

}  // namespace dcc::host
