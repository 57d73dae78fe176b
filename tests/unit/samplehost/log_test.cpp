// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <regex>

#include "log.hpp"
#include "support/temp_directory.hpp"

using dcc::duis::Eui64;
using dcc::duis::RequestId;
using support::read_file;
using support::TempDirectory;

namespace {

sample::OutcomeLine accepted() {
  sample::OutcomeLine line;
  line.request_id = *RequestId::parse("90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:17");
  line.srv = "8.14.3";
  line.role = "SNA";
  line.device_id = Eui64::parse("00-DB-12-34-56-78-90-A0");
  line.code = "I99";
  line.reason = "Pending";
  line.took = std::chrono::microseconds(412);
  return line;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

TEST_CASE("an outcome is one line of named values") {
  CHECK(sample::outcome_text(accepted()) ==
        "outcome request_id=90-B3-D5-1F-30-01-00-00:90-B3-D5-1F-30-00-00-02:17 srv=8.14.3 "
        "originator=90-B3-D5-1F-30-01-00-00 role=SNA device=00-DB-12-34-56-78-90-A0 code=I99 "
        "reason=Pending us=412");
}

TEST_CASE("what would be ambiguous in an outcome's line is quoted and escaped") {
  auto line = accepted();
  line.role = "";
  line.device_id = std::nullopt;
  line.reason = "a \"b\" \\ c=d\nforged\x1b[2J\x7f";
  const auto text = sample::outcome_text(line);
  CHECK_THAT(text, Catch::Contains(" role=\"\" device=\"\" code=I99 "));
  CHECK_THAT(text, Catch::Contains(R"( reason="a \"b\" \\ c=d\x0aforged\x1b[2J\x7f" us=412)"));
}

TEST_CASE("the log file gets whole lines, without raw control characters, and is reopened") {
  const TempDirectory dir;
  const auto file = dir.path() / "host.log";
  support::write_file(file, "kept\n");
  sample::start_log("info", file);
  spdlog::debug("not at this level");
  spdlog::info("one\ntwo\x1b");
  const auto text = read_file(file);
  CHECK(first_line(text) == "kept");
  const std::regex expected(
      R"(kept\n\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info  one\\x0atwo\\x1b\n)");
  CHECK(std::regex_match(text, expected));

  std::filesystem::rename(file, dir.path() / "host.log.1");
  spdlog::info("still the old one");
  sample::reopen_log();
  spdlog::warn("the new one");
  CHECK_THAT(read_file(dir.path() / "host.log.1"), Catch::Contains("still the old one"));
  CHECK_THAT(read_file(file), Catch::EndsWith("warning the new one\n"));
  sample::start_log("error", {});
}

TEST_CASE("a log file that cannot be opened is named") {
  CHECK_THROWS_WITH(sample::start_log("info", "/nowhere/host.log"),
                    Catch::Contains("/nowhere/host.log") && Catch::Contains("No such file"));
}

TEST_CASE("whether the log can be opened is found without making it") {
  const TempDirectory dir;
  sample::check_log({});
  sample::check_log(dir.path() / "host.log");
  CHECK_FALSE(std::filesystem::exists(dir.path() / "host.log"));
  support::write_file(dir.path() / "host.log", "kept\n");
  sample::check_log(dir.path() / "host.log");
  CHECK(read_file(dir.path() / "host.log") == "kept\n");
  CHECK_THROWS_WITH(sample::check_log(dir.path() / "no" / "host.log"),
                    Catch::Contains("cannot be opened for the log: No such file"));
  CHECK_THROWS_WITH(sample::check_log(dir.path()), Catch::Contains("Is a directory"));
}
