// SPDX-License-Identifier: Apache-2.0
//
// One HTTP POST, for a client that sends one request and leaves. Blocks its thread; safe from any.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace sample::client {

// http[s]://HOST[:PORT][/PATH]
struct Url {
  bool tls = false;
  std::string host;  // a name or an address, IPv6 without brackets
  std::string port;
  std::string path;  // empty: none was given
  std::string authority;

  // Throws std::invalid_argument naming the text and what is wrong with it.
  static Url parse(std::string_view text);
};

// Who the server must be, and who the client is, with https.
struct TlsOptions {
  std::string ca;                // CA certificates; empty: the system's
  std::string certificate, key;  // the client's and those between it and its CA; empty: none
};

struct HttpAnswer {
  unsigned status = 0;
  std::string reason;
  std::string content_type;
  std::string body;
};

// Throws std::system_error: nobody there, no answer in time, or none that is HTTP; not the server
// that it should be, or one that does not accept the client. Throws dcc::duis::CryptoError: a file
// of `tls` cannot be used.
HttpAnswer post_xml(const Url& url, const TlsOptions& tls, std::string body,
                    std::chrono::milliseconds timeout);

// What RFC 9457 says about a failure, "title: detail"; of an answer without that, its reason.
std::string problem_text(const HttpAnswer& answer);

}  // namespace sample::client
