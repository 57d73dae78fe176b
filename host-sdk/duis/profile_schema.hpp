// SPDX-License-Identifier: Apache-2.0
//
// The text of profile.xsd, compiled in.
#pragma once

#include <string_view>

namespace dcc::duis {

extern const std::string_view kProfileSchema;

}  // namespace dcc::duis
