// SPDX-License-Identifier: Apache-2.0
//
// One HTTP POST, for a client that sends one request and leaves. Blocks its thread; safe from any.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace sample::client {

// http://HOST[:PORT][/PATH]
struct Url {
  std::string host;  // a name or an address, IPv6 without brackets
  std::string port;
  std::string path;  // empty: none was given
  std::string authority;

  // Throws std::invalid_argument naming the text and what is wrong with it.
  static Url parse(std::string_view text);
};

struct HttpAnswer {
  unsigned status = 0;
  std::string reason;
  std::string content_type;
  std::string body;
};

// Throws std::system_error: nobody there, no answer in time, or none that is HTTP.
HttpAnswer post_xml(const Url& url, std::string body, std::chrono::milliseconds timeout);

}  // namespace sample::client
