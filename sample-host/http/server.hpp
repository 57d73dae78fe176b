// SPDX-License-Identifier: Apache-2.0
//
// An HTTP/1.1 server on Boost.Beast: a listener on TCP, with TLS or without, or on a Unix socket,
// and one io_context and thread per worker. Connections are handed to the workers in turn and kept
// alive, every size and every wait bounded.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "http/limits.hpp"
#include "http/site.hpp"
#include "http/tls_context.hpp"

namespace sample {

class HttpServer {
 public:
  struct Options : HttpLimits {
    std::string address;                      // numeric
    std::uint16_t port = 0;                   // 0: any free one
    std::filesystem::path socket;             // a Unix socket, in the place of address and port
    mode_t socket_mode = 0600;                // who may connect there
    std::shared_ptr<const PublishedTls> tls;  // null: plain HTTP
    unsigned workers = 1;
    // Where the workers count; for whoever wants to know.
    std::shared_ptr<WaitingRequests> waiting = std::make_shared<WaitingRequests>(0);
  };

  // Listens, but accepts nothing yet. `make_site` is called once per worker, in here, but from
  // several threads at a time. Throws std::runtime_error, which names the address, if it cannot
  // listen, and what `make_site` throws.
  HttpServer(const Options& options, const SiteFactory& make_site);
  // Stops, if that was not done.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;       // the actual one; 0: a Unix socket
  std::size_t connections() const;  // open just now; from any thread
  void start();
  // Stops accepting, closes idle connections, waits for requests in flight, but not for ever, and
  // then destroys the sites. From one thread, not a worker.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sample
