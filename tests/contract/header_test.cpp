// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <set>
#include <string>

namespace {

std::set<std::string> includes_of(const std::string& header) {
  std::ifstream in(DCC_SOURCE_DIR "/host-sdk/include/dcc/" + header);
  REQUIRE(in);
  const std::regex form(R"(\s*#\s*include\s*(\S+).*)");
  std::set<std::string> includes;
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (std::regex_match(line, match, form)) includes.insert(match[1]);
  }
  return includes;
}

}  // namespace

TEST_CASE("the contract includes headers of the C standard only") {
  CHECK(includes_of("plugin.h") == std::set<std::string>{"<stddef.h>", "<stdint.h>"});
}

TEST_CASE("its C++ face includes the contract and headers of the C++ standard only") {
  for (const std::string& name : includes_of("plugin.hpp")) {
    CAPTURE(name);
    CHECK((name == "\"dcc/plugin.h\"" || std::regex_match(name, std::regex("<[a-z_]+>"))));
  }
}
