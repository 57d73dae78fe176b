// SPDX-License-Identifier: Apache-2.0
//
// "What was verified is what is used": the fields of a message from three sources that must agree:
// what the reader says, what a handler is given, and what libxml2, which has no part in either,
// finds when it parses the canonical octets that were digested. Safe from any thread.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dcc/plugin.h"
#include "duis/reader.hpp"

namespace attacks {

// Of a request; numbers as decimal text, EUI-64s as eight pairs in capitals.
struct Fields {
  std::string originator, target, counter;
  std::string command_variant;
  std::string service_reference, service_reference_variant;
  std::string body_element;
  std::vector<std::pair<std::string, std::string>> items;

  bool operator==(const Fields&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Fields& fields);

Fields fields_of(const dcc::duis::Message& message);
Fields fields_of(const dcc_request& request);
// Throws std::runtime_error for what is no canonical request.
Fields fields_by_libxml2(std::string_view canonical);

}  // namespace attacks
