// SPDX-License-Identifier: Apache-2.0
//
// The socket of dcc-decide: connections of this user and of root, a thread for each.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <thread>

#include "foreign/line_requests.hpp"
#include "foreign/stop_signal.hpp"
#include "guard/file_descriptor.hpp"
#include "host/unix_listener.hpp"

namespace dcc::foreign {

class SocketServer {
 public:
  static constexpr std::size_t kConnections = 64;

  // Listens when it returns; ends with `stop`, which must be told before the destructor is called.
  // Throws std::runtime_error, which names the path and what is wrong.
  SocketServer(const std::filesystem::path& path, LineRequests& requests, const StopSignal& stop);
  // Waits for the answers under way.
  ~SocketServer();
  SocketServer(const SocketServer&) = delete;
  SocketServer& operator=(const SocketServer&) = delete;

 private:
  void accept_all();
  void take(guard::FileDescriptor connection);
  void serve(const guard::FileDescriptor& connection);

  LineRequests& requests_;
  const StopSignal& stop_;
  host::UnixListener listener_;
  guard::FileDescriptor socket_;

  std::mutex mutex_;  // guards the count
  std::condition_variable ended_;
  std::size_t connections_ = 0;

  std::thread acceptor_;
};

}  // namespace dcc::foreign
