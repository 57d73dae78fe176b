// SPDX-License-Identifier: Apache-2.0
//
// What the console asks the admin interface of the host. Throws std::runtime_error: the host does
// not answer, or not so.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "http/admin_client.hpp"

namespace sample::console {

// What GET answers with 200.
boost::json::object told(AdminClient& admin, const std::string& target);

// What handlers say of a request with its facts.
struct Trial {
  std::string code;  // the response's, or the HTTP status where there is none, or "asks"
  std::string reason;
  std::string handler;  // which has decided, with build and settings; empty: none
};

// `answer`: of dcch_decide() (dcc/host.h).
Trial trial_of(const boost::json::object& answer);

// By the handlers that are live: POST /try stores and counts nothing. `message`: as dcch_decide()
// takes it.
Trial try_out(AdminClient& admin, const boost::json::object& message);

}  // namespace sample::console
