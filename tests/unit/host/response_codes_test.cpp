// SPDX-License-Identifier: Apache-2.0
#include "dcc/response_codes.hpp"

#include <catch2/catch.hpp>

#include "plugin_host.hpp"

using dcc::is_response_code;

TEST_CASE("response codes are those of DUIS, spelled as there") {
  for (const char* code : {"I0", "I99", "E1", "E2", "E4", "E5", "E11", "E12", "E13", "E19", "E1000",
                           "E010101", "E081406", "W050201", "W110401"}) {
    CAPTURE(code);
    CHECK(is_response_code(code));
  }
  for (const char* code :
       {"", "I", "I99 ", " I99", "i99", "E6", "E99", "E0", "I990", "E01010", "W1", "OK"}) {
    CAPTURE(code);
    CHECK_FALSE(is_response_code(code));
  }
}

TEST_CASE("every code of the published schema is known") {
  const auto schema = host_test::fs::path(DCC_SOURCE_DIR) / "../shared/duis/DUIS Schema V5.4.xsd";
  if (!host_test::fs::exists(schema)) {
    WARN("the published schema is not here");
    return;
  }
  const std::string text = host_test::contents(schema);
  const auto begin = text.find("<xs:simpleType name=\"ResponseCode\">");
  REQUIRE(begin != std::string::npos);
  const std::string type = text.substr(begin, text.find("</xs:simpleType>", begin) - begin);
  const std::string mark = "<xs:enumeration value=\"";
  int codes = 0;
  for (auto at = type.find(mark); at != std::string::npos; at = type.find(mark, at), ++codes) {
    at += mark.size();
    const std::string code = type.substr(at, type.find('"', at) - at);
    CAPTURE(code);
    CHECK(is_response_code(code));
  }
  CHECK(codes == 194);
}
