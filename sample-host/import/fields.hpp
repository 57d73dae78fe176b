// SPDX-License-Identifier: Apache-2.0
//
// The fields of an import's rows: from text to typed and checked, and what is allowed, in words.
// Constants and pure functions, safe from any thread.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "store/staging.hpp"

namespace sample {

// Its text names the field, its value and what was expected.
struct BadField : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The value in quotes, fit for a terminal however long or strange it is.
std::string shown(std::string_view value);

// What a field may be.
struct FieldType {
  // In words, as a refusal says it behind "expected". Of a list, `A|B` are two spellings of A.
  std::string_view expected;
  // Takes the field's name and its text; throws BadField. A view is of a literal, or of the text.
  Value (*parse)(std::string_view field, std::string_view text);
};

extern const FieldType kEui;
extern const FieldType kRole;
extern const FieldType kUserStatus;
extern const FieldType kDeviceType;
extern const FieldType kSmiStatus;
extern const FieldType kDay;
extern const FieldType kDayOrNothing;
extern const FieldType kName;  // may be empty

}  // namespace sample
