// SPDX-License-Identifier: Apache-2.0
#include "plugin_check.hpp"

using namespace check_test;

namespace {

// A sanitizer's run-time is not linked statically, and its allocator keeps no count.
bool may_differ(const Line& line) {
  return SANITIZED && (line.id == "dependencies-libraries" || line.id == "process-memory" ||
                       line.id == "exports-only-entry");
}

void expect_good(const std::string& plugin, const std::string& settings) {
  CAPTURE(plugin);
  const Report found = report({plugin, "--settings", settings});
  for (const Line& line : found.checks) {
    if (may_differ(line)) continue;
    CAPTURE(line.id, line.got, line.expected);
    CHECK(line.verdict == "pass");
  }
  CHECK(found.checks.size() > 50);
  if (!SANITIZED) CHECK(found.code == 0);
}

const std::string kSettings = DCC_SOURCE_DIR "/config/plugins.d/ch-returns.ini";

}  // namespace

TEST_CASE("ch-returns passes every check") {
  expect_good(CH_RETURNS, kSettings);
}

TEST_CASE("The example plugin passes every check") {
  expect_good(EXAMPLE, DCC_SOURCE_DIR "/host-sdk/example/example-plugin.ini");
}

TEST_CASE("The example plugin passes every check in hosts that answer its kind of facts") {
  const std::vector<std::string> arguments = {EXAMPLE,
                                              "--settings",
                                              DCC_SOURCE_DIR "/host-sdk/example/example-plugin.ini",
                                              "--facts=example.site:region=north",
                                              "--facts=example.site:region=south,post=1",
                                              "--facts=example.site:",
                                              "--requests",
                                              "20"};
  const Report found = report(arguments);
  CHECK(found.check("handler-asks").verdict == "pass");
  CHECK(found.first("fail").empty());
}

TEST_CASE("A plugin that could misbehave and does not passes every check") {
  const Settings settings("[misbehaving]\nother = on\n");
  expect_good(check_fixture("misbehaving"), settings.path());
}

TEST_CASE("The text report says what was checked and that it is good") {
  const Ended ended = plugin_check({CH_RETURNS, "--settings", kSettings, "--requests", "10"});
  CHECK_THAT(ended.out, Catch::Contains(CH_RETURNS) && Catch::Contains(kSettings) &&
                            Catch::Contains("pass     entry-id: ch-returns\n") &&
                            Catch::Contains("pass     handler-pure: 10 requests\n"));
  CHECK(ended.err.empty());
  if (!SANITIZED) {
    CHECK(ended.code == 0);
    CHECK_THAT(ended.out, Catch::EndsWith(" 0 failed, 0 skipped\ngood\n"));
  }
}

TEST_CASE("The same seed gives the same report to the octet") {
  const Settings settings = misbehaving("first-item");
  const std::vector<std::string> arguments = {check_fixture("misbehaving"), "--settings",
                                              settings.path(), "--seed", "7"};
  for (const std::string format : {"text", "json"}) {
    auto with_format = arguments;
    with_format.insert(with_format.end(), {"--format", format});
    const Ended first = plugin_check(with_format);
    CHECK(first.code == 1);
    CHECK(plugin_check(with_format).out == first.out);
  }
}
