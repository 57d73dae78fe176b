// SPDX-License-Identifier: Apache-2.0
//
// Load over HTTP/1.1 from one thread that costs little: requests are octets made beforehand, of an
// answer no more is read than its status and its length. Connections are kept. What goes wrong ends
// the program. For one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

// Where a server on this machine listens.
struct Endpoint {
  struct Tls {
    std::filesystem::path ca, certificate, key;  // the client's
  };
  std::uint16_t port = 0;
  std::optional<Tls> tls;  // absent: plain HTTP
};

// A POST to serviceD with this body.
std::string http_request(std::string_view document);

// An answer: when its request was due, what came and how long it took from then on.
struct Answered {
  double due_ms = 0;  // since the load began
  double took_ms = 0;
  unsigned status = 0;
};

struct LoadResult {
  std::vector<Answered> answers;
  double seconds = 0;  // from the first request to the last answer

  // How long answers with this status took, in milliseconds.
  std::vector<double> times(unsigned status) const;
};

class LoadGenerator {
 public:
  // Connects, and with TLS shakes hands.
  LoadGenerator(const Endpoint& endpoint, std::size_t connections);
  ~LoadGenerator();
  LoadGenerator(const LoadGenerator&) = delete;
  LoadGenerator& operator=(const LoadGenerator&) = delete;

  // Each connection sends its next request as soon as it has an answer, until all are answered.
  LoadResult run(std::span<const std::string> requests);

  // Requests are due at a steady rate, whether the server keeps up or not; while every connection
  // waits for an answer they wait, too, and their time counts. One that is answered 503 may be sent
  // again later. Ends early if all of them are answered otherwise.
  LoadResult offer(std::span<const std::string> requests, double per_second,
                   std::chrono::duration<double> time);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bench
