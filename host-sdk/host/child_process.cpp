// SPDX-License-Identifier: Apache-2.0
#include "host/child_process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "host/error_text.hpp"
#include "host/file_descriptor.hpp"

namespace dcc::host {
namespace {

using Clock = std::chrono::steady_clock;

// What a pipe can hold, several times over.
constexpr int kMaxReads = 64;
constexpr auto kTimeToEnd = std::chrono::seconds(2);
constexpr std::size_t kBlock = 16 << 10;

// A step on the way to the running child that failed, as an error of the system.
struct Failure {
  const char* step = nullptr;  // a literal, so that the parent can read what the child has sent
  int error = 0;
};

struct Limit {
  decltype(RLIMIT_CPU) resource;
  rlim_t soft, hard;
};

// All that the child needs: it must not allocate between fork and exec.
struct Start {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const Limit* limits;
  std::size_t limit_count;
  pid_t parent;
  int input, output, errors;
  int report;  // a Failure is written here; closed by exec
};

// ---- In the child, between fork and exec: system calls only. posix_spawn cannot set the limits.

[[noreturn]] void give_up(int report, const char* step) {
  const Failure failure{step, errno};
  [[maybe_unused]] const ssize_t ignored = ::write(report, &failure, sizeof failure);
  ::_exit(127);
}

// A copy that no dup2() onto a standard descriptor overwrites.
int above_standard(int fd, int report) {
  const int copy = ::fcntl(fd, F_DUPFD, STDERR_FILENO + 1);
  if (copy < 0) give_up(report, "fcntl");
  return copy;
}

// The number is the caller's: whatever hard limit there is stays one.
bool lower(const Limit& limit) {
  struct rlimit value {};
  if (::getrlimit(limit.resource, &value) != 0) return false;
  value.rlim_max = std::min(value.rlim_max, limit.hard);
  value.rlim_cur = std::min(value.rlim_max, limit.soft);
  return ::setrlimit(limit.resource, &value) == 0;
}

void reset_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void become(const Start& start) {
  const int report = above_standard(start.report, start.report);
  const int input = above_standard(start.input, report);
  const int output = above_standard(start.output, report);
  const int errors = above_standard(start.errors, report);
  if (::setsid() < 0) give_up(report, "setsid");
  // Nor does it outlast this process, which may have ended before it asked for that.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(report, "prctl");
  if (::getppid() != start.parent) ::_exit(127);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up(report, "prctl");
  if (::dup2(input, STDIN_FILENO) < 0 || ::dup2(output, STDOUT_FILENO) < 0 ||
      ::dup2(errors, STDERR_FILENO) < 0) {
    give_up(report, "dup2");
  }
  if (::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    give_up(report, "close_range");
  }
  for (std::size_t i = 0; i < start.limit_count; ++i) {
    if (!lower(start.limits[i])) give_up(report, "setrlimit");
  }
  reset_signals();
  ::execve(start.program, start.arguments, start.environment);
  give_up(report, "execve");
}

// ---- In the parent

[[noreturn]] void fail(const char* step) {
  throw std::runtime_error(std::string(step) + ": " + error_text(errno));
}

struct Pipe {
  FileDescriptor read_end, write_end;
};

// Only reading does not block: others may hold the write end longer than the child, such as what
// another thread has forked in the meantime.
Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe2");
  Pipe pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) fail("fcntl");
  return pipe;
}

// A file, because a pipe would have to be written while it is read.
FileDescriptor input_of(std::string_view text) {
  FileDescriptor file(::memfd_create("input", MFD_CLOEXEC));
  if (!file) fail("memfd_create");
  while (!text.empty()) {
    const ssize_t size = ::write(file.get(), text.data(), text.size());
    if (size < 0 && errno != EINTR) fail("write");
    if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
  }
  if (::lseek(file.get(), 0, SEEK_SET) < 0) fail("lseek");
  return file;
}

// No handler of this process runs in the child before exec.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

pid_t fork_into(const Start& start) {
  const SignalsBlocked blocked;
  const pid_t pid = ::fork();
  if (pid < 0) fail("fork");
  if (pid == 0) become(start);
  return pid;
}

// One of the child's two streams.
class Stream {
 public:
  // `fd` does not block.
  Stream(FileDescriptor fd, std::size_t limit) : fd_(std::move(fd)), limit_(limit) {}

  // Negative once it has ended, which poll() passes over.
  int descriptor() const { return fd_.get(); }

  // What there is by now, or a part of it: a child must not keep its parent reading for ever.
  void read() {
    std::array<char, kBlock> block;
    for (int i = 0; i < kMaxReads && fd_; ++i) {
      const ssize_t size = ::read(fd_.get(), block.data(), block.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && errno == EAGAIN) return;
      if (size <= 0) {
        fd_ = FileDescriptor(-1);
        return;
      }
      const auto room = limit_ - text_.size();
      text_.append(block.data(), std::min(room, static_cast<std::size_t>(size)));
    }
  }
  std::string take() { return std::move(text_); }

 private:
  FileDescriptor fd_;
  std::size_t limit_;
  std::string text_;
};

// glibc 2.36 declares it, but not for C++.
int pidfd_open(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U));
}

// A started child, which is killed and reaped whatever happens.
class Child {
 public:
  explicit Child(const Start& start) : pid_(fork_into(start)), handle_(pidfd_open(pid_)) {
    if (handle_) return;
    const int error = errno;
    reap();
    errno = error;
    fail("pidfd_open");
  }
  ~Child() {
    if (!reaped_) reap();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Readable when it has ended.
  int handle() const { return handle_.get(); }

  // Lets it end what it has started, which only it may be able to find.
  void tell_to_end() const { ::kill(pid_, SIGTERM); }

  // Kills what is left of it and of its process group, and says how it ended. It is not reaped
  // before the kill, so that its number means nobody else.
  siginfo_t reap() {
    reaped_ = true;
    ::kill(pid_, SIGKILL);
    ::kill(-pid_, SIGKILL);
    siginfo_t info{};
    int status = 0;
    do {
      status = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
    } while (status != 0 && errno == EINTR);
    if (status != 0) fail("waitid");
    return info;
  }

 private:
  pid_t pid_;
  FileDescriptor handle_;
  bool reaped_ = false;
};

// Reads both streams until the child has ended. False: it has not by then.
bool read_until_end(const Child& child, Stream& output, Stream& errors,
                    Clock::time_point deadline) {
  for (;;) {
    using std::chrono::ceil, std::chrono::milliseconds;
    const auto left = ceil<milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 3> events{pollfd{child.handle(), POLLIN, 0},
                                 pollfd{output.descriptor(), POLLIN, 0},
                                 pollfd{errors.descriptor(), POLLIN, 0}};
    constexpr decltype(left) kLongestPoll = 60'000;
    const auto ready =
        ::poll(events.data(), events.size(), static_cast<int>(std::min(left, kLongestPoll)));
    if (ready < 0 && errno != EINTR) fail("poll");
    if (ready <= 0) continue;
    if (events[1].revents != 0) output.read();
    if (events[2].revents != 0) errors.read();
    if (events[0].revents != 0) return true;
  }
}

std::vector<Limit> limits_of(const ChildLimits& limits) {
  // Later than the time-out, unless it spins in several threads.
  const auto cpu =
      static_cast<rlim_t>(std::chrono::ceil<std::chrono::seconds>(limits.time).count() + 1);
  std::vector<Limit> list{{RLIMIT_CORE, 0, 0},
                          {RLIMIT_CPU, cpu, cpu + 1},  // SIGXCPU first, which says why
                          {RLIMIT_FSIZE, limits.file_size, limits.file_size},
                          {RLIMIT_NOFILE, limits.open_files, limits.open_files}};
  if (kLimitsChildMemory && limits.memory != 0) {
    list.push_back({RLIMIT_AS, limits.memory, limits.memory});
  }
  return list;
}

// argv or envp.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Fails as the child did before exec, if it did.
void check_report(const FileDescriptor& report) {
  Failure failure;
  if (::read(report.get(), &failure, sizeof failure) != sizeof failure) return;
  errno = failure.error;
  fail(failure.step);
}

ChildResult::End end_of(const siginfo_t& info) {
  using End = ChildResult::End;
  return info.si_code == CLD_EXITED ? End::exited : End::signalled;
}

void run(const std::string& program, const std::vector<std::string>& arguments,
         const ChildLimits& limits, std::string_view text, ChildResult& result) {
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"};
  const auto argv = pointers_to(words);
  const auto envp = pointers_to(variables);
  const auto list = limits_of(limits);
  const FileDescriptor input = input_of(text);
  Pipe output = make_pipe(), errors = make_pipe(), report = make_pipe();
  Stream out(std::move(output.read_end), limits.output);
  Stream err(std::move(errors.read_end), limits.output);

  const auto deadline = Clock::now() + limits.time;
  Child child({program.c_str(), argv.data(), envp.data(), list.data(), list.size(), ::getpid(),
               input.get(), output.write_end.get(), errors.write_end.get(),
               report.write_end.get()});
  for (Pipe* pipe : {&output, &errors, &report}) pipe->write_end = FileDescriptor(-1);
  const bool ended = read_until_end(child, out, err, deadline);
  if (!ended) {
    child.tell_to_end();
    read_until_end(child, out, err, Clock::now() + kTimeToEnd);
  }
  const siginfo_t info = child.reap();
  out.read();
  err.read();
  check_report(report.read_end);
  result.end = ended ? end_of(info) : ChildResult::End::timed_out;
  result.number = ended ? info.si_status : 0;
  result.output = out.take();
  result.errors = err.take();
}

}  // namespace

ChildResult run_child(const std::filesystem::path& program,
                      const std::vector<std::string>& arguments, const ChildLimits& limits,
                      std::string_view input) {
  ChildResult result;
  try {
    run(program.string(), arguments, limits, input, result);
  } catch (const std::runtime_error& error) {
    result.why = error.what();
  }
  return result;
}

std::string signal_text(int number) {
  const char* const name = ::sigabbrev_np(number);
  return std::to_string(number) + (name == nullptr ? "" : std::string(" (SIG") + name + ')');
}

std::string end_text(const ChildResult& result, const ChildLimits& limits) {
  switch (result.end) {
    case ChildResult::End::exited:
      return "exited with code " + std::to_string(result.number);
    case ChildResult::End::signalled:
      return "was killed by signal " + signal_text(result.number);
    case ChildResult::End::timed_out:
      return "did not end within " + std::to_string(limits.time.count()) + " ms";
    case ChildResult::End::failed:
      break;
  }
  return "could not be run: " + result.why;
}

}  // namespace dcc::host
