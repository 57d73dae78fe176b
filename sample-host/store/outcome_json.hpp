// SPDX-License-Identifier: Apache-2.0
//
// The parts of an outcome that are stored as JSON text: the body's items and the facts. Reading
// throws std::exception for text that the writing functions would not have made. Safe from any
// thread.
#pragma once

#include <boost/json/array.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.hpp"

namespace sample {

// [["path","value"], ...]
std::string items_to_json(const std::vector<Item>& items);
std::vector<Item> items_from_json(std::string_view text);

// [{"kind":"dcc.device","key":"00-DB-...","values":{"type":"CHF",...}|null,"revision":n,
//   "used":true|false}, ...]; without values: it is not there
boost::json::array facts_view(const std::vector<dcc::host::Fact>& facts);
std::string facts_to_json(const std::vector<dcc::host::Fact>& facts);
std::vector<dcc::host::Fact> facts_from_json(std::string_view text);

}  // namespace sample
