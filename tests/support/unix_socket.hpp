// SPDX-License-Identifier: Apache-2.0
//
// What tests and benchmarks need of Unix sockets. From any thread.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace support {

// A path that is too long is cut off, and then not found.
inline sockaddr_un unix_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

// False: the other side takes no more.
inline bool send_all(int socket, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t size = ::send(socket, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (size <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

}  // namespace support
