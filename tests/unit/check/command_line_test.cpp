// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <sstream>

#include "plugin_check.hpp"

using namespace check_test;

namespace {

const std::string kPlugin = check_fixture("misbehaving");

// The words of a command line without quotes.
std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> all;
  for (std::string word; in >> word;) all.push_back(word);
  return all;
}

void expect_usage(const std::vector<std::string>& arguments, const std::string& says) {
  CAPTURE(arguments);
  const Ended ended = plugin_check(arguments);
  CHECK(ended.code == 2);
  CHECK(ended.out.empty());
  CHECK_THAT(ended.err, Catch::Contains(says));
}

}  // namespace

TEST_CASE("The list names each check of a report once and in its order") {
  const Ended list = plugin_check({"--list"});
  CHECK(list.code == 0);
  std::istringstream lines(list.out);
  std::vector<std::string> listed;
  for (std::string line; std::getline(lines, line);) {
    CHECK(line.size() > line.find(' ') + 10);  // and says what it tests
    listed.push_back(line.substr(0, line.find(' ')));
  }
  const Settings settings("[misbehaving]\nother = on\n");
  std::vector<std::string> reported;
  for (const Line& line :
       report({kPlugin, "--settings", settings.path(), "--requests", "1"}).checks) {
    reported.push_back(line.id);
  }
  CHECK(listed == reported);
  std::sort(listed.begin(), listed.end());
  CHECK(std::adjacent_find(listed.begin(), listed.end()) == listed.end());
}

TEST_CASE("Help and version end with success") {
  const Ended help = plugin_check({"--help"});
  CHECK(help.code == 0);
  CHECK_THAT(help.out, Catch::Contains("--seed") && Catch::Contains("Exit codes") &&
                           !Catch::Contains("--child"));
  const Ended version = plugin_check({"--version"});
  CHECK(version.code == 0);
  CHECK_THAT(version.out, Catch::StartsWith("dcc-plugin-check "));
}

TEST_CASE("Wrong usage is told from a bad plugin") {
  expect_usage({}, "FILE is required");
  expect_usage({"/no/such/plugin.so"}, "/no/such/plugin.so: No such file");
  expect_usage({kPlugin, "--settings", "/no/such.ini"}, "/no/such.ini");
  expect_usage({kPlugin, "--format", "xml"}, "--format");
  expect_usage({kPlugin, "--requests", "0"}, "--requests");
  expect_usage({kPlugin, "--timeout", "0"}, "--timeout");
  expect_usage({kPlugin, "--only", "no-such-check"}, "no-such-check");
  expect_usage({kPlugin, "--only", "handler-pure/x"}, "'x' is no number");
  const Settings no_ini("no ini");
  expect_usage({kPlugin, "--settings", no_ini.path()}, no_ini.path() + ":1");
}

TEST_CASE("What hosts offer beyond the contract is said and wrong words for it are named") {
  const Ended wrong = plugin_check({CH_RETURNS, "--facts", "example.site:region"});
  CHECK(wrong.code == 2);
  CHECK_THAT(wrong.err, Catch::Contains("'region' in 'example.site:region', expected NAME=VALUE"));
  const std::string missing = host_fixture("missing-service");
  const Settings settings("[fixture]\nnote = x\n");
  const auto entry_services = [&](const std::vector<std::string>& offered) {
    std::vector<std::string> arguments = {missing, "--settings", settings.path(), "--requests",
                                          "2"};
    arguments.insert(arguments.end(), offered.begin(), offered.end());
    return report(arguments).check("entry-services").verdict;
  };
  CHECK(entry_services({}) == "fail");
  CHECK(entry_services({"--service", "dcc.teleport/1"}) == "pass");
}

TEST_CASE("Settings beside the plugin are found") {
  support::TempDirectory directory;
  const auto plugin = directory.path() / "any.so";
  fs::copy_file(kPlugin, plugin);
  support::write_file(directory.path() / "any.ini", "[misbehaving]\nhow = activate-crashes\n");
  const Report found = report({plugin, "--only", "lifecycle-activate"});
  CHECK(found.check("lifecycle-activate").verdict == "fail");
}

TEST_CASE("A finding says how to run it again, with that request alone") {
  const Settings settings = misbehaving("divides");
  const Report found =
      report({kPlugin, "--settings", settings.path(), "--seed", "11", "--requests", "100"});
  const Line& line = found.check("requests-numbers");
  CHECK(line.verdict == "fail");
  auto again = words(line.again);
  REQUIRE(again.size() > 2);
  CHECK(again.front() == "dcc-plugin-check");
  CHECK_THAT(again.back(), Catch::StartsWith("requests-numbers/"));
  again.erase(again.begin());
  const Report alone = report(again);
  REQUIRE(alone.checks.size() == 1);
  CHECK(alone.checks.front().got == line.got);
  // Another check of the same plugin finds nothing.
  again.back() = "handler-returns/0";
  CHECK(report(again).code == 0);
}

TEST_CASE("A check that needs one that is not good is skipped and says so") {
  const Settings settings = misbehaving("create-crashes");
  const Report found = report({kPlugin, "--settings", settings.path(), "--requests", "5"});
  CHECK(found.check("lifecycle-activate").verdict == "skipped");
  CHECK(found.check("lifecycle-activate").got == "lifecycle-create is not good");
}
