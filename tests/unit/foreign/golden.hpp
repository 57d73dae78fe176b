// SPDX-License-Identifier: Apache-2.0
//
// The golden messages, and how an answer is held against one: by the rules of their schema's
// description, as every binding does it.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

namespace foreign_test {

struct Golden {
  std::string name;
  std::string message;  // as it is given
  boost::json::value expected;
  bool is_error = false;
};

// A text as it is, anything else as JSON.
std::string text_of(const boost::json::value& value);

std::vector<Golden> golden_messages();

// "" or what is wrong with this answer.
std::string difference(const Golden& golden, const boost::json::value& answer);
// Likewise with this error.
std::string difference(const Golden& golden, std::int64_t status, const std::string& reason);

// The message of the case of this name.
std::string golden_message(const std::string& name);

}  // namespace foreign_test
