// SPDX-License-Identifier: Apache-2.0
//
// The README beside this file is the list of attacks: it must name each test, and no other.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

namespace {

namespace fs = std::filesystem;
const fs::path kRoom = DCC_SOURCE_DIR "/tests/attacks";

std::string content_of(const fs::path& file) {
  std::ifstream in(file);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

// "TEST_CASE("Group: name")" and its kin, wherever the line breaks.
std::set<std::string> tests() {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(kRoom)) {
    if (!entry.path().string().ends_with("_test.cpp")) continue;
    const std::string text = content_of(entry.path());
    for (std::size_t at = 0; (at = text.find("\nTEST_CASE", at)) != std::string::npos; ++at) {
      const std::size_t begin = text.find('"', at) + 1;
      names.insert(text.substr(begin, text.find('"', begin) - begin));
    }
  }
  return names;
}

// The first column of each table, with the heading above it: "## Group" and "| name | ...".
std::set<std::string> listed() {
  std::istringstream lines(content_of(kRoom / "README.md"));
  std::set<std::string> names;
  std::string group;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) group = line.substr(3);
    if (group.empty() || !line.starts_with("| ") || line.starts_with("| Attack |")) continue;
    names.insert(group + ": " + line.substr(2, line.find(" |", 2) - 2));
  }
  return names;
}

}  // namespace

TEST_CASE("List: the README names every test of this room") {
  const auto there = tests(), said = listed();
  std::set<std::string> missing, unknown;
  std::set_difference(there.begin(), there.end(), said.begin(), said.end(),
                      std::inserter(missing, missing.end()));
  std::set_difference(said.begin(), said.end(), there.begin(), there.end(),
                      std::inserter(unknown, unknown.end()));
  CHECK(missing == std::set<std::string>{});
  CHECK(unknown == std::set<std::string>{});
  CHECK(there.size() > 250);
}
