// SPDX-License-Identifier: Apache-2.0
#include "what_if_command.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <map>
#include <new>
#include <stdexcept>
#include <system_error>

#include "adaptor/what_if.hpp"
#include "duis/schema.hpp"
#include "host/child_process.hpp"
#include "host/one_line.hpp"
#include "options.hpp"
#include "plugin_services.hpp"
#include "serve.hpp"
#include "store/store.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;
using dcc::adaptor::StoredOutcome;
using dcc::adaptor::WhatIf;
using Clock = std::chrono::steady_clock;

enum ExitCode { kSame = 0, kChanged = 1, kNotRun = 2 };

// Which record the child is at, for the parent to tell when it has crashed.
class Place {
 public:
  Place()
      : memory_(::mmap(nullptr, sizeof(std::atomic<std::int64_t>), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    record_ = new (memory_) std::atomic<std::int64_t>(0);
  }
  ~Place() { ::munmap(memory_, sizeof(std::atomic<std::int64_t>)); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::atomic<std::int64_t>& record() { return *record_; }

 private:
  void* memory_;
  std::atomic<std::int64_t>* record_;
};

// Records read, on standard error: often on a terminal, else when it takes long.
class Progress {
 public:
  explicit Progress(std::int64_t last) : last_(last) {}

  void at(std::int64_t record) {
    if (record % 1000 != 0) return;
    const auto now = Clock::now();
    if (now - said_ < (terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(10)))
      return;
    said_ = now;
    std::fprintf(stderr, "%s%lld of %lld records%s", terminal_ ? "\r" : "",
                 static_cast<long long>(record), static_cast<long long>(last_),
                 terminal_ ? "\x1b[K" : "\n");
  }
  void done() {
    if (terminal_) std::fputs("\r\x1b[K", stderr);
  }

 private:
  const bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  const std::int64_t last_;
  Clock::time_point said_ = Clock::now();
};

bool is_wanted(const WhatIfCommand& command, const dcc::adaptor::Outcome& outcome) {
  return (!command.since || outcome.received_at >= command.since->at) &&
         (!command.until || outcome.received_at < command.until->end()) &&
         (command.srv.empty() || outcome.srv == command.srv) &&
         (command.role.empty() || role_of(outcome) == command.role);
}

void complain(const std::string& why) {
  std::cerr << "dcc-sample-host: " << dcc::host::printable(why, std::string::npos) << std::endl;
}

// What is printed is the report.
dcc::host::HostServices quiet_services() {
  using Level = dcc::host::HostServices::Level;
  auto services = plugin_services();
  services.log = [](Level level, std::string_view source, std::string_view line) {
    // What the directory says of the candidate, its reports say, too.
    if (level >= Level::warning && source != "plugins")
      complain(std::string(source).append(": ").append(line));
  };
  return services;
}

ExitCode decide_all(const fs::path& config_file, const WhatIfCommand& command,
                    const fs::path& directory, std::ostream& out,
                    std::atomic<std::int64_t>& at_record) {
  const auto begin = Clock::now();
  const Config config = load_config(config_file);
  Agreement agreement = command.expected.empty() ? Agreement() : Agreement(command.expected);
  require_store(config);
  const auto store = open_store(config.store_url());
  const auto schema = configured_schema(config);
  const Candidate candidate(directory, config.plugins, command.change, quiet_services(),
                            built_in_handlers(config));
  const auto handlers = candidate.handlers();

  WhatIf what_if(*schema);
  Tally tally;
  const auto report = WhatIfReport::make(command.format, command.list, out);
  // What is stored from now on was not meant.
  const std::int64_t last = store->audit_head().cursor;
  Progress progress(last);
  for_each_record(*store, 0, [&](const StoredOutcome& stored) {
    at_record = stored.cursor;
    progress.at(stored.cursor);
    if (stored.cursor > last || !is_wanted(command, stored.outcome)) return;
    const WhatIf::Verdict& verdict = what_if.decide(stored, *handlers);
    const Transition transition = transition_of(stored, verdict);
    tally.add(transition, stored, verdict);
    if (transition.is_change()) report->changed(transition, example_of(stored, verdict));
  });
  progress.done();
  at_record = 0;
  tally.hold_against(std::move(agreement));
  report->finish(candidate.plugins(), tally,
                 std::chrono::duration<double>(Clock::now() - begin).count());
  if (!out.flush()) throw std::runtime_error("the report cannot be written");
  return tally.beyond() == 0 ? kSame : kChanged;
}

// The child that is waited for; signals that end this process end it first.
std::atomic<pid_t> child = 0;

extern "C" void end_child(int signal) {
  ::kill(child, signal);
}

int wait_for_child() {
  struct sigaction action {};
  action.sa_handler = end_child;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  }
  return status;
}

}  // namespace

CLI::App* add_what_if(CLI::App& app, std::string& config_file, WhatIfCommand& command) {
  auto* what_if = app.add_subcommand(
      "what-if",
      "Decide again what was decided, by another build, by other settings or, without either, by\n"
      "what lies in the directories now; change nothing; safe while the host runs");
  add_config(*what_if, config_file);
  what_if
      ->add_option("--plugin", command.change.plugin,
                   "A build, in the place of the plugin with the same id")
      ->type_name("FILE.so");
  what_if
      ->add_option("--settings", command.change.settings, "Settings, in the place of the plugin's")
      ->type_name("FILE.ini");
  add_instant(*what_if, "--since", "Only what was received then or later", command.since);
  add_instant(*what_if, "--until", "Only what was received before, or on that day", command.until);
  what_if->add_option("--srv", command.srv, "Only this SRV")->type_name("SRV");
  what_if->add_option("--role", command.role, "Only this User Role, as the store has it")
      ->type_name("ROLE");
  static const std::map<std::string, WhatIfReport::Format> formats{
      {"text", WhatIfReport::Format::text},
      {"json", WhatIfReport::Format::json},
      {"csv", WhatIfReport::Format::csv}};
  what_if->add_option("--format", command.format, "text, json or csv")
      ->transform(CLI::CheckedTransformer(formats).description(""))
      ->type_name("");
  what_if->add_flag("--list", command.list, "Name every outcome that changes");
  what_if
      ->add_option(
          "--expect", command.expected,
          "CSV of the changes that were agreed to: srv,role,status,from,to[,count]; * is any")
      ->type_name("FILE");
  what_if->footer(
      "Exit codes: 0 nothing changes, or nothing that was not agreed to; 1 something does; 2 it\n"
      "could not be found out.");
  return what_if;
}

int what_if(const fs::path& config_file, const WhatIfCommand& command, std::ostream& out) try {
  Place place;
  const TemporaryDirectory directory;
  child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Never into the caller's code again, whose objects are the parent's.
    try {
      ::_exit(decide_all(config_file, command, directory.path(), out, place.record()));
    } catch (const std::exception& error) {
      complain(error.what());
    }
    ::_exit(kNotRun);
  }
  const int status = wait_for_child();
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  const std::int64_t record = place.record();
  complain(std::string("the process that decides was killed by signal ") +
           dcc::host::signal_text(WTERMSIG(status)) +
           (record == 0 ? " before the first record or after the last"
                        : " at record " + std::to_string(record) + " of the store"));
  return kNotRun;
} catch (const std::exception& error) {
  complain(error.what());
  return kNotRun;
}

}  // namespace sample
