// SPDX-License-Identifier: Apache-2.0
#include "host/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include "guard/file_descriptor.hpp"
#include "host/error_text.hpp"

namespace dcc::host {
namespace {

using guard::FileDescriptor;
using Clock = std::chrono::steady_clock;

// What a pipe can hold, several times over.
constexpr int kMaxReads = 64;
constexpr auto kTimeToEnd = std::chrono::seconds(2);
constexpr std::size_t kBlock = 16 << 10;

[[noreturn]] void fail(const char* step) {
  throw std::runtime_error(std::string(step) + ": " + error_text(errno));
}

// For what becomes one of the three standard descriptors, and must not be overwritten by another.
FileDescriptor above_standard(int fd) {
  FileDescriptor given(fd);
  if (fd > STDERR_FILENO) return given;
  FileDescriptor copy(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!copy) fail("fcntl");
  return copy;
}

struct Pipe {
  FileDescriptor read_end, write_end;
};

// Only reading does not block: others may hold the write end longer than the child, such as what
// another thread has forked in the meantime.
Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe2");
  FileDescriptor read_end(ends[0]);
  Pipe pipe{std::move(read_end), above_standard(ends[1])};
  if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) fail("fcntl");
  return pipe;
}

// A file, because a pipe would have to be written while it is read.
FileDescriptor input_of(std::string_view text) {
  const int fd = ::memfd_create("input", MFD_CLOEXEC);
  if (fd < 0) fail("memfd_create");
  FileDescriptor file = above_standard(fd);
  while (!text.empty()) {
    const ssize_t size = ::write(file.get(), text.data(), text.size());
    if (size < 0 && errno != EINTR) fail("write");
    if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
  }
  if (::lseek(file.get(), 0, SEEK_SET) < 0) fail("lseek");
  return file;
}

// posix_spawn's functions give the error instead of setting it.
void must(int error, const char* step) {
  if (error == 0) return;
  errno = error;
  fail(step);
}

// How the child differs from this process.
class SpawnOptions {
 public:
  SpawnOptions(int input, int output, int errors) {
    must(::posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
    must(::posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init");
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const std::array<int, 3> standard{input, output, errors};
    for (int fd = 0; fd < 3; ++fd) {
      must(::posix_spawn_file_actions_adddup2(&actions_, standard.at(static_cast<std::size_t>(fd)),
                                              fd),
           "posix_spawn_file_actions_adddup2");
    }
    must(::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1),
         "posix_spawn_file_actions_addclosefrom_np");
  }
  ~SpawnOptions() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnOptions(const SpawnOptions&) = delete;
  SpawnOptions& operator=(const SpawnOptions&) = delete;

  pid_t spawn(char* const* argv, char* const* envp) const {
    pid_t pid = 0;
    must(::posix_spawn(&pid, argv[0], &actions_, &attributes_, argv, envp), "posix_spawn");
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

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
  explicit Child(pid_t pid) : pid_(pid), handle_(pidfd_open(pid_)) {
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

// argv or envp.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

ChildResult::End end_of(const siginfo_t& info) {
  using End = ChildResult::End;
  return info.si_code == CLD_EXITED ? End::exited : End::signalled;
}

pid_t start(const std::string& program, const std::vector<std::string>& arguments,
            std::vector<std::string> variables, const SpawnOptions& options) {
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  variables.insert(variables.end(), {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"});
  return options.spawn(pointers_to(words).data(), pointers_to(variables).data());
}

void run(const std::string& program, const std::vector<std::string>& arguments,
         const ChildLimits& limits, std::string_view text, ChildResult& result) {
  const FileDescriptor input = input_of(text);
  Pipe output = make_pipe(), errors = make_pipe();
  Stream out(std::move(output.read_end), limits.output);
  Stream err(std::move(errors.read_end), limits.output);

  const auto deadline = Clock::now() + limits.time;
  const SpawnOptions options(input.get(), output.write_end.get(), errors.write_end.get());
  Child child(start(program, arguments, {limits_variable(limits)}, options));
  for (Pipe* pipe : {&output, &errors}) pipe->write_end = FileDescriptor(-1);
  const bool ended = read_until_end(child, out, err, deadline);
  if (!ended) {
    child.tell_to_end();
    read_until_end(child, out, err, Clock::now() + kTimeToEnd);
  }
  const siginfo_t info = child.reap();
  out.read();
  err.read();
  result.end = ended ? end_of(info) : ChildResult::End::timed_out;
  result.number = ended ? info.si_status : 0;
  result.output = out.take();
  result.errors = err.take();
}

}  // namespace

pid_t start_child(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                  int input, int output, int errors) {
  return start(program.string(), arguments, {}, SpawnOptions(input, output, errors));
}

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
