// SPDX-License-Identifier: Apache-2.0
//
// Stands between a store and its server, and cuts the connection at the moment that a test wants.
#pragma once

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "support/temp_directory.hpp"

namespace sample {

class Proxy {
 public:
  enum class Cut {
    none,
    before_server,  // what the client sends next does not reach the server
    unanswered,     // it does, as a whole, and then the connection is cut at once
    after_answer,   // the server has answered it, as a whole, and the client is told nothing
  };

  // Of the server whose Unix socket that is; its own has the same name in directory().
  explicit Proxy(const std::filesystem::path& socket);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  std::filesystem::path directory() const { return directory_.path(); }

  // Of the connection that sends next, all of which are let through again afterwards.
  void cut_next(Cut cut) { cut_ = cut; }
  // From now on new connections are ended at once, or not.
  void turn_away(bool yes) { is_closed_ = yes; }

 private:
  struct Pair {
    int client, server;
    Cut cut = Cut::none;  // of what is on its way
  };

  void run();
  void accept();
  // False: it is cut.
  bool from_client(Pair& pair);
  bool from_server(Pair& pair) const;

  const support::TempDirectory directory_;
  const std::filesystem::path server_;
  int listening_ = -1;
  int end_ = -1, to_end_ = -1;  // a pipe
  std::vector<Pair> pairs_;
  std::atomic<Cut> cut_ = Cut::none;
  std::atomic<bool> is_closed_ = false;
  std::thread thread_;
};

}  // namespace sample
