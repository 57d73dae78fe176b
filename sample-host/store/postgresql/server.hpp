// SPDX-License-Identifier: Apache-2.0
//
// How a store's connections are made, and when they are believed. After a crash a commit may be
// visible that nobody was told of and that a failover to the standby will lose. So before anything
// is read from a server, a transaction of our own was on disk there, and on its standby: what is
// visible is before it. Safe from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "store/postgresql/connection.hpp"

namespace sample::postgresql {

class Server {
 public:
  Server(const Target& target, std::chrono::milliseconds request_patience,
         std::chrono::milliseconds import_patience)
      : target_(target), request_patience_(request_patience), import_patience_(import_patience) {}

  // Locks are waited for as long as request_patience. Every look-up is by key: no plan made while
  // tables are empty may read them from end to end later.
  std::unique_ptr<Connection> connect_for_requests();
  // Locks are waited for as long as import_patience, and plans are made for many rows.
  std::unique_ptr<Connection> connect_for_import();

  std::chrono::milliseconds request_patience() const { return request_patience_; }
  std::chrono::milliseconds import_patience() const { return import_patience_; }
  const Target& target() const { return target_; }

 private:
  std::unique_ptr<Connection> connect(const Statement& settings,
                                      std::chrono::milliseconds patience);
  void believe(Connection& connection, Deadline deadline);

  const Target target_;
  const std::chrono::milliseconds request_patience_, import_patience_;
  std::mutex mutex_;                // guards believed_
  std::set<std::string> believed_;  // when these servers were started
};

// A connection for work that only reads; made anew when it was lost. One thread at a time.
class ReadSession {
 public:
  explicit ReadSession(std::shared_ptr<Server> server) : server_(std::move(server)) {}

  // Calls work(connection, deadline), and once more if the connection that it was given had been
  // lost since the last call.
  template <typename Work>
  auto read(Work work) {
    const Deadline deadline = Clock::now() + server_->request_patience();
    const bool is_new = connection_ == nullptr;
    try {
      return attempt(work);
    } catch (const ConnectionLost&) {
      if (is_new || Clock::now() >= deadline) throw;
    }
    return attempt(work);
  }

 private:
  template <typename Work>
  auto attempt(Work work) {
    if (!connection_) connection_ = server_->connect_for_requests();
    try {
      return work(*connection_, Clock::now() + server_->request_patience());
    } catch (const StoreError&) {
      connection_.reset();  // with the transaction that it may be in
      throw;
    }
  }

  const std::shared_ptr<Server> server_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace sample::postgresql
