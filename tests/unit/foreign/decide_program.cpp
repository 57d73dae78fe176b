// SPDX-License-Identifier: Apache-2.0
#include "unit/foreign/decide_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>

#include "support/process.hpp"
#include "support/temp_directory.hpp"
#include "support/unix_socket.hpp"

namespace foreign_test {
namespace {

using dcc::guard::FileDescriptor;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error("dcc-decide: " + what);
}

void wait_for(int fd, short events) {
  pollfd file{fd, events, 0};
  const auto patience = std::chrono::milliseconds(support::kPatience).count();
  if (::poll(&file, 1, static_cast<int>(patience)) != 1) fail("does not go on");
}

std::array<FileDescriptor, 2> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace

Lines Lines::connect(const std::filesystem::path& socket) {
  FileDescriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = support::unix_address(socket);
  if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
      0) {
    fail("no connection to " + socket.string());
  }
  FileDescriptor twin(::dup(connection.get()));
  return {std::move(connection), std::move(twin)};
}

void Lines::send_octets(std::string_view octets) {
  while (!octets.empty()) {
    wait_for(out_.get(), POLLOUT);
    const ssize_t size =
        ::write(out_.get(), octets.data(), std::min<std::size_t>(octets.size(), 4096));
    if (size < 0) return;  // it has gone: receive() says so
    octets.remove_prefix(static_cast<std::size_t>(size));
  }
}

void Lines::end() {
  ::shutdown(out_.get(), SHUT_WR);  // of a socket
  out_ = FileDescriptor(-1);
}

std::optional<std::string> Lines::receive() {
  std::size_t end;
  while ((end = buffer_.find('\n')) == buffer_.npos) {
    wait_for(in_.get(), POLLIN);
    std::array<char, 1 << 16> block;
    const ssize_t size = ::read(in_.get(), block.data(), block.size());
    if (size <= 0) return std::nullopt;
    buffer_.append(block.data(), static_cast<std::size_t>(size));
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return line;
}

DecideProgram::DecideProgram(const std::filesystem::path& directory, const std::string& options,
                             const std::vector<std::string>& more, const char* input) {
  ::signal(SIGPIPE, SIG_IGN);
  const std::string file = (directory / "options.json").string();
  support::write_file(file, options);
  auto [theirs_in, ours_out] = make_pipe();
  auto [ours_in, theirs_out] = make_pipe();
  if (input != nullptr) theirs_in = FileDescriptor(::open(input, O_RDONLY | O_CLOEXEC));
  std::vector<std::string> arguments = {DECIDE_PROGRAM, file};
  arguments.insert(arguments.end(), more.begin(), more.end());
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const FileDescriptor log(
      ::open((directory / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(theirs_in.get(), STDIN_FILENO);
    ::dup2(theirs_out.get(), STDOUT_FILENO);
    ::dup2(log.get(), STDERR_FILENO);
    ::execv(DECIDE_PROGRAM, pointers.data());
    ::_exit(127);
  }
  lines.emplace(std::move(ours_in), std::move(ours_out));
}

DecideProgram::~DecideProgram() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void DecideProgram::signal(int number) const {
  ::kill(pid_, number);
}

int DecideProgram::wait() {
  // Its end closes its standard output, and receive() has a deadline.
  while (lines->receive()) continue;
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) fail("waitpid");
  pid_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace foreign_test
