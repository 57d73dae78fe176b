// SPDX-License-Identifier: Apache-2.0
//
// What a plugin leaves behind in its host's process: nothing.
#include <fcntl.h>
#include <fenv.h>
#include <malloc.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "check/check.hpp"
#include "check/instance.hpp"
#include "check/request_generator.hpp"
#include "guard/file_descriptor.hpp"
#include "host/one_line.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DCC_OWN_ALLOCATOR 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DCC_OWN_ALLOCATOR 1
#endif
#endif

namespace dcc::check {
namespace {

namespace fs = std::filesystem;

constexpr int kInstances = 3;

Finding left(std::size_t count, const std::string& what) {
  return fail(std::to_string(count) + ' ' + what + " after " + std::to_string(kInstances) +
                  " instances were destroyed",
              "none");
}

// An instance's whole life, with some work in it.
void live(const Subject& subject) {
  constexpr std::uint64_t kRequests = 40;
  const auto instance = activated(subject);
  for (std::uint64_t number = 0; number < kRequests; ++number) {
    instance->ask(number,
                  generate(Kind::valid, subject.seed, number, instance->handler_at(number).info));
  }
}

std::size_t threads() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/task"), fs::directory_iterator()));
}

// A thread that was joined may be counted for a moment.
Finding leaves_no_thread(const Subject& subject) {
  constexpr std::chrono::seconds kPatience{2};
  const std::size_t before = threads();
  for (int i = 0; i < kInstances; ++i) live(subject);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (threads() > before) {
    if (std::chrono::steady_clock::now() > deadline) return left(threads() - before, "threads");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return pass();
}

std::size_t descriptors() {
  std::vector<int> listed;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    listed.push_back(std::stoi(entry.path().filename().string()));
  }
  // Without the one that the listing itself had.
  return static_cast<std::size_t>(
      std::ranges::count_if(listed, [](int fd) { return ::fcntl(fd, F_GETFD) >= 0; }));
}

Finding leaves_no_descriptor(const Subject& subject) {
  const std::size_t before = descriptors();
  for (int i = 0; i < kInstances; ++i) live(subject);
  const std::size_t now = descriptors();
  return now > before ? left(now - before, "descriptors") : pass();
}

Finding leaves_no_child(const Subject& subject) {
  live(subject);
  if (::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD) return pass();
  return fail("a child process after the instance was destroyed", "none");
}

#ifdef DCC_OWN_ALLOCATOR
Finding leaves_no_memory(const Subject&) {
  return skip("this program is built with a sanitizer, whose allocator keeps no count");
}
#else
std::size_t allocated() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

// The median, because what is made once and what the allocator keeps for later makes single rounds
// grow and shrink.
Finding leaves_no_memory(const Subject& subject) {
  constexpr std::size_t kRounds = 20;
  std::array<std::ptrdiff_t, kRounds> growth{};
  live(subject);
  for (std::ptrdiff_t& grown : growth) {
    const std::size_t before = allocated();
    live(subject);
    grown = static_cast<std::ptrdiff_t>(allocated() - before);
  }
  std::ranges::sort(growth);
  const std::ptrdiff_t median = growth[kRounds / 2];
  const std::string rounds = std::to_string(kRounds) + " rounds";
  if (median <= 0) return pass(rounds);
  return fail(std::to_string(median) + " octets more after each of " + rounds,
              "all that an instance allocates is freed");
}
#endif

// What is written to the two streams while it exists.
class Streams {
 public:
  Streams() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    read_end_ = guard::FileDescriptor(ends[0]);
    const guard::FileDescriptor write_end(ends[1]);
    ::dup2(write_end.get(), STDOUT_FILENO);
    ::dup2(write_end.get(), STDERR_FILENO);
  }

  std::string text() const {
    std::fflush(nullptr);
    std::array<char, 200> block;
    const ssize_t size = ::read(read_end_.get(), block.data(), block.size());
    return size <= 0 ? std::string() : std::string(block.data(), static_cast<std::size_t>(size));
  }

 private:
  guard::FileDescriptor read_end_{-1};
};

Finding prints_nothing(const Subject& subject) {
  const Streams streams;
  live(subject);
  const std::string text = streams.text();
  if (text.empty()) return pass();
  return fail('\'' + host::printable(text, 100) + '\'',
              "nothing on standard output or error: dcc.log/1 is for that");
}

Finding leaves_signals_alone(const Subject& subject) {
  const auto dispositions = [] {
    std::vector<std::pair<void*, int>> all;
    for (int number = 1; number < NSIG; ++number) {
      struct sigaction action {};
      ::sigaction(number, nullptr, &action);
      all.emplace_back(reinterpret_cast<void*>(action.sa_handler), action.sa_flags);
    }
    return all;
  };
  const auto blocked = [] {
    std::vector<int> numbers;
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    for (int number = 1; number < NSIG; ++number) {
      if (sigismember(&mask, number) == 1) numbers.push_back(number);
    }
    return numbers;
  };
  const auto dispositions_before = dispositions();
  const auto blocked_before = blocked();
  live(subject);
  const auto now = dispositions();
  const auto differ = std::ranges::mismatch(now, dispositions_before);
  if (differ.in1 != now.end()) {
    return fail("another handler for signal " + std::to_string(differ.in1 - now.begin() + 1),
                "signals are the host's");
  }
  if (blocked() != blocked_before) return fail("another signal mask", "signals are the host's");
  return pass();
}

Finding leaves_the_environment_alone(const Subject& subject) {
  const auto variables = [] {
    std::vector<std::string> all;
    for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
      all.emplace_back(*variable);
    }
    return all;
  };
  const auto mode_mask = [] {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return mask;
  };
  const auto locale = [] { return std::string(std::setlocale(LC_ALL, nullptr)); };

  const auto variables_before = variables();
  const auto directory_before = fs::current_path();
  const auto mask_before = mode_mask();
  const auto locale_before = locale();
  const int rounding_before = ::fegetround();
  live(subject);
  const auto changed = [](const char* what) {
    return fail(std::string(what) + " changed", "the process is the host's");
  };
  if (variables() != variables_before) return changed("an environment variable");
  if (fs::current_path() != directory_before) return changed("the working directory");
  if (mode_mask() != mask_before) return changed("the umask");
  if (locale() != locale_before) return changed("the locale");
  if (::fegetround() != rounding_before) return changed("the rounding mode");
  return pass();
}

Finding lives(const Subject& subject) {
  live(subject);
  return pass();
}

constexpr std::string_view kReturns = "handler-returns";

constexpr std::array kChecks = {
    Check{"process-threads", "no thread outlives an instance", leaves_no_thread, kReturns},
    Check{"process-descriptors", "no descriptor stays open", leaves_no_descriptor, kReturns},
    Check{"process-children", "no child process", leaves_no_child, kReturns},
    Check{"process-memory", "no memory is lost from round to round", leaves_no_memory, kReturns},
    Check{"process-output", "nothing is printed", prints_nothing, kReturns},
    Check{"process-signals", "signal handlers and mask stay", leaves_signals_alone, kReturns},
    Check{"process-environment", "environment, directory, umask, locale, rounding stay",
          leaves_the_environment_alone, kReturns},
    Check{"process-exit", "the process can end with the plugin in it", lives, kReturns,
          Verdict::fail, Check::Place::child_that_exits},
};

}  // namespace

std::span<const Check> process_checks() {
  return kChecks;
}

}  // namespace dcc::check
