// SPDX-License-Identifier: Apache-2.0
//
// The command line of the sample host.
#include <unistd.h>

#include <chrono>
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "audit_command.hpp"
#include "check.hpp"
#include "config.hpp"
#include "host/one_line.hpp"
#include "import/import.hpp"
#include "log.hpp"
#include "options.hpp"
#include "outcomes_command.hpp"
#include "serve.hpp"
#include "what_if_command.hpp"

namespace {

enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2 };

const std::map<std::string, sample::Table> kTables{{"users", sample::Table::users},
                                                   {"devices", sample::Table::devices},
                                                   {"orders", sample::Table::orders},
                                                   {"appointments", sample::Table::appointments}};

// Rows done, on standard error: at once on a terminal, else when it takes long.
class Progress {
 public:
  void operator()(sample::ImportStep step, std::size_t done, std::optional<std::size_t> total) {
    const auto now = std::chrono::steady_clock::now();
    const bool last = done == total;
    if (!(terminal_ && last) && now - last_ < (terminal_ ? kPause / 10 : kPause)) return;
    last_ = now;
    const std::string of_all = total ? " of " + std::to_string(*total) : "";
    const char* const what = step == sample::ImportStep::checked    ? "checked"
                             : step == sample::ImportStep::imported ? "imported"
                                                                    : "removed";
    std::fprintf(stderr, "%s%zu%s rows %s%s", terminal_ ? "\r" : "", done, of_all.c_str(), what,
                 terminal_ && !last ? "\x1b[K" : "\n");
  }

 private:
  static constexpr std::chrono::milliseconds kPause{1000};

  const bool terminal_ = isatty(STDERR_FILENO) == 1;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// What a file that replaces a table does not name.
void say_removal(bool dry_run, std::span<const std::string> keys, std::size_t count) {
  std::cout << count << " rows are not in the file and " << (dry_run ? "would be" : "will be")
            << " removed" << (count > 0 ? ":\n" : "\n");
  for (const std::string& key : keys) std::cout << "  " << key << '\n';
  if (count > keys.size()) std::cout << "  and " << count - keys.size() << " more\n";
  std::cout << std::flush;
}

int import(sample::Table table, const std::string& file, sample::ImportOptions options,
           const sample::Config& config) {
  const bool changes_nothing = options.dry_run && !std::filesystem::exists(config.store_file);
  const auto store = changes_nothing ? nullptr : sample::open_configured_store(config);
  const auto staging = store ? store->staging(table) : sample::staging_without_store(table);
  options.removal = [&](std::span<const std::string> keys, std::size_t count) {
    say_removal(options.dry_run, keys, count);
  };
  try {
    const auto counts = sample::import_file(*staging, file, Progress(), options);
    if (options.dry_run) {
      std::cout << "the file is good: " << counts.rows << " rows; nothing was changed\n";
      return kDone;
    }
    std::cout << "imported " << counts.rows << " rows (" << counts.changed << " changed)";
    if (options.replace) std::cout << ", removed " << counts.removed;
    std::cout << '\n';
    return kDone;
  } catch (const sample::ImportError& e) {
    std::cerr << e.what() << '\n';
    return kFailed;
  }
}

// Records read, on standard error, if anybody may be waiting there.
void audit_progress(std::int64_t cursor) {
  if (isatty(STDERR_FILENO) == 1) {
    std::fprintf(stderr, "\r%lld records", static_cast<long long>(cursor));
  }
}

// By default SIGHUP ends a process. One that comes while the host starts is kept until serve() can
// do what it asks for.
void hold_hangup(int how) {
  sigset_t hangup;
  ::sigemptyset(&hangup);
  ::sigaddset(&hangup, SIGHUP);
  ::pthread_sigmask(how, &hangup, nullptr);
}

int run(int argc, char** argv) {
  CLI::App app("A small DCC adaptor that answers Service Requests through plugins.\n",
               "dcc-sample-host");
  app.set_version_flag("--version", "dcc-sample-host " DCC_VERSION " (" DCC_BUILD ")");
  app.require_subcommand(1);
  app.footer(
      "Signals to serve: SIGTERM and SIGINT answer what is in flight and stop; SIGHUP opens the "
      "log file anew and reloads configuration, plugins, credentials, the TLS certificate and the\n"
      "signing key.\n"
      "Exit codes: 0 done; 1 refused or failed, standard error says why; 2 wrong usage.");

  std::string config_file;
  auto* serve = app.add_subcommand("serve", "Run the host until it is told to stop");
  sample::add_config(*serve, config_file);

  auto* check = app.add_subcommand(
      "check", "Check the configuration and every file it names; leave everything as it is");
  sample::add_config(*check, config_file);

  auto* import_command =
      app.add_subcommand("import", "Put the rows of a CSV file into the store; safe while it runs");
  std::string table;
  std::string csv;
  import_command->add_option("TABLE", table, "users, devices, orders or appointments")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember(kTables).description(""));
  import_command->add_option("CSV", csv, "The file; its first line names the columns")
      ->required()
      ->type_name("");
  sample::ImportOptions import_options;
  import_command->add_flag("--replace", import_options.replace,
                           "The file is all of the table: remove rows that it does not name");
  import_command->add_flag("--dry-run", import_options.dry_run,
                           "Check the file, say what --replace would remove, and change nothing");
  sample::add_config(*import_command, config_file);

  auto* audit = app.add_subcommand(
      "audit",
      "Show the head of the audit trail, verify the trail or export it; safe while it runs");
  sample::add_config(*audit, config_file);
  sample::AuditCommand audit_command;
  audit->add_flag("--verify", audit_command.verify,
                  "Read every record: is the trail whole, and is its head signed?");
  audit
      ->add_option("--head", audit_command.known_head,
                   "With --verify: a head noted earlier, which must be part of the trail")
      ->type_name("HASH");
  audit
      ->add_option(
          "--certificate", audit_command.certificate,
          "With --verify: whose signature the head must have, if not [signing] certificate's")
      ->type_name("FILE");
  audit
      ->add_option("--export", audit_command.export_file,
                   "Write every record as a line of JSON to a new file; - is standard output")
      ->type_name("FILE");

  sample::WhatIfCommand what_if_command;
  const CLI::App* const what_if = sample::add_what_if(app, config_file, what_if_command);
  sample::OutcomesCommand outcomes_command;
  const CLI::App* const outcomes = sample::add_outcomes(app, config_file, outcomes_command);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kDone : kUsage;
  }

  if (!serve->parsed()) hold_hangup(SIG_UNBLOCK);
  if (check->parsed()) return sample::check(config_file, std::cout) ? kDone : kFailed;
  if (what_if->parsed()) return sample::what_if(config_file, what_if_command, std::cout);
  const auto config = sample::load_config(config_file);
  if (import_command->parsed()) return import(kTables.at(table), csv, import_options, config);
  if (audit->parsed()) {
    return sample::audit(config, audit_command, std::cout, audit_progress) ? kDone : kFailed;
  }
  if (outcomes->parsed()) {
    sample::outcomes(config, outcomes_command, std::cout);
    return kDone;
  }
  sample::serve(config);
  return kDone;
}

}  // namespace

int main(int argc, char** argv) {
  hold_hangup(SIG_BLOCK);
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << sample::journal_priority(spdlog::level::err)
              << "dcc-sample-host: " << dcc::host::printable(e.what(), std::string::npos) << '\n';
    return kFailed;
  }
}
