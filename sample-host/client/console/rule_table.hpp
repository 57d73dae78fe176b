// SPDX-License-Identifier: Apache-2.0
//
// The rule as it runs: what the handlers that are live answer to whom for which hub.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>

#include "duis/identifiers.hpp"
#include "http/admin_client.hpp"

namespace sample::console {

// Tries a return of each SRV, by each User Role, of a hub in each status, received at `at` (Unix
// milliseconds), all by the same handlers:
//   {"columns": [{"role", "note"}], "srvs": [{"srv", "title"}], "handlers": ["ch-returns 1.0 ..."],
//    "rows": [{"hub": "Pending", "cells": [[{"code", "reason"}, one a column], one an SRV]}]}
// A code is the response's, or the HTTP status where there is none. Throws std::runtime_error: the
// host does not answer, not so, or its handlers keep changing.
boost::json::object rule_table(AdminClient& admin, dcc::duis::Eui64 target, std::int64_t at);

}  // namespace sample::console
