// SPDX-License-Identifier: Apache-2.0
//
// Outcomes as JSON for those who read them: the admin interface and the export of the audit trail.
// Pure; safe from any thread.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "store/store.hpp"

namespace sample {

// Lower case.
std::string hex(std::string_view octets);
// Nothing if it is not pairs of hexadecimal digits.
std::optional<std::string> from_hex(std::string_view text);

// A line of the audit trail: who asked what, when, what was decided and on what it rested.
boost::json::object outcome_view(const StoredOutcome& stored);
// An accepted return, for logistics.
boost::json::object return_view(const StoredOutcome& stored);
// [{"path":...,"value":...}, ...]
boost::json::array items_view(const Outcome& outcome);

}  // namespace sample
