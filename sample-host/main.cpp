// SPDX-License-Identifier: Apache-2.0
//
// The command line of the sample host.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "archive_command.hpp"
#include "audit_command.hpp"
#include "audit_decisions.hpp"
#include "check.hpp"
#include "config.hpp"
#include "copy_command.hpp"
#include "host/one_line.hpp"
#include "import/import.hpp"
#include "log.hpp"
#include "options.hpp"
#include "outcomes_command.hpp"
#include "progress.hpp"
#include "promote_command.hpp"
#include "serve.hpp"
#include "start_check.hpp"
#include "store_command.hpp"
#include "stores/stores.hpp"
#include "what_if_command.hpp"

namespace {

enum ExitCode { kDone = 0, kFailed = 1, kUsage = 2 };

const std::map<std::string, sample::Table> kTables{{"users", sample::Table::users},
                                                   {"devices", sample::Table::devices},
                                                   {"orders", sample::Table::orders},
                                                   {"appointments", sample::Table::appointments}};

const char* text(sample::ImportStep step) {
  return step == sample::ImportStep::checked    ? "rows checked"
         : step == sample::ImportStep::imported ? "rows imported"
                                                : "rows removed";
}

std::string tables_in_words() {
  std::string all =
      "CSV (RFC 4180) in UTF-8. The first line names the columns, exactly as here; of A|B either "
      "is "
      "taken.\nRows that are not named stay; one with a key that is there takes its place.\n";
  for (const auto& [name, table] : kTables)
    all.append("\n").append(name).append(": ").append(sample::columns_in_words(table));
  return all;
}

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
  const bool changes_nothing = options.dry_run && !sample::may_be_there(config.store_url());
  const auto store = changes_nothing ? nullptr : sample::open_configured_store(config);
  const auto staging = store ? store->staging(table) : sample::staging_without_store(table);
  options.removal = [&](std::span<const std::string> keys, std::size_t count) {
    say_removal(options.dry_run, keys, count);
  };
  try {
    std::optional<sample::Progress> progress(std::in_place);
    const auto report = [&](sample::ImportStep step, std::size_t done,
                            std::optional<std::size_t> total) {
      progress->at(text(step), static_cast<std::int64_t>(done), total);
    };
    // Many rows may come that way: not octet by octet through C's standard input.
    if (file == "-") std::ios::sync_with_stdio(false);
    const auto counts =
        file == "-" ? sample::import_stream(*staging, std::cin, "standard input", report, options)
                    : sample::import_file(*staging, file, report, options);
    progress.reset();
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

  auto* read_store = app.add_subcommand("read-store")->group("");  // for serve: start_check.hpp
  sample::add_config(*read_store, config_file);

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
  import_command->add_option("CSV", csv, "The file, or - for standard input")
      ->required()
      ->type_name("");
  sample::ImportOptions import_options;
  import_command->add_flag("--replace", import_options.replace,
                           "The file is all of the table: remove rows that it does not name");
  import_command->add_flag("--dry-run", import_options.dry_run,
                           "Check the file, say what --replace would remove, and change nothing");
  sample::add_config(*import_command, config_file);
  import_command->footer(tables_in_words());

  auto* upgrade = app.add_subcommand(
      "upgrade",
      "Bring the store to this program's version, as serve would; check says what would be done");
  sample::add_config(*upgrade, config_file);

  auto* init_store = app.add_subcommand(
      "init-store",
      "Make the schema of a PostgreSQL store, as its owner, or the tables for the next months");
  std::string owner_url;
  init_store->add_option("URL", owner_url, "postgresql://OWNER@HOST/DATABASE")
      ->required()
      ->type_name("");

  sample::CopyCommand copy_command;
  const CLI::App* const copy_store = sample::add_copy_store(app, copy_command);

  auto* backup = app.add_subcommand(
      "backup", "Copy the store to a new file, beside a running host, and verify the copy");
  std::string backup_file;
  backup->add_option("TO", backup_file, "The new file")->required()->type_name("");
  sample::add_config(*backup, config_file);

  auto* restore =
      app.add_subcommand("restore", "Put a backup in the store's place, while no host runs on it");
  restore->add_option("FROM", backup_file, "The backup")->required()->type_name("");
  sample::add_config(*restore, config_file);

  auto* archive = app.add_subcommand(
      "archive",
      "Move the outcomes before a month into files that are signed and checkable; safe "
      "while it runs, and repeated when it was killed; on PostgreSQL, with a configuration whose "
      "url is the owner's");
  sample::ArchiveCommand archive_command;
  archive
      ->add_option("--before", archive_command.before,
                   "The first of a month, UTC: what was decided earlier is moved")
      ->required()
      ->type_name("DATE");
  archive
      ->add_option("--to", archive_command.directory,
                   "The archive's directory; made if it is not there")
      ->required()
      ->type_name("DIR");
  archive
      ->add_option("--certificate", archive_command.certificate,
                   "Whose signature the archive has so far, if the signing key was renewed since")
      ->type_name("FILE");
  sample::add_config(*archive, config_file);

  auto* audit = app.add_subcommand(
      "audit",
      "Show the head of the audit trail, verify the trail or export it; safe while it runs");
  audit->add_option("--config", config_file, "The configuration; not needed with --archive")
      ->type_name("FILE");
  sample::AuditCommand audit_command;
  audit->add_flag("--verify", audit_command.verify,
                  "Read every record: is the trail whole, and is its head signed?");
  audit->add_flag("--decisions", audit_command.decisions,
                  "With --verify: decide each outcome again by the build and settings that its "
                  "record names, where they are in the cache of plugins");
  audit->footer(
      "Exit codes: 0 done, and the trail is whole; 1 it is not, or it failed. With --decisions: 0\n"
      "all that could be decided came out the same; 1 some did not, or the trail is not whole; 2 "
      "it\ncould not be found out.");
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
      ->add_option(
          "--archive", audit_command.archive,
          "With --verify: an archive's directory, instead of the store. With --config: does "
          "the store go on from it?")
      ->type_name("DIR");
  audit
      ->add_option("--export", audit_command.export_file,
                   "Write every record as a line of JSON to a new file; - is standard output")
      ->type_name("FILE");

  sample::WhatIfCommand what_if_command;
  const CLI::App* const what_if = sample::add_what_if(app, config_file, what_if_command);
  sample::OutcomesCommand outcomes_command;
  sample::PromoteCommand promote_command;
  const CLI::App* const promote = sample::add_promote(app, config_file, promote_command);
  std::string rollback_name;
  const CLI::App* const rollback = sample::add_rollback(app, config_file, rollback_name);
  const CLI::App* const outcomes = sample::add_outcomes(app, config_file, outcomes_command);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kDone : kUsage;
  }

  if (!serve->parsed()) hold_hangup(SIG_UNBLOCK);
  if (check->parsed()) return sample::check(config_file, std::cout) ? kDone : kFailed;
  if (what_if->parsed()) return sample::what_if(config_file, what_if_command, std::cout);
  if (audit->parsed() && audit_command.decisions)
    return sample::audit_decisions(config_file, audit_command, std::cout);
  if (audit->parsed() && !audit_command.archive.empty()) {
    std::optional<sample::Config> config;
    if (!config_file.empty()) config = sample::load_config(config_file);
    return sample::audit_archive(config, audit_command, std::cout) ? kDone : kFailed;
  }
  if (init_store->parsed()) {
    sample::init_store(owner_url, std::cout);
    return kDone;
  }
  if (copy_store->parsed()) {
    sample::copy_store(copy_command, std::cout);
    return kDone;
  }
  if (config_file.empty()) {
    std::cerr << "--config is required\n";
    return kUsage;
  }
  const auto config = sample::load_config(config_file);
  if (read_store->parsed()) return sample::read_store(config) ? kDone : kFailed;
  if (import_command->parsed()) return import(kTables.at(table), csv, import_options, config);
  if (upgrade->parsed()) {
    sample::upgrade(config, std::cout);
    return kDone;
  }
  if (archive->parsed()) {
    sample::archive(config, archive_command, std::cout);
    return kDone;
  }
  if (backup->parsed()) {
    sample::backup(config, backup_file, std::cout);
    return kDone;
  }
  if (restore->parsed()) {
    sample::restore(config, backup_file, std::cout);
    return kDone;
  }
  if (audit->parsed()) return sample::audit(config, audit_command, std::cout) ? kDone : kFailed;
  if (promote->parsed())
    return sample::promote(config, promote_command, std::cout) ? kDone : kFailed;
  if (rollback->parsed())
    return sample::rollback(config, rollback_name, std::cout) ? kDone : kFailed;
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
