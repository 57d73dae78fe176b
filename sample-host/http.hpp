// SPDX-License-Identifier: Apache-2.0
//
// The host's HTTP/1.1 listeners, on Boost.Beast: one io_context and one thread per worker,
// connections handed to the workers in turn and kept alive, every size and every wait bounded.
// A Site says what is served; the server knows nothing of DUIS.
#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline.hpp"

namespace sample {

using RequestHead = boost::beast::http::request_header<>;

// What a listener serves. Each worker has its own, and calls it from its thread only.
class Site {
 public:
  virtual ~Site() = default;
  // Judges a request by its head, before the body is read: the answer that refuses it, or nothing.
  virtual std::optional<Answer> refuse(const RequestHead& head) const = 0;
  // A request that was not refused. Calls `done` exactly once, before it returns or later from any
  // thread, even when the server is gone.
  virtual void handle(const RequestHead& head, std::string body, Pipeline::Done done) = 0;
};

// POST /api/v1/serviceD, serviceS and serviceT, each request handed to `handle` as by
// Pipeline::handle.
using Handle = std::function<void(std::string_view endpoint, std::string body, Pipeline::Done)>;
std::unique_ptr<Site> make_service_site(Handle handle);

// What a Site may know of the listener and the worker that it is made for.
struct SiteContext {
  std::uint16_t port = 0;  // the actual one
  Pipeline::Post post;     // into the worker's thread; does nothing once the server has stopped
};
using SiteFactory = std::function<std::unique_ptr<Site>(const SiteContext&)>;

class HttpServer {
 public:
  struct Options {
    std::string address;     // numeric
    std::uint16_t port = 0;  // 0: any free one
    unsigned workers = 1;
    std::size_t max_body = 1U << 20;
    // Over that a connection is answered 503 and closed.
    std::size_t max_connections = 4096;
    std::chrono::milliseconds idle_timeout{30'000};     // for the first octet of a request
    std::chrono::milliseconds request_timeout{10'000};  // for the rest of it, and for the answer
    std::chrono::milliseconds stop_timeout{10'000};     // for requests in flight at a stop
  };

  // Listens, but accepts nothing yet. `make_site` is called once per worker, in here. Throws
  // std::runtime_error, which names the address, if it cannot listen.
  HttpServer(const Options& options, const SiteFactory& make_site);
  // Stops, if that was not done.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;  // the actual one
  void start();
  // Stops accepting, closes idle connections, waits for requests in flight, but not for ever, and
  // then destroys the sites. From one thread, not a worker.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sample
