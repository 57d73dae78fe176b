// SPDX-License-Identifier: Apache-2.0
//
// JSON as it leaves us. Pure; safe from any thread.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace dcc {

// In UTF-8 (RFC 8259, 8.1) whatever octets the strings in it have: those that are none stand there
// as \xNN.
std::string json_text(const boost::json::value& value);

}  // namespace dcc
