// SPDX-License-Identifier: Apache-2.0
//
// A plugin must get along with any host: what it links and what it shows.
#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::vector<std::string> lines_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::string output;
  std::array<char, 4096> buffer;
  while (const std::size_t size = fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), size);
  }
  REQUIRE(pclose(pipe) == 0);
  std::vector<std::string> lines;
  std::istringstream in(output);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("a plugin needs the C library, libgcc_s and the loader at most") {
  const std::set<std::string> allowed = {"libc.so.6", "libm.so.6", "libgcc_s.so.1",
                                         "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"};
  for (const std::string plugin : {CH_RETURNS, EXAMPLE}) {
    std::set<std::string> needed;
    for (const std::string& line : lines_of(READELF " -dW '" + plugin + "'")) {
      if (line.find("(NEEDED)") == line.npos) continue;
      const auto begin = line.find('[') + 1;
      needed.insert(line.substr(begin, line.find(']') - begin));
    }
    CAPTURE(plugin);
    CHECK(needed.count("libc.so.6") == 1);
    for (const std::string& library : needed) {
      CAPTURE(library);
      CHECK(allowed.count(library) == 1);
    }
  }
}

TEST_CASE("a plugin shows one symbol") {
  for (const std::string plugin : {CH_RETURNS, EXAMPLE}) {
    CAPTURE(plugin);
    const auto symbols = lines_of(NM " -D --defined-only '" + plugin + "'");
    REQUIRE(symbols.size() == 1);
    CHECK(symbols[0].substr(symbols[0].rfind(' ') + 1) == "dcc_plugin_entry_v1");
  }
}

TEST_CASE("a plugin names no directory of libraries, and its code stays as it is") {
  for (const std::string plugin : {CH_RETURNS, EXAMPLE}) {
    for (const std::string& line : lines_of(READELF " -dW '" + plugin + "'")) {
      CAPTURE(plugin, line);
      for (const char* tag : {"(RPATH)", "(RUNPATH)", "(TEXTREL)"}) {
        CHECK(line.find(tag) == line.npos);
      }
    }
    std::size_t stacks = 0;
    for (const std::string& line : lines_of(READELF " -lW '" + plugin + "'")) {
      if (line.find("GNU_STACK") == line.npos) continue;
      CAPTURE(plugin, line);
      ++stacks;
      CHECK(line.find("RWE") == line.npos);
    }
    CHECK(stacks == 1);
  }
}
