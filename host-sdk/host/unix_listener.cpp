// SPDX-License-Identifier: Apache-2.0
#include "host/unix_listener.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>

#include "guard/path_to.hpp"
#include "host/file_content.hpp"

namespace dcc::host {
namespace {

using guard::FileDescriptor;
namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
  throw std::runtime_error("cannot listen on unix:" + path.string() + ": " + why);
}

[[noreturn]] void fail_errno(const fs::path& path) {
  fail(path, std::generic_category().message(errno));
}

FileDescriptor open_socket(const fs::path& path) {
  FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) fail_errno(path);
  return fd;
}

sockaddr_un address_of(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() > kMaxSocketPath) {
    fail(path, "longer than " + std::to_string(kMaxSocketPath) + " octets");
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// What an earlier host has left there, because it was killed.
void remove_stale(const fs::path& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  const FileDescriptor probe = open_socket(path);
  const bool answered = ::connect(probe.get(), generic(address), sizeof address) == 0;
  const bool nobody = !answered && errno == ECONNREFUSED;
  if (!nobody) fail(path, "another process listens there");
  if (::unlink(path.c_str()) != 0) fail_errno(path);
}

}  // namespace

void check_socket_place(const fs::path& path) {
  try {
    check_directory(path.parent_path());
  } catch (const NotAccepted& e) {
    fail(path, e.what());
  }
  address_of(path);
  if (!guard::may_write(path.parent_path())) fail_errno(path);
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode)) {
    fail(path, "there is a file in its place that is no socket");
  }
}

UnixListener::UnixListener(const fs::path& path, mode_t mode) : path_(path) {
  check_socket_place(path);
  const sockaddr_un address = address_of(path);
  remove_stale(path, address);
  fd_ = open_socket(path);
  // Before it has a name, so that nobody slips in; then whatever the umask took away.
  if (::fchmod(fd_.get(), mode) != 0 || ::bind(fd_.get(), generic(address), sizeof address) != 0) {
    fail_errno(path);
  }
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) fail_errno(path);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  if (::chmod(path.c_str(), mode) != 0 || ::listen(fd_.get(), SOMAXCONN) != 0) fail_errno(path);
}

UnixListener::~UnixListener() {
  fd_ = FileDescriptor(-1);
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
}

int UnixListener::release() {
  return fd_.release();
}

}  // namespace dcc::host
