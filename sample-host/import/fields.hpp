// SPDX-License-Identifier: Apache-2.0
//
// The fields of an import's rows: from text to typed and checked. Pure functions, safe from any
// thread; parse_* throw BadField, whose text names the field, its value and what was expected.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "duis/identifiers.hpp"

namespace sample {

struct BadField : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The value in quotes, fit for a terminal however long or strange it is.
std::string shown(std::string_view value);

dcc::duis::Eui64 parse_eui(std::string_view field, std::string_view value);

// These return literals.
std::string_view parse_role(std::string_view value);  // IS, GS, RSA become EIS, GIS, SNA
std::string_view parse_user_status(std::string_view value);
std::string_view parse_device_type(std::string_view value);
std::string_view parse_smi_status(std::string_view value);

// YYYY-MM-DD, a day that exists.
std::string parse_date(std::string_view field, std::string_view value);

// One line of UTF-8 without control characters; may be empty.
std::string parse_name(std::string_view value);

}  // namespace sample
