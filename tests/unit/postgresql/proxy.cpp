// SPDX-License-Identifier: Apache-2.0
#include "proxy.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include "support/unix_socket.hpp"

using namespace std::string_view_literals;

namespace sample {
namespace {

// How a round trip ends, on both ways.
constexpr std::string_view kSync = "S\0\0\0\4"sv;
constexpr std::string_view kReady = "Z\0\0\0\5I"sv;

int make_socket() {
  const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) throw std::system_error(errno, std::generic_category(), "socket");
  return made;
}

std::string read_some(int socket) {
  std::string octets(64 * 1024, '\0');
  const ssize_t size = ::recv(socket, octets.data(), octets.size(), 0);
  octets.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return octets;
}

}  // namespace

Proxy::Proxy(const std::filesystem::path& socket) : server_(socket), listening_(make_socket()) {
  const sockaddr_un address = support::unix_address(directory_.path() / socket.filename());
  std::array<int, 2> ends{};
  if (::bind(listening_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listening_, 64) != 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "proxy");
  }
  end_ = ends[0];
  to_end_ = ends[1];
  thread_ = std::thread([this] { run(); });
}

Proxy::~Proxy() {
  ::close(to_end_);
  thread_.join();
  for (const Pair& pair : pairs_) {
    ::close(pair.client);
    ::close(pair.server);
  }
  ::close(end_);
  ::close(listening_);
}

void Proxy::run() {
  for (;;) {
    std::vector<pollfd> events{{end_, POLLIN, 0}, {listening_, POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      events.push_back({pair.client, POLLIN, 0});
      events.push_back({pair.server, POLLIN, 0});
    }
    if (::poll(events.data(), events.size(), -1) < 0) continue;
    if (events[0].revents != 0) return;
    std::vector<Pair> left;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      Pair& pair = pairs_[i];
      const bool alive = (events[2 + 2 * i].revents == 0 || from_client(pair)) &&
                         (events[3 + 2 * i].revents == 0 || from_server(pair));
      if (alive) {
        left.push_back(pair);
      } else {
        ::close(pair.client);
        ::close(pair.server);
      }
    }
    pairs_ = std::move(left);
    if (events[1].revents != 0) accept();
  }
}

void Proxy::accept() {
  const int client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = make_socket();
  const sockaddr_un address = support::unix_address(server_);
  if (is_closed_ ||
      ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(server);
    ::close(client);
    return;
  }
  pairs_.push_back({client, server});
}

bool Proxy::from_client(Pair& pair) {
  const std::string octets = read_some(pair.client);
  if (octets.empty()) return false;
  if (pair.cut == Cut::none) pair.cut = cut_.exchange(Cut::none);
  if (pair.cut == Cut::before_server || !support::send_all(pair.server, octets)) return false;
  return pair.cut != Cut::unanswered || !octets.ends_with(kSync);
}

bool Proxy::from_server(Pair& pair) const {
  const std::string octets = read_some(pair.server);
  if (octets.empty()) return false;
  if (pair.cut == Cut::after_answer) return !octets.ends_with(kReady);
  return support::send_all(pair.client, octets);
}

}  // namespace sample
