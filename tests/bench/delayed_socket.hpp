// SPDX-License-Identifier: Apache-2.0
//
// Stands before a server's Unix socket as a network would that takes time: what is sent arrives so
// much later, on either way, however much it is.
#pragma once

#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

#include "support/temp_directory.hpp"

namespace bench {

class DelayedSocket {
 public:
  // Before that socket; its own has the same name in directory().
  DelayedSocket(const std::filesystem::path& socket, std::chrono::microseconds each_way);
  // When nobody is connected any more.
  ~DelayedSocket();
  DelayedSocket(const DelayedSocket&) = delete;
  DelayedSocket& operator=(const DelayedSocket&) = delete;

  std::filesystem::path directory() const { return directory_.path(); }

 private:
  void accept();

  const support::TempDirectory directory_;
  const std::filesystem::path server_;
  const std::chrono::microseconds each_way_;
  const int listening_;
  std::vector<std::thread> carriers_;
  std::thread accepting_;
};

}  // namespace bench
