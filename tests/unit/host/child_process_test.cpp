// SPDX-License-Identifier: Apache-2.0
// Children of every fate. /bin/sh is the program: it can do everything that one must not.
#include "host/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <future>

#include "fifo.hpp"
#include "guard/file_descriptor.hpp"
#include "plugin_host.hpp"

using dcc::guard::FileDescriptor;
using dcc::host::ChildLimits;
using dcc::host::ChildResult;
using dcc::host::end_text;
using dcc::host::run_child;
using host_test::Fifo;
using End = dcc::host::ChildResult::End;
using namespace std::chrono_literals;

namespace {

// The program that obeys the limits becomes `words`.
ChildResult obedient(const std::vector<std::string>& words, const ChildLimits& limits = {60s}) {
  return run_child(OBEDIENT, words, limits);
}
ChildResult obedient_sh(const std::string& script, const ChildLimits& limits) {
  return obedient({"/bin/sh", "-c", script}, limits);
}

ChildResult sh(const std::string& script, const ChildLimits& limits = {60s},
               std::string_view input = {}) {
  return run_child("/bin/sh", {"-c", script}, limits, input);
}

}  // namespace

TEST_CASE("a child that exits gives its code and what it wrote") {
  const ChildResult result = sh("echo out; echo err >&2; exit 7");
  CHECK(result.end == End::exited);
  CHECK(result.number == 7);
  CHECK(result.output == "out\n");
  CHECK(result.errors == "err\n");
  CHECK(end_text(result, {}) == "exited with code 7");
}

TEST_CASE("a child that a signal ends gives the signal by name") {
  const ChildResult result = sh("echo before; kill -SEGV $$");
  CHECK(result.end == End::signalled);
  CHECK(result.number == SIGSEGV);
  CHECK(result.output == "before\n");
  CHECK(end_text(result, {}) == "was killed by signal 11 (SIGSEGV)");
}

TEST_CASE("a child that does not end is killed with all that it started") {
  const Fifo fifo;
  ChildLimits limits{300ms};
  ChildResult result;
  // On a busy machine it may be killed before it has come that far.
  while (result.output.empty() && limits.time < 60s) {
    limits.time *= 2;
    result = sh("exec 9>" + fifo.path() + "; sleep 1000 & echo ready; wait", limits);
    CHECK(result.end == End::timed_out);
  }
  CHECK(result.output == "ready\n");
  CHECK(end_text(result, {300ms}) == "did not end within 300 ms");
  CHECK(fifo.abandoned());
}

TEST_CASE("what a child leaves behind when it exits is killed, and not waited for") {
  const Fifo fifo;
  // It keeps the standard descriptors open, too.
  const ChildResult result = sh("exec 9>" + fifo.path() + "; sleep 1000 & exit 3");
  CHECK(result.end == End::exited);
  CHECK(result.number == 3);
  CHECK(fifo.abandoned());
}

TEST_CASE("a program that cannot be started says why") {
  host_test::TemporaryDirectory directory;
  const auto file = directory.path() / "program";
  std::string why = "posix_spawn: No such file or directory";
  SECTION("absent") {}
  SECTION("not executable") {
    host_test::write_file(file, "#!/bin/sh\n");
    why = "posix_spawn: Permission denied";
  }
  SECTION("no program") {
    host_test::write_file(file, "rubbish");
    ::chmod(file.c_str(), S_IRWXU);
    why = "posix_spawn: Exec format error";
  }
  const ChildResult result = run_child(file, {});
  CHECK(result.end == End::failed);
  CHECK(result.why == why);
  CHECK(end_text(result, {}) == "could not be run: " + why);
}

TEST_CASE("a child reads its input and nothing else") {
  CHECK(sh("cat").output.empty());
  const std::string text(300'000, 'x');  // more than a pipe holds
  ChildLimits limits{60s};
  limits.output = 1 << 20;
  CHECK(sh("cat", limits, text).output == text);
  CHECK(sh("exit 0", limits, text).end == End::exited);
}

TEST_CASE("of a flood of output the beginning is kept and the rest dropped") {
  ChildLimits limits{60s};
  limits.output = 100;
  const ChildResult result = sh("head -c 3000000 /dev/zero | tr '\\0' x", limits);
  CHECK(result.end == End::exited);
  CHECK(result.output == std::string(100, 'x'));
}

TEST_CASE("a child has a clean environment") {
  ::setenv("DCC_TEST_SECRET", "secret", 1);
  const std::string variables = obedient({"/usr/bin/env"}).output;
  ::unsetenv("DCC_TEST_SECRET");
  CHECK(variables == "PATH=/usr/bin:/bin\nLC_ALL=C.UTF-8\n");
}

TEST_CASE("a child inherits no descriptor but the standard ones") {
  const FileDescriptor leak(::open("/dev/null", O_RDONLY));  // not closed by exec
  REQUIRE(leak);
  const std::string own = "/proc/self/fd/" + std::to_string(leak.get());
  REQUIRE(::access(own.c_str(), F_OK) == 0);
  // ls itself has the directory open.
  CHECK(run_child("/bin/ls", {"/proc/self/fd"}, {60s}).output == "0\n1\n2\n3\n");
}

TEST_CASE("a child inherits no signal that is blocked or ignored") {
  sigset_t blocked, before;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto handler = ::signal(SIGPIPE, SIG_IGN);
  const std::string status = obedient({"/bin/cat", "/proc/self/status"}).output;
  ::signal(SIGPIPE, handler);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK_THAT(status, Catch::Contains("SigBlk:\t0000000000000000\n"));
  // The C library's own two, between the standard ones and the real-time ones, are its affair.
  const std::string ignored = "SigIgn:\t";
  const auto mask =
      std::stoull(status.substr(status.find(ignored) + ignored.size(), 16), nullptr, 16);
  CHECK((mask & ~(3ULL << 31)) == 0);
  CHECK_THAT(status, Catch::Contains("NoNewPrivs:\t1\n"));
}

TEST_CASE("a child leads a session of its own") {
  const std::string stat = sh("cut -d' ' -f1,5,6 /proc/$$/stat; echo $$").output;
  const std::string pid = stat.substr(0, stat.find(' '));
  CHECK(stat == pid + ' ' + pid + ' ' + pid + '\n' + pid + '\n');
}

TEST_CASE("a program that obeys its limits is limited") {
  ChildLimits limits{2500ms};
  limits.open_files = 17;
  CHECK(obedient_sh("ulimit -n; ulimit -Hn; ulimit -c; ulimit -t", limits).output ==
        "17\n17\n0\n4\n");
  host_test::TemporaryDirectory directory;
  const std::string file = directory.path() / "file";
  limits.time = 60s;
  const ChildResult writes = obedient_sh("exec head -c 1 /dev/zero >" + file, limits);
  CHECK(end_text(writes, limits) ==
        "was killed by signal " + std::to_string(SIGXFSZ) + " (SIGXFSZ)");
  limits.file_size = 1024;
  CHECK(obedient_sh("exec head -c 1 /dev/zero >" + file, limits).number == 0);
}

TEST_CASE("the memory of a program that obeys is limited") {
  ChildLimits limits{60s};
  limits.memory = 256 << 20;
  const std::string expected = dcc::host::kLimitsChildMemory ? "262144\n" : "unlimited\n";
  CHECK(obedient_sh("ulimit -v", limits).output == expected);
}

TEST_CASE("a program whose parent has ended meanwhile does nothing") {
  // The variable names this process, and the program's parent is another.
  const std::string script =
      "export '" + dcc::host::limits_variable({60s}) + "'; " OBEDIENT " /bin/echo alive; echo $?";
  CHECK(sh(script).output == "127\n");
}

TEST_CASE("limits that cannot be read are refused with what was expected") {
  const std::string limits = GENERATE(values<std::string>({"", "x", "1 2 3 4", "1 2 3 4 5 6"}));
  const ChildResult result =
      sh("export DCC_CHILD_LIMITS='" + limits + "'; exec " OBEDIENT " /bin/true");
  CHECK(result.number == 126);
  CHECK_THAT(result.errors, Catch::StartsWith("DCC_CHILD_LIMITS is '" + limits + "', expected "));
}

TEST_CASE("a program that nobody limits is not") {
  CHECK(sh("unset DCC_CHILD_LIMITS; exec " OBEDIENT " /bin/true").number == 0);
}

TEST_CASE("no other child of this process is reaped") {
  const pid_t other = ::fork();
  REQUIRE(other >= 0);
  if (other == 0) ::_exit(3);
  CHECK(sh("exit 0").end == End::exited);
  int status = 0;
  REQUIRE(::waitpid(other, &status, 0) == other);
  CHECK(WEXITSTATUS(status) == 3);
}

TEST_CASE("children run from several threads at once do not disturb each other") {
  std::vector<std::future<bool>> threads;
  for (int t = 0; t < 8; ++t) {
    threads.push_back(std::async(std::launch::async, [t] {
      for (int i = 0; i < 10; ++i) {
        const std::string word = std::to_string(100 * t + i);
        const ChildResult result = sh("cat; exit " + std::to_string(t), {60s}, word);
        if (result.end != End::exited || result.number != t || result.output != word) return false;
      }
      return true;
    }));
  }
  for (auto& thread : threads) CHECK(thread.get());
}
