// SPDX-License-Identifier: Apache-2.0
//
// What a request is answered with. Plain values.
#pragma once

#include <optional>
#include <string>

#include "duis/identifiers.hpp"

namespace dcc::adaptor {

struct Reply {
  // The numbers are those of HTTP, as the local policy has them.
  enum class Kind : unsigned {
    response = 200,      // `response`, whatever its response code
    not_valid = 400,     // no DUIS request, or not as its SRV must be
    not_accepted = 403,  // not authentic
    conflict = 409,      // the RequestID was used for another request
    failed = 500,        // the handler failed
    no_handler = 501,    // nobody answers this SRV
    unavailable = 503,   // try again
  };

  Kind kind = Kind::failed;
  std::string response{};  // a DUIS document
  bool repeated = false;   // the response that this request was given before

  // Of all but a response, for the client: may hold text of the message.
  std::string title{}, detail{};

  // For the log: the request, as far as it is known. Of a response that is not a repeated one all
  // of it, of a User who is not known no role, and of a body without a DeviceID no device.
  std::optional<duis::RequestId> request_id{};
  std::optional<duis::Eui64> device_id{};
  std::string srv{}, role{}, code{}, reason{};
};

}  // namespace dcc::adaptor
