// SPDX-License-Identifier: Apache-2.0
//
// Outcomes as they come, by long polling.
#pragma once

#include <boost/json/object.hpp>

#include "foreign/json_tree.hpp"
#include "http/admin_client.hpp"

namespace sample::console {

// Question: {"after": the "resume" of the answer before, or "": from now on}.
//   {"outcomes": as GET /outcomes has them, at most 1000, "resume"}
// Without any it waits two seconds for some. BadInput: it is no such question;
// std::runtime_error: the host does not answer, or cannot go on from there (it was restored).
boost::json::object live_outcomes(AdminClient& admin, const dcc::foreign::Json& question);

}  // namespace sample::console
