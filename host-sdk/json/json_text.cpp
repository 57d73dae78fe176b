// SPDX-License-Identifier: Apache-2.0
#include "json/json_text.hpp"

#include <boost/json/serialize.hpp>

#include "host/one_line.hpp"

namespace dcc {

std::string json_text(const boost::json::value& value) {
  // Octets beyond ASCII stand in strings only, where a backslash is written as two.
  return host::valid_utf8(boost::json::serialize(value), R"(\\x)");
}

}  // namespace dcc
