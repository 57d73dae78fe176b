// SPDX-License-Identifier: Apache-2.0
//
// A server for one test, and clients that say exactly what the test wants.
#pragma once

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "http/server.hpp"
#include "services/service_site.hpp"

namespace listener {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Response = http::response<http::string_body>;

inline sample::HttpServer::Options options() {
  sample::HttpServer::Options options;
  options.address = "127.0.0.1";
  options.max_body = 4096;
  return options;
}

class Server : public sample::HttpServer {
 public:
  explicit Server(const sample::Handle& handle, const Options& o = options(),
                  const sample::Backlog& backlog = {})
      : HttpServer(o, [handle, backlog](const sample::SiteContext&) {
          return sample::make_service_site(handle, backlog);
        }) {
    start();
  }
};

inline void echo(std::string_view, const sample::Peer&, std::string body, sample::Done done) {
  done({200, "application/xml", std::move(body)});
}

// Keeps requests until the test answers them.
class Held {
 public:
  sample::Handle handle() {
    return [this](std::string_view, const sample::Peer&, std::string body, sample::Done done) {
      const std::lock_guard lock(mutex_);
      held_.emplace_back(std::move(body), std::move(done));
      arrived_.notify_all();
    };
  }
  void wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return held_.size() >= count; });
  }
  void answer_one() {
    const std::lock_guard lock(mutex_);
    held_.front().second({200, "application/xml", held_.front().first});
    held_.pop_front();
  }
  // The newest first, so that answers overtake one another.
  void answer_all() {
    const std::lock_guard lock(mutex_);
    for (; !held_.empty(); held_.pop_back()) {
      held_.back().second({200, "application/xml", held_.back().first});
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::pair<std::string, sample::Done>> held_;
};

template <class Protocol>
class BasicClient {
 public:
  explicit BasicClient(const typename Protocol::endpoint& server) { socket.connect(server); }

  void send(std::string_view text) { asio::write(socket, asio::buffer(text)); }
  Response receive() {
    Response response;
    http::read(socket, buffer_, response);
    return response;
  }
  Response exchange(std::string_view text) {
    send(text);
    return receive();
  }
  // True: the server has closed the connection, in order or not, and sent nothing more.
  bool closed() {
    boost::system::error_code error;
    char octet = 0;
    return asio::read(socket, asio::buffer(&octet, 1), error) == 0 && error;
  }

 private:
  asio::io_context context_;

 public:
  typename Protocol::socket socket{context_};

 private:
  boost::beast::flat_buffer buffer_;
};

class Client : public BasicClient<asio::ip::tcp> {
 public:
  explicit Client(const sample::HttpServer& server)
      : BasicClient({asio::ip::make_address("127.0.0.1"), server.port()}) {}
};

// The head of a request with a body of `size` octets.
inline std::string head(std::size_t size, std::string_view fields = {}) {
  std::string text =
      "POST /api/v1/serviceD HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\n";
  text.append(fields).append("Content-Length: ").append(std::to_string(size));
  return text.append("\r\n\r\n");
}

inline std::string post(std::string_view body) {
  return head(body.size()).append(body);
}

}  // namespace listener
