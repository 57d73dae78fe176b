// SPDX-License-Identifier: Apache-2.0
//
// What a request is answered with. Plain values.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "duis/identifiers.hpp"

namespace dcc::adaptor {

// The titles of refusals; no other is given.
namespace title {
inline constexpr std::string_view kNotValid = "not a valid DUIS request";
inline constexpr std::string_view kSignature = "signature not accepted";
inline constexpr std::string_view kSender = "sender not accepted";
inline constexpr std::string_view kReused = "RequestID already used";
inline constexpr std::string_view kForgotten = "RequestID no longer known";
inline constexpr std::string_view kNoHandler = "no handler";
inline constexpr std::string_view kNoStore = "the store cannot be reached";
inline constexpr std::string_view kNotSigned = "responses cannot be signed";
inline constexpr std::string_view kFailed = "the request could not be processed";
inline constexpr std::string_view kOverloaded = "overloaded";
}  // namespace title

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

  // Of all but a response, for the client. The detail may hold text of the message.
  std::string title{}, detail{};

  // For the log: the request, as far as it is known. Of a response that is not a repeated one all
  // of it, of a User who is not known no role, and of a body without a DeviceID no device.
  std::optional<duis::RequestId> request_id{};
  std::optional<duis::Eui64> device_id{};
  std::string srv{}, role{}, code{}, reason{};

  // How long its decision took, look-ups included, and how long its commit, from when the committer
  // got it; of a request that started again the last ones. Absent: it did not come to that.
  std::optional<std::chrono::nanoseconds> decision{}, commit{};
};

}  // namespace dcc::adaptor
