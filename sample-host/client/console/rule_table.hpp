// SPDX-License-Identifier: Apache-2.0
//
// The rule as it runs, or as it would: what handlers answer to whom for which hub.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>

#include "client/console/host_questions.hpp"
#include "duis/identifiers.hpp"

namespace sample::console {

// What becomes of a message, as dcch_decide() takes it; throws std::exception.
using Try = std::function<Trial(const boost::json::object& message)>;

// Tries a return of each SRV, by each User Role, of a hub in each status, received at `at` (Unix
// milliseconds), all by the same handlers:
//   {"columns": [{"role", "note"}], "srvs": [{"srv", "title"}], "handlers": ["ch-returns 1.0 ..."],
//    "rows": [{"hub": "Pending", "cells": [[{"code", "reason"}, one a column], one an SRV]}]}
// A code is the response's, or the HTTP status where there is none. Throws what `attempt` throws,
// and std::runtime_error: the handlers keep changing.
boost::json::object rule_table(const Try& attempt, dcc::duis::Eui64 target, std::int64_t at);

}  // namespace sample::console
