// SPDX-License-Identifier: Apache-2.0
#include "host/crash_note.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <functional>
#include <thread>

#include "plugin_host.hpp"

using Catch::Matchers::Matches;
using dcc::host::InsidePlugin;

namespace {

const std::string kPlugin = "p (test.p 1.0, b1)";

struct Crash {
  int status = 0;
  std::string errors, log;
};

// What a process that notes crashes leaves when it does this.
Crash crash(const std::function<void()>& what, const dcc::host::CrashNoteForm& form = {}) {
  const host_test::TemporaryDirectory directory;
  const auto errors = directory.path() / "errors", log = directory.path() / "log";
  host_test::write_file(log, "before\n");
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(::open(errors.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
    dcc::host::note_crashes(form, log);
    what();
    ::_exit(0);
  }
  Crash crash;
  REQUIRE(::waitpid(child, &crash.status, 0) == child);
  crash.errors = host_test::contents(errors);
  crash.log = host_test::contents(log);
  return crash;
}

}  // namespace

TEST_CASE("a crash names plugin, build and step, and is what it would have been") {
  const int number = GENERATE(SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT);
  const Crash left = crash([number] {
    const InsidePlugin inside(kPlugin, "create");
    ::raise(number);
  });
  CHECK(WIFSIGNALED(left.status));
  CHECK(WTERMSIG(left.status) == number);
  CHECK_THAT(left.errors, Matches(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z critical the process )"
                                  R"(crashes: signal )" +
                                  std::to_string(number) +
                                  R"( \(SIG[A-Z]+\) inside plugin )"
                                  R"(p \(test\.p 1\.0, b1\): create\n)"));
  CHECK(left.log == "before\n" + left.errors);
}

TEST_CASE("a crash in a handler names the request") {
  dcc_request request{};
  request.originator = 0x90B3D51F30010000;
  request.target = 0x00DB1234567800AF;
  request.counter = 18446744073709551615U;
  const Crash left = crash([&] {
    std::thread([&] {
      const InsidePlugin inside(kPlugin, "handler of 8.14.3", &request);
      *static_cast<volatile int*>(nullptr) = 1;
    }).join();
  });
  CHECK(WTERMSIG(left.status) == SIGSEGV);
  CHECK_THAT(left.errors,
             Catch::Matchers::EndsWith(": handler of 8.14.3, request 90-B3-D5-1F-30-01-00-00:00-DB-"
                                       "12-34-56-78-00-AF:18446744073709551615\n"));
}

TEST_CASE("a crash outside of plugins says so") {
  const Crash left = crash([] {
    { const InsidePlugin inside(kPlugin, "create"); }
    std::abort();
  });
  CHECK(WTERMSIG(left.status) == SIGABRT);
  CHECK_THAT(left.errors, Catch::Matchers::EndsWith("(SIGABRT), not inside a plugin\n"));
}

TEST_CASE("a crash with names that are too long is one line all the same") {
  const Crash left = crash([] {
    const std::string plugin(5000, 'x');
    const InsidePlugin inside(plugin, "create");
    std::abort();
  });
  CHECK(left.errors.size() == 1024 - 64 + 1);
  CHECK(left.errors.find('\n') == left.errors.size() - 1);
}

TEST_CASE("a crash is noted in the form that it is asked for") {
  const Crash left = crash(
      [] {
        const InsidePlugin inside(R"(p ("x\y" 1))", "create");
        std::abort();
      },
      {R"(<2>{"time":")", R"(","message":")", R"("})"});
  CHECK_THAT(left.errors,
             Matches(R"(<2>\{"time":"[-0-9T:.]+Z","message":"the process crashes: signal 6 )"
                     R"(\(SIGABRT\) inside plugin p \('x'y' 1\): create"\}\n)"));
}
