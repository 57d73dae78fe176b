// SPDX-License-Identifier: Apache-2.0
//
// Load, swap, withdraw and the end of the process, each in a process of its own, with plugins whose
// code is needed to the very end (fixtures/clinging.cpp). A sanitizer build makes each a check of
// that sanitizer: what it reports is an exit status that is not zero.
#include <sys/wait.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

namespace {

// What the scenario printed, in order; its exit status must be zero.
std::vector<std::string> lines_of(const std::string& scenario) {
  FILE* pipe = ::popen(("'" HOST_LIFETIMES "' " + scenario + " 2>&1").c_str(), "r");
  REQUIRE(pipe);
  std::string output;
  std::array<char, 4096> buffer;
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), size);
  }
  const int status = ::pclose(pipe);
  INFO(output);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);
  std::vector<std::string> lines;
  std::istringstream in(output);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Without the thread-local objects of threads of which there may be any number.
std::vector<std::string> without_thread_objects(const std::vector<std::string>& lines) {
  std::vector<std::string> rest;
  for (const std::string& line : lines) {
    if (line.find("thread-local") == line.npos) rest.push_back(line);
  }
  return rest;
}

using Lines = std::vector<std::string>;

// exit() runs what was registered last first.
const Lines kEndOfBothBuilds = {"clinging 2.0: exit handler", "clinging 2.0: static object gone",
                                "clinging 1.0: exit handler", "clinging 1.0: static object gone"};

Lines then(Lines first, const Lines& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

TEST_CASE("two hundred swaps and twenty withdrawals under short-lived threads") {
  const Lines lines = lines_of("swaps");
  CHECK(without_thread_objects(lines) == then({"swaps 200, wrong 0"}, kEndOfBothBuilds));
  for (const char* build : {"1.0", "2.0"}) {
    const std::string gone = "clinging " + std::string(build) + ": thread-local object gone";
    CHECK(std::count(lines.begin(), lines.end(), gone) > 1);
  }
}

TEST_CASE("a thread ends after the plugin that it was in has gone") {
  CHECK(lines_of("late-thread") == Lines{"withdrawn", "clinging 1.0: thread-local object gone",
                                         "end of main", "clinging 1.0: exit handler",
                                         "clinging 1.0: static object gone"});
}

TEST_CASE("main returns while plugins are live and asked") {
  CHECK(without_thread_objects(lines_of("return-from-main")) ==
        then({"end of main"}, kEndOfBothBuilds));
}

TEST_CASE("a thread calls exit while plugins are live and asked") {
  CHECK(without_thread_objects(lines_of("exit-in-a-thread")) ==
        then({"exit in a thread"}, kEndOfBothBuilds));
}

TEST_CASE("a static plugin directory goes after the static objects of its plugins") {
  CHECK(lines_of("static-directory") ==
        Lines{"end of main", "clinging 1.0: thread-local object gone", "clinging 1.0: exit handler",
              "clinging 1.0: static object gone"});
}

// host-lifetimes many-swaps does ten thousand.
TEST_CASE("many swaps leave no mapping, descriptor, thread or memory behind") {
  Lines lines = without_thread_objects(lines_of("many-swaps 200"));
  CHECK_THAT(lines.front(), Catch::StartsWith("after 20 and 200 swaps: "));
  lines.erase(lines.begin());
  CHECK(lines == then({"bounded"}, kEndOfBothBuilds));
}

TEST_CASE("a process takes a thousand builds, and says what to do then") {
  CHECK(lines_of("many-builds") ==
        Lines{"cannot be loaded: this process has loaded 1000 builds since it started, all that "
              "it takes, and keeps each until it ends; restart it"});
}
