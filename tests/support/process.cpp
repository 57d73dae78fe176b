// SPDX-License-Identifier: Apache-2.0
#include "support/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace support {
namespace {

struct Pipe {
  int read_end = -1, write_end = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  return {ends[0], ends[1]};
}

// In the child, between fork and exec: system calls only.
[[noreturn]] void become(const char* program, char* const* arguments, int out, int err) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves nothing behind
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::execvp(program, arguments);
  ::_exit(127);
}

}  // namespace

Process::Process(const std::filesystem::path& program, const std::vector<std::string>& arguments)
    : name_(program.string()) {
  std::vector<std::string> texts{name_};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);

  const Pipe out = make_pipe();
  const Pipe err = make_pipe();
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) become(name_.c_str(), pointers.data(), out.write_end, err.write_end);
  ::close(out.write_end);
  ::close(err.write_end);
  readers_.emplace_back([this, fd = out.read_end] { read(fd, out_); });
  readers_.emplace_back([this, fd = err.read_end] { read(fd, err_); });
}

Process::~Process() {
  if (!reaped_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (auto& reader : readers_) reader.join();
}

void Process::read(int fd, Stream& stream) {
  std::array<char, 4096> block;
  for (;;) {
    const ssize_t size = ::read(fd, block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    const std::lock_guard lock(mutex_);
    if (size > 0) stream.text.append(block.data(), static_cast<std::size_t>(size));
    if (size <= 0) stream.ended = true;
    changed_.notify_all();
    if (size <= 0) break;
  }
  ::close(fd);
}

std::string Process::wait_for_line(std::string_view text) {
  std::unique_lock lock(mutex_);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    for (auto end = err_.text.find('\n', searched_); end != std::string::npos;
         end = err_.text.find('\n', searched_)) {
      std::string line = err_.text.substr(searched_, end - searched_);
      searched_ = end + 1;
      if (line.find(text) != std::string::npos) return line;
    }
    if (err_.ended || changed_.wait_until(lock, deadline) == std::cv_status::timeout) {
      lock.unlock();
      give_up("did not print \"" + std::string(text) + "\"");
    }
  }
}

std::string Process::err() const {
  const std::lock_guard lock(mutex_);
  return err_.text;
}

void Process::signal(int number) const {
  if (!reaped_) ::kill(pid_, number);
}

bool Process::ended() const {
  siginfo_t info{};
  return reaped_ ||
         (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
          info.si_pid == pid_);
}

Finished Process::wait() {
  {
    std::unique_lock lock(mutex_);
    const bool ended =
        changed_.wait_for(lock, kPatience, [this] { return out_.ended && err_.ended; });
    lock.unlock();
    if (!ended) give_up("does not end");
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  reaped_ = true;
  const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return {code, out_.text, err_.text};
}

void Process::give_up(std::string_view what) const {
  throw std::runtime_error(name_ + " " + std::string(what) + "; it printed:\n" + err());
}

Finished run(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  return Process(program, arguments).wait();
}

}  // namespace support
