// SPDX-License-Identifier: Apache-2.0
//
// A small HTTP/1.1 client for tests: one connection to this machine, kept alive as long as the
// server lets it. Waits have a generous deadline; failures throw boost::system::system_error. One
// thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace support {

struct HttpReply {
  unsigned status = 0;
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;

  // Empty: there is no such field.
  std::string field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  }
};

class HttpClient {
 public:
  using Fields = std::map<std::string, std::string>;

  explicit HttpClient(std::uint16_t port);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;

  // `fields` go beside Host and Content-Length, or in their place.
  HttpReply send(std::string_view method, std::string_view target, const Fields& fields = {},
                 std::string body = {});

  // Octets as they are, on the same connection. A request's answer is fetched with receive().
  void write(std::string_view octets);
  HttpReply receive();

 private:
  struct Connection;
  Connection& connection();

  std::uint16_t port_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace support
