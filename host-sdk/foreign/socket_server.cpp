// SPDX-License-Identifier: Apache-2.0
#include "foreign/socket_server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <system_error>
#include <utility>

#include "dcc/plugin.h"
#include "foreign/line_channel.hpp"

namespace dcc::foreign {
namespace {

constexpr mode_t kMode = 0600;

// The mode keeps others out; this does, too, if somebody has changed it.
bool may_ask(int connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

// In one write, which a new connection has room for.
void say(int connection, int status, std::string_view reason) {
  const std::string line = error_line("null", status, reason) + '\n';
  [[maybe_unused]] const ssize_t written =
      ::send(connection, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

SocketServer::SocketServer(const std::filesystem::path& path, LineRequests& requests,
                           const StopSignal& stop)
    : requests_(requests), stop_(stop), listener_(path, kMode), socket_(listener_.release()) {
  acceptor_ = std::thread([this] { accept_all(); });
}

SocketServer::~SocketServer() {
  acceptor_.join();
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return connections_ == 0; });
}

void SocketServer::accept_all() {
  while (stop_.wait_for(socket_.get(), POLLIN) && !stop_.is_told()) {
    guard::FileDescriptor connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (connection) {
      take(std::move(connection));
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
      // It stays in the queue; not to look again at once.
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
}

void SocketServer::take(guard::FileDescriptor connection) {
  if (!may_ask(connection.get())) {
    return say(connection.get(), DCC_NOT_NOW, "only the user of dcc-decide, and root, may ask");
  }
  {
    const std::lock_guard lock(mutex_);
    if (connections_ == kConnections) {
      return say(connection.get(), DCC_NOT_NOW,
                 "there are " + std::to_string(kConnections) + " connections already");
    }
    ++connections_;
  }
  const auto one_less = [this] {
    const std::lock_guard lock(mutex_);
    --connections_;
    ended_.notify_all();
  };
  try {
    std::thread([this, one_less, file = std::move(connection)]() mutable {
      serve(file);
      { const guard::FileDescriptor closed(std::move(file)); }
      one_less();
    }).detach();
  } catch (const std::system_error&) {  // no thread: the connection is closed
    one_less();
  }
}

void SocketServer::serve(const guard::FileDescriptor& connection) try {
  LineChannel lines(connection.get(), connection.get(), kMaxLine, stop_);
  while (const auto line = lines.next()) {
    const std::string answer =
        line->is_too_long ? requests_.too_long() : requests_.answer(line->text, Asker::peer);
    if (!lines.write(answer)) return;
  }
} catch (const std::exception&) {  // no memory: the connection is closed
}

}  // namespace dcc::foreign
