// SPDX-License-Identifier: Apache-2.0
#include "http/worker.hpp"

#include <boost/asio/post.hpp>

#include "http/connection.hpp"

namespace sample {

Worker::Worker(const HttpLimits& limits, std::shared_ptr<ServerLoad> load,
               std::shared_ptr<const PublishedTls> tls)
    : limits_(limits), load_(std::move(load)), tls_(std::move(tls)), queue_(limits.max_wait) {}

void Worker::adopt(TcpSocket socket, Place place) {
  const bool too_many = place.before() >= limits_.max_connections;
  if (tls_ == nullptr) {
    return begin(make_connection(*this, std::move(socket), std::move(place)), too_many);
  }
  // To be told so, a client would need a handshake, which costs more than a request.
  if (too_many) return;
  begin(make_tls_connection(*this, std::move(socket), std::move(place), *tls_->current()), false);
}

void Worker::adopt(UnixSocket socket, Place place) {
  const bool too_many = place.before() >= limits_.max_connections;
  begin(make_connection(*this, std::move(socket), std::move(place)), too_many);
}

void Worker::begin(const std::shared_ptr<Connection>& connection, bool too_many) {
  connections_.insert(connection);
  too_many ? connection->turn_away() : connection->start();
}

bool Worker::enqueue(std::shared_ptr<Connection> connection) {
  if (!queue_.admits(site->backlog())) return false;
  queue_.push(std::move(connection), std::chrono::steady_clock::now());
  ++*load_->waiting;
  if (!scheduled_) schedule();
  return true;
}

void Worker::resume() {
  while (!scheduled_ && !queue_.empty()) serve_next();
}

// Through the context and not at once: what else is ready comes in between.
void Worker::schedule() {
  boost::asio::post(context, [this] {
    scheduled_ = false;
    serve_next();
  });
  scheduled_ = true;
}

void Worker::serve_next() {
  const auto [connection, late] = queue_.pop(std::chrono::steady_clock::now());
  --*load_->waiting;
  late ? connection->serve_late() : connection->serve();
  // Last, because it may throw.
  if (!scheduled_ && !queue_.empty()) schedule();
}

void Worker::release(const std::shared_ptr<Connection>& connection) noexcept {
  connections_.erase(connection);
  if (stopping_ && connections_.empty()) work_.reset();
}

void Worker::stop() {
  stopping_ = true;
  const auto all = connections_;  // closing changes the set
  for (const auto& connection : all) connection->stop();
  if (connections_.empty()) work_.reset();
}

void Worker::clear() {
  while (!queue_.empty()) {
    queue_.pop({});
    --*load_->waiting;
  }
  connections_.clear();
  site.reset();
}

}  // namespace sample
