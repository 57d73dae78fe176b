// SPDX-License-Identifier: Apache-2.0
//
// The fields of an import's rows: from text to typed and checked. Pure functions, safe from any
// thread; parse_* throw BadField, whose text names the field, its value and what was expected.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "store/staging.hpp"

namespace sample {

struct BadField : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The value in quotes, fit for a terminal however long or strange it is.
std::string shown(std::string_view value);

// Each takes the field's name and its text. Views are of literals, or of the text.
Value parse_eui(std::string_view field, std::string_view text);
Value parse_role(std::string_view field, std::string_view text);  // IS, GS, RSA: EIS, GIS, SNA
Value parse_user_status(std::string_view field, std::string_view text);
Value parse_device_type(std::string_view field, std::string_view text);
Value parse_smi_status(std::string_view field, std::string_view text);
// YYYY-MM-DD, a day that exists.
Value parse_date(std::string_view field, std::string_view text);
Value parse_date_if_any(std::string_view field, std::string_view text);  // or nothing
// One line of UTF-8 without control characters; may be empty.
Value parse_name(std::string_view field, std::string_view text);

}  // namespace sample
