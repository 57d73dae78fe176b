// SPDX-License-Identifier: Apache-2.0
#include "shadow/decide_process.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "host/child_process.hpp"
#include "host/error_text.hpp"

namespace sample {
namespace {

using dcc::guard::FileDescriptor;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxLine = std::size_t{1} << 20;
constexpr std::chrono::milliseconds kTimeToEnd{2'000};

[[noreturn]] void fail(const char* step) {
  throw std::runtime_error(std::string(step) + ": " + dcc::host::error_text(errno));
}

struct Ends {
  FileDescriptor ours, its;
};

Ends make_ends() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail("socketpair");
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// Reads what there is. False: its end.
bool read_some(int fd, std::string& text) {
  std::array<char, 16384> block;
  for (;;) {
    const ssize_t size = ::recv(fd, block.data(), block.size(), MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno == EAGAIN;
    if (size == 0) return false;
    text.append(block.data(), static_cast<std::size_t>(size));
    if (text.size() > kMaxLine) return false;
  }
}

// Waits for the fd, or until then. False: it is not ready.
bool wait_for(int fd, short events, Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  pollfd event{fd, events, 0};
  return ::poll(&event, 1, static_cast<int>(std::max<std::int64_t>(left, 0))) > 0;
}

// The kernel may share the processors out by session first (sched_autogroup), and this child has
// one of its own, in which its priority says nothing about this process.
void put_session_last(pid_t pid) {
  std::ofstream("/proc/" + std::to_string(pid) + "/autogroup") << "19";
}

}  // namespace

DecideProcess::DecideProcess(const std::filesystem::path& program,
                             const std::filesystem::path& options)
    : talk_(-1), errors_(-1) {
  Ends talk = make_ends(), errors = make_ends();
  pid_ = dcc::host::start_child(program, {options.string()}, talk.its.get(), talk.its.get(),
                                errors.its.get());
  put_session_last(pid_);
  talk_ = std::move(talk.ours);
  errors_ = std::move(errors.ours);
}

DecideProcess::~DecideProcess() {
  talk_ = FileDescriptor(-1);  // by which it knows that it is to end
  const auto deadline = Clock::now() + kTimeToEnd;
  std::string rest;
  while (wait_for(errors_.get(), POLLIN, deadline) && read_some(errors_.get(), rest)) rest.clear();
  ::kill(-pid_, SIGKILL);  // its session, too
  ::waitpid(pid_, nullptr, 0);
}

bool DecideProcess::send(std::string_view line) const {
  const auto deadline = Clock::now() + kTimeToEnd;
  while (!line.empty()) {
    const ssize_t size = ::send(talk_.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size > 0) {
      line.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno != EINTR && (errno != EAGAIN || !wait_for(talk_.get(), POLLOUT, deadline))) {
      return false;
    }
  }
  return true;
}

DecideProcess::Reply DecideProcess::ask(std::string_view line, std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  if (!send(line) || !send("\n")) return ended();
  for (;;) {
    if (const auto end = input_.find('\n'); end != input_.npos) {
      Reply reply{End::answered, input_.substr(0, end)};
      input_.erase(0, end + 1);
      return reply;
    }
    if (!wait_for(talk_.get(), POLLIN, deadline)) return {End::late, {}};
    if (!read_some(talk_.get(), input_)) return ended();
  }
}

DecideProcess::Reply DecideProcess::ended() {
  siginfo_t info{};
  // It stays to be reaped. It may have closed its streams and live: then it is killed.
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | WNOHANG) != 0 ||
      info.si_pid == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | WNOHANG);
  }
  if (info.si_pid == 0) return {End::ended, "closed its streams"};
  return {End::ended, info.si_code == CLD_EXITED
                          ? "exited with code " + std::to_string(info.si_status)
                          : "was killed by signal " + dcc::host::signal_text(info.si_status)};
}

std::vector<std::string> DecideProcess::log() {
  read_some(errors_.get(), log_);
  std::vector<std::string> lines;
  for (std::size_t end; (end = log_.find('\n')) != log_.npos; log_.erase(0, end + 1))
    lines.push_back(log_.substr(0, end));
  return lines;
}

}  // namespace sample
