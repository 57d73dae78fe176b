// SPDX-License-Identifier: Apache-2.0
//
// Outcomes as JSON: the parts that are stored in this form, and all of them for those who read
// them, by an admin interface or an export. Reading throws std::exception for text that the writing
// functions would not have made. Pure; safe from any thread.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adaptor/outcome.hpp"
#include "adaptor/store.hpp"

namespace dcc::adaptor {

// [["path","value"], ...]
std::string items_to_json(const std::vector<Item>& items);
std::vector<Item> items_from_json(std::string_view text);

// [{"kind":"dcc.device","key":"00-DB-...","values":{"type":"CHF",...}|null,"revision":n,
//   "used":true|false}, ...]; without values: it is not there
boost::json::array facts_view(const std::vector<host::Fact>& facts);
std::string facts_to_json(const std::vector<host::Fact>& facts);
std::vector<host::Fact> facts_from_json(std::string_view text);
// What stands in the place of facts: these, or the basis of an old store (an object, where facts
// are an array).
std::string facts_text(const StoredOutcome& stored);
void set_facts_text(StoredOutcome& stored, std::string_view text);
bool is_basis(std::string_view facts_text);

// As it was stored.
Record record_of(const StoredOutcome& stored);

// All of a record, as one line of JSON without its end, octet for octet; and read again.
std::string record_to_json(const Record& record);
StoredOutcome record_from_json(std::string_view line);

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

}  // namespace dcc::adaptor
