// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "log.hpp"
#include "support/temp_directory.hpp"

using sample::LogEvent;
using sample::LogFormat;
using support::read_file;
using support::TempDirectory;

namespace {

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

TEST_CASE("an event is one line of named values") {
  const std::chrono::nanoseconds took(412'999);
  LogEvent event("refused");
  event.number("http", 403).text("srv", "8.14.3").text("role", "").time("us", took);
  event.time("commit_us", std::nullopt).text("reason", "not of this User");
  CHECK(event.line() == R"(refused http=403 srv=8.14.3 role="" us=412 reason="not of this User")");

  LogEvent json("refused", LogFormat::json);
  json.number("http", 403).text("srv", "8.14.3").text("role", "").time("us", took);
  json.time("commit_us", std::nullopt).text("reason", "not of this User");
  CHECK(json.line() == R"("event":"refused","http":403,"srv":"8.14.3","role":"","us":412,)"
                       R"("reason":"not of this User")");
}

TEST_CASE("what would be ambiguous in an event is quoted and escaped") {
  const std::string hostile = "a \"b\" \\ c=d\nforged\x1b[2J\x7f";
  LogEvent event("refused");
  event.text("reason", hostile);
  CHECK(event.line() == R"(refused reason="a \"b\" \\ c=d\x0aforged\x1b[2J\x7f")");
  LogEvent json("refused", LogFormat::json);
  json.text("reason", hostile);
  const auto value = boost::json::parse('{' + json.line() + '}');
  CHECK(value.at("reason") == R"(a "b" \ c=d\x0aforged\x1b[2J\x7f)");
}

TEST_CASE("a value from outside is bounded and valid text in a line of the log") {
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    for (const char octet : {'x', '"', '\\', '\n', '\xe9'}) {
      LogEvent event("e", format);
      event.text("a", std::string(1'000'000, octet));
      CHECK(event.line().size() < 1200);
      if (format == LogFormat::json) CHECK_NOTHROW(boost::json::parse('{' + event.line() + '}'));
    }
  }
  LogEvent event("e");
  event.text("a", "caf\xe9").text("b", "x\xc2\xa0y").text("c", "caf\xc3\xa9");
  CHECK(event.line() == R"(e a="caf\xe9" b="x<U+00A0>y" c=)"
                        "caf\xc3\xa9");
  CHECK_THAT(LogEvent("e").text("a", std::string(501, '"')).line(), Catch::EndsWith("...\""));
}

TEST_CASE("a log may be an object of JSON for each line") {
  const TempDirectory dir;
  const auto file = dir.path() / "host.log";
  {
    const sample::Log log("debug", file, LogFormat::json);
    spdlog::debug("one\n\"two\"\x1b\xe9\\");
    spdlog::warn(std::string(100'000, '"'));
    LogEvent("refused").number("http", 403).text("reason", "a \"b\"").log();
  }
  std::istringstream lines(read_file(file));
  std::vector<boost::json::value> objects;
  for (std::string line; std::getline(lines, line);) {
    CHECK(line.size() < 4096);
    objects.push_back(boost::json::parse(line));
    CHECK(std::regex_match(objects.back().at("time").as_string().c_str(),
                           std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)")));
  }
  REQUIRE(objects.size() == 3);
  CHECK(objects[0].at("level") == "debug");
  CHECK(objects[0].at("message") == R"(one\x0a"two"\x1b\xe9\)");
  CHECK(objects[1].at("level") == "warning");
  CHECK(objects[2].at("level") == "info");
  CHECK(objects[2].at("event") == "refused");
  CHECK(objects[2].at("http") == 403);
  CHECK(objects[2].at("reason") == "a \"b\"");
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
