// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <regex>
#include <set>
#include <sstream>

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
  line.peer = "127.0.0.1:4711";
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
        "reason=Pending peer=127.0.0.1:4711 us=412");
}

TEST_CASE("what would be ambiguous in an outcome's line is quoted and escaped") {
  auto line = accepted();
  line.role = "";
  line.device_id = std::nullopt;
  line.reason = "a \"b\" \\ c=d\nforged\x1b[2J\x7f";
  const auto text = sample::outcome_text(line);
  CHECK_THAT(text, Catch::Contains(" role=\"\" device=\"\" code=I99 "));
  CHECK_THAT(text, Catch::Contains(R"( reason="a \"b\" \\ c=d\x0aforged\x1b[2J\x7f" peer=)"));
}

TEST_CASE("a value from outside is bounded and valid text in a line of the log") {
  std::string line;
  sample::append_value("a", std::string(1'000'000, 'x'), line);
  CHECK(line.size() < 2000);
  line.clear();
  sample::append_value("a", std::string(1'000'000, '"'), line);
  CHECK(line.size() < 3000);
  CHECK_THAT(line, Catch::EndsWith("...\""));
  line.clear();
  sample::append_value("a", "caf\xe9", line);
  sample::append_value("b", "x\xc2\xa0y", line);
  sample::append_value("c", "caf\xc3\xa9", line);
  CHECK(line == R"( a="caf\xe9" b="x<U+00A0>y" c=)"
                "caf\xc3\xa9");
}

TEST_CASE("the log file gets whole lines, without raw control characters, and is reopened") {
  const TempDirectory dir;
  const auto file = dir.path() / "host.log";
  support::write_file(file, "kept\n");
  {
    sample::Log log("info", file);
    spdlog::debug("not at this level");
    spdlog::info("one\ntwo\x1b\xe9\xc2\xa0");
    spdlog::info(std::string(100'000, 'x'));
    std::filesystem::rename(file, dir.path() / "host.log.1");
    spdlog::info("still the old one");
    log.reopen();
    spdlog::warn("the new one");
  }
  const auto text = read_file(dir.path() / "host.log.1");
  CHECK(first_line(text) == "kept");
  const std::string time = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info  )";
  const std::regex expected("kept\n" + time + R"(one\\x0atwo\\x1b\\xe9<U\+00A0>\n)" + time +
                            R"(x{3900}\.\.\.\n)" + time + "still the old one\n");
  CHECK(std::regex_match(text, expected));
  CHECK_THAT(read_file(file), Catch::EndsWith("warning the new one\n"));
}

TEST_CASE("nobody who logs waits for whoever reads and what was lost is counted") {
  const TempDirectory dir;
  const auto file = dir.path() / "pipe";
  REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
  const int reader = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  constexpr int kLines = 20'000;  // more than pipe and queue hold
  std::string text;
  {
    sample::Log log("info", file);
    for (int i = 0; i < kLines; ++i) spdlog::info("line {}", i);
    spdlog::info("the last of them");
    char block[65536];
    while (text.find("the last of them") == std::string::npos) {
      pollfd ready{reader, POLLIN, 0};
      REQUIRE(::poll(&ready, 1, 60'000) == 1);
      const auto size = ::read(reader, block, sizeof block);
      if (size > 0) text.append(block, static_cast<std::size_t>(size));
    }
  }
  ::close(reader);
  std::set<int> there;
  int missing = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_search(line, match, std::regex(R"(info  line (\d+)$)"))) {
      there.insert(std::stoi(match[1]));
    } else if (std::regex_search(line, match, std::regex(R"(warning (\d+) lines .* lost$)"))) {
      missing += std::stoi(match[1]);
    }
  }
  CHECK(missing > 0);
  CHECK(static_cast<int>(there.size()) + missing == kLines);
  CHECK(there.contains(kLines - 1));
}

TEST_CASE("a log that nobody reads does not hold up its end") {
  const TempDirectory dir;
  const auto file = dir.path() / "pipe";
  REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
  const int reader = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  {
    const sample::Log log("info", file);
    for (int i = 0; i < 20'000; ++i) spdlog::info("line {}", i);
  }
  ::close(reader);
}

TEST_CASE("a disk that is full loses lines and the log says how many when it is no longer") {
  const TempDirectory dir;
  const auto file = dir.path() / "host.log";
  std::filesystem::create_symlink("/dev/full", file);
  {
    sample::Log log("info", file);
    for (int i = 0; i < 3; ++i) spdlog::info("lost");
    std::filesystem::remove(file);
    log.reopen();
    spdlog::info("after");
  }
  const auto text = read_file(file);
  CHECK_THAT(text, Catch::Contains("warning 3 lines of the log were lost\n"));
  CHECK_THAT(text, Catch::EndsWith("info  after\n") && !Catch::Contains("info  lost"));
}

TEST_CASE("a log file that cannot be opened is named") {
  CHECK_THROWS_WITH(sample::Log("info", "/nowhere/host.log"),
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
