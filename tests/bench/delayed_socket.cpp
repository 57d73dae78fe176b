// SPDX-License-Identifier: Apache-2.0
#include "bench/delayed_socket.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "bench/world.hpp"
#include "support/unix_socket.hpp"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

// A socket that two threads use, one for each way.
struct End {
  explicit End(int its_socket) : socket(its_socket) {}
  ~End() { ::close(socket); }
  End(const End&) = delete;
  End& operator=(const End&) = delete;
  const int socket;
};

int make_socket() {
  const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) fail("no socket");
  return made;
}

// Until there is something to read, or that time has come.
void wait(int socket, const Clock::time_point* until) {
  pollfd readable{socket, POLLIN, 0};
  timespec left{};
  if (until != nullptr) {
    const auto ns = std::max<Clock::duration>(*until - Clock::now(), Clock::duration::zero());
    left = {ns / std::chrono::seconds(1), (ns % std::chrono::seconds(1)).count()};
  }
  ::ppoll(&readable, 1, until == nullptr ? nullptr : &left, nullptr);
}

// One way, until the one end is closed and all has arrived, or the other takes no more.
void carry(int from, int to, std::chrono::microseconds delay) {
  struct Piece {
    Clock::time_point arrives;
    std::string octets;
  };
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  std::array<char, 65'536> block{};
  std::deque<Piece> under_way;
  bool is_open = true, is_taken = true;
  while (is_taken && (is_open || !under_way.empty())) {
    wait(is_open ? from : -1, under_way.empty() ? nullptr : &under_way.front().arrives);
    const ssize_t size = is_open ? ::recv(from, block.data(), block.size(), MSG_DONTWAIT) : -1;
    if (size > 0) {
      under_way.push_back(
          {Clock::now() + delay, std::string(block.data(), static_cast<std::size_t>(size))});
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
      is_open = false;
    }
    while (is_taken && !under_way.empty() && under_way.front().arrives <= Clock::now()) {
      is_taken = support::send_all(to, under_way.front().octets);
      under_way.pop_front();
    }
  }
  ::shutdown(to, SHUT_WR);
  ::shutdown(from, SHUT_RD);
}

}  // namespace

DelayedSocket::DelayedSocket(const std::filesystem::path& socket,
                             std::chrono::microseconds each_way)
    : server_(socket), each_way_(each_way), listening_(make_socket()) {
  const sockaddr_un address = support::unix_address(directory_.path() / socket.filename());
  if (::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listening_, SOMAXCONN) != 0) {
    fail("a delayed socket cannot be made");
  }
  accepting_ = std::thread([this] { accept(); });
}

DelayedSocket::~DelayedSocket() {
  ::shutdown(listening_, SHUT_RDWR);
  accepting_.join();
  for (std::thread& carrier : carriers_) carrier.join();
  ::close(listening_);
}

void DelayedSocket::accept() {
  for (;;) {
    const int accepted = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) return;
    const auto client = std::make_shared<End>(accepted);
    const auto server = std::make_shared<End>(make_socket());
    const sockaddr_un address = support::unix_address(server_);
    if (::connect(server->socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
        0) {
      continue;
    }
    const auto way = [this](const std::shared_ptr<End>& from, const std::shared_ptr<End>& to) {
      carriers_.emplace_back(
          [from, to, delay = each_way_] { carry(from->socket, to->socket, delay); });
    };
    way(client, server);
    way(server, client);
  }
}

}  // namespace bench
