// SPDX-License-Identifier: Apache-2.0
//
// dcc-decide: decisions of plugins in a process apart, for adaptors that want no foreign code in
// theirs. What is said over its standard streams and its socket stands at the end of dcc/host.h.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "foreign/bad_input.hpp"
#include "foreign/host.hpp"
#include "foreign/line_channel.hpp"
#include "foreign/line_requests.hpp"
#include "foreign/socket_server.hpp"
#include "foreign/stop_signal.hpp"
#include "host/contract_limits.hpp"
#include "host/crash_note.hpp"
#include "host/file_content.hpp"
#include "host/one_line.hpp"

namespace {

using dcc::foreign::Asker;
using dcc::foreign::Host;
using dcc::foreign::LineChannel;
using dcc::foreign::LineRequests;
using dcc::foreign::StopSignal;
using dcc::guard::FileDescriptor;
using Level = dcc::host::HostServices::Level;

enum ExitCode { kEnded = 0, kFailed = 1, kUsage = 2 };

constexpr std::size_t kMaxOptions = std::size_t{1} << 16;
// Two may be in reloads, and one reads.
constexpr unsigned kFewestThreads = 4;
constexpr unsigned kMostThreads = 8;

// The standard streams, out of the plugins' reach: what one of them prints is no answer of ours.
struct Streams {
  FileDescriptor in{::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)};
  FileDescriptor out{::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)};

  Streams() {
    const FileDescriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!in || !out || !null || ::dup2(null.get(), STDIN_FILENO) < 0 ||
        ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
      throw std::system_error(errno, std::generic_category(), "the standard streams");
    }
  }
  // Nobody will write there, and its end says nothing: a service of systemd has it so.
  bool in_is_null() const {
    struct stat status {};
    return ::fstat(in.get(), &status) == 0 && S_ISCHR(status.st_mode) &&
           status.st_rdev == makedev(1, 3);
  }
};

void log_line(Level level, std::string_view source, std::string_view line) {
  if (level == Level::debug) return;
  const std::string text = std::string(dcc::foreign::name_of(level)) + ' ' +
                           dcc::host::one_line(source, dcc::host::kMaxLogLine) + ": " +
                           dcc::host::one_line(line, dcc::host::kMaxLogLine) + '\n';
  std::fwrite(text.data(), 1, text.size(), stderr);
}

// Reloads whenever files have changed, until it is destroyed.
class Reloading {
 public:
  explicit Reloading(Host& host) : host_(host), thread_([this] { run(); }) {}
  ~Reloading() {
    host_.close();
    thread_.join();
  }
  Reloading(const Reloading&) = delete;
  Reloading& operator=(const Reloading&) = delete;

 private:
  void run() {
    while (!host_.is_closed()) {
      if (!host_.changed(std::chrono::hours(1))) continue;
      try {
        host_.reload(dcc::host::Retry::changed);
      } catch (const std::exception& error) {
        log_line(Level::error, "plugins", error.what());
      }
    }
  }

  Host& host_;
  std::thread thread_;
};

// Each thread reads a line, lets the next thread read on, and answers its own.
void answer_lines(LineChannel& lines, LineRequests& requests) {
  while (const auto line = lines.next()) {
    const std::string answer =
        line->is_too_long ? requests.too_long() : requests.answer(line->text, Asker::parent);
    if (!lines.write(answer)) return;
  }
}

void answer_until_end(const Streams& streams, LineRequests& requests, const StopSignal& stop) {
  LineChannel lines(streams.in.get(), streams.out.get(), dcc::foreign::kMaxLine, stop);
  std::vector<std::jthread> threads;
  const unsigned count =
      std::clamp(std::thread::hardware_concurrency(), kFewestThreads, kMostThreads);
  for (unsigned i = 1; i < count; ++i) {
    threads.emplace_back([&] { answer_lines(lines, requests); });
  }
  answer_lines(lines, requests);
}

ExitCode serve(const std::string& file, const std::string& socket) {
  const Streams streams;
  const StopSignal stop;
  std::signal(SIGPIPE, SIG_IGN);  // who has gone is told by write()
  dcc::host::note_crashes();
  dcc::foreign::Options options =
      dcc::foreign::read_options(dcc::host::read_file(file, kMaxOptions).bytes);
  options.watch = options.watch.value_or(true);
  const bool watches = *options.watch;
  Host host(std::move(options), log_line);
  host.reload(dcc::host::Retry::all);
  std::optional<Reloading> reloading;
  if (watches) reloading.emplace(host);
  LineRequests requests(host);
  std::optional<dcc::foreign::SocketServer> server;
  if (!socket.empty()) server.emplace(socket, requests, stop);
  if (server && streams.in_is_null()) {
    stop.wait();
  } else {
    answer_until_end(streams, requests, stop);
  }
  stop.tell();
  server.reset();
  return kEnded;
}

ExitCode run(int argc, char** argv) {
  CLI::App app(
      "Answers decisions of plugins, a JSON text per line on standard input, and reloads the\n"
      "plugins whenever their files change. For adaptors that want no foreign code in their "
      "process.\n",
      "dcc-decide");
  app.set_version_flag("--version", "dcc-decide " DCC_VERSION " (" DCC_BUILD ")");
  app.footer(
      "OPTIONS is a file of JSON, writable by its owner only:\n"
      "  {\"plugins\": DIRECTORY, \"settings\": DIRECTORY, \"cache\": DIRECTORY, \"probe\": FILE}\n"
      "A line is one of these, and is answered by one with its id, in any order:\n"
      "  {\"id\": 1, \"decide\": {...}}        {\"id\": 2, \"state\": true}\n"
      "  {\"id\": 3, \"reload\": \"changed\"}    {\"id\": 4, \"log\": true}\n"
      "dcc/host.h of the SDK has the whole of it. It ends when standard input ends, or at "
      "SIGTERM;\n"
      "with --socket and standard input from /dev/null at SIGTERM only. A plugin that crashes "
      "ends\n"
      "it by the signal. The log is on standard error, too.\n"
      "Exit codes: 0 it has ended; 1 it cannot run, and says why; 2 wrong usage.");
  std::string options;
  app.add_option("OPTIONS", options, "What to load: a file of JSON")->required()->type_name("");
  std::string socket;
  app.add_option("--socket", socket,
                 "Listen here, too, for this user and root; decide and state only")
      ->type_name("PATH");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kEnded : kUsage;
  }
  try {
    return serve(options, socket);
  } catch (const dcc::foreign::BadInput& error) {
    throw std::runtime_error(options + ": " + error.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dcc-decide: %s\n", error.what());
    return kFailed;
  }
}
