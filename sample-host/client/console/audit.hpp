// SPDX-License-Identifier: Apache-2.0
//
// The audit trail, for the page: verified as its operator does it, and its records one by one.
// Functions are safe from any thread; std::exceptions say what kept them from an answer.
#pragma once

#include <boost/json/object.hpp>

#include "client/console/host_program.hpp"
#include "foreign/json_tree.hpp"
#include "http/admin_client.hpp"

namespace sample::console {

// `dcc-sample-host audit --verify`: {"whole": bool, "said": what it has printed}. It takes as long
// as the trail is, a minute for some million records.
boost::json::object verify_trail(const HostProgram& host);

// Question: {"cursor": n} or {"request_id": "..."}. A record as GET /outcomes shows it, with both
// messages: "request", "response". BadInput: it is no such question.
boost::json::object audit_record(AdminClient& admin, const dcc::foreign::Json& question);

// Question: {"cursor": n}. The record's request, tried with the record's facts on what is live now:
//   {"was": {"code", "reason", "handler"}, "now": {"code", "reason", "handler"}}
boost::json::object decide_again(AdminClient& admin, const dcc::foreign::Json& question);

}  // namespace sample::console
