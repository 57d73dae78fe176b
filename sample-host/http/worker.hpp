// SPDX-License-Identifier: Apache-2.0
//
// One thread of an HTTP server with its io_context, its site and its connections. Requests are read
// as they arrive, wait in a queue, and are served one after the other: between two of them the
// worker reads what has come meanwhile, so that it knows how long its queue is.
#pragma once

#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstddef>
#include <memory>
#include <unordered_set>
#include <utility>

#include "http/body.hpp"
#include "http/limits.hpp"
#include "http/request_queue.hpp"
#include "http/site.hpp"
#include "http/tls_context.hpp"

namespace sample {

// The context's own executor type instead of any_io_executor: no type erasure per operation.
using Executor = boost::asio::io_context::executor_type;
using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using UnixSocket = boost::asio::basic_stream_socket<boost::asio::local::stream_protocol, Executor>;
// Either of them.
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;

// What all workers of a server have together. Safe from any thread.
struct ServerLoad {
  ServerLoad(const HttpLimits& limits, std::shared_ptr<WaitingRequests> waiting_requests)
      : waiting(std::move(waiting_requests)), bodies(limits.body_budget) {}
  std::atomic<std::size_t> connections = 0;
  const std::shared_ptr<WaitingRequests> waiting;
  BodyBudget bodies;
};

// A connection's place among max_connections, left with the object.
class Place {
 public:
  explicit Place(ServerLoad& load) : load_(&load), before_(load.connections++) {}
  ~Place() {
    if (load_ != nullptr) --load_->connections;
  }
  Place(Place&& other) noexcept
      : load_(std::exchange(other.load_, nullptr)), before_(other.before_) {}
  Place& operator=(Place&&) = delete;

  // How many were there when it came.
  std::size_t before() const { return before_; }

 private:
  ServerLoad* load_;
  std::size_t before_;
};

// A client as its worker sees it, whatever the stream. For the worker's thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection() = default;
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  virtual void start() noexcept = 0;
  // Tells the client that there are too many, and closes.
  virtual void turn_away() noexcept = 0;
  // The turn of the request that was given to Worker::enqueue(); late: too late to be served.
  virtual void serve() noexcept = 0;
  virtual void serve_late() noexcept = 0;
  // The request in flight is still answered; without one the connection closes.
  virtual void stop() noexcept = 0;
};

// Everything but the constructor and `context` is for the worker's thread while that runs. The
// sockets belong to its context. To feed octets to a connection without a network, adopt one end of
// a socket pair and poll the context.
class Worker : public std::enable_shared_from_this<Worker> {
 private:
  // Before the context, whose handlers hold connections, and these their shares of it.
  const HttpLimits limits_;
  const std::shared_ptr<ServerLoad> load_;

 public:
  // `tls`: null: TCP connections are plain.
  Worker(const HttpLimits& limits, std::shared_ptr<ServerLoad> load,
         std::shared_ptr<const PublishedTls> tls);

  boost::asio::io_context context{1};
  std::unique_ptr<Site> site;

  const HttpLimits& limits() const { return limits_; }
  BodyBudget& bodies() { return load_->bodies; }

  void adopt(TcpSocket socket, Place place);
  void adopt(UnixSocket socket, Place place);

  // False: the request would wait too long.
  bool enqueue(std::shared_ptr<Connection> connection);
  void release(const std::shared_ptr<Connection>& connection) noexcept;

  // Serves what waits although nothing says so any more, because memory for that was not to be had.
  void resume();

  bool stopping() const { return stopping_; }
  void stop();
  // At the very end, after the thread's.
  void clear();

 private:
  void begin(const std::shared_ptr<Connection>& connection, bool too_many);
  void schedule();
  void serve_next();

  const std::shared_ptr<const PublishedTls> tls_;
  boost::asio::executor_work_guard<Executor> work_{context.get_executor()};
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  RequestQueue<std::shared_ptr<Connection>> queue_;
  bool scheduled_ = false;  // serve_next() is on its way through the context
  bool stopping_ = false;
};

}  // namespace sample
