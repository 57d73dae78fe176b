// SPDX-License-Identifier: Apache-2.0
//
// Service Requests of the console: made, signed with a User's throw-away key, sent, and what came
// back explained. Functions are safe from any thread.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "client/console/options.hpp"
#include "client/http_post.hpp"
#include "duis/credentials.hpp"
#include "duis/identifiers.hpp"
#include "duis/reader.hpp"
#include "foreign/json_tree.hpp"
#include "foreign/members.hpp"

namespace sample::console {

// A User whose key is there.
struct Person {
  std::string name;  // of the key's file
  dcc::duis::Eui64 id;
};

// Sorted by name. Those whose certificate cannot be used are left out. Throws
// std::filesystem::filesystem_error: there is no such directory.
std::vector<Person> people(const Options& options);

// Who signs as one of people(). BadInput: `name` is none of them; dcc::duis::CryptoError: a file
// cannot be used.
dcc::duis::Signer signer_of(const Options& options, std::string_view name);

// The "srv" of a question: 8.14.3 or 8.14.4; BadInput otherwise.
std::string read_srv(const dcc::foreign::Members& question);

// The response code of an answer; where there is none, "HTTP 503" and the like.
std::string code_of(const client::HttpAnswer& answer, dcc::duis::Reader& reader);

// The items of 8.14.3 and 8.14.4 for a form.
boost::json::array srvs();

// Sends a return, and answers
//   {"document", "request_id", "milliseconds", "status", "code", "meaning", "answer",
//    "signature": {"verified", "text"}, "outcome": as the admin interface shows it, or null}
// Question: either what it says,
//   {"user", "srv", "device", "items": {element: value}, "counter": "17", optional: a new one}
// or a document that was signed before, as it is or with one digit of its DeviceID changed:
//   {"document": "<...>", "change": false}
// BadInput: it is no such question; std::exception: what kept it from being sent or answered.
boost::json::object exchange(const Options& options, const dcc::foreign::Json& question);

}  // namespace sample::console
