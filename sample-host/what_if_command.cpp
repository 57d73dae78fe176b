// SPDX-License-Identifier: Apache-2.0
#include "what_if_command.hpp"

#include <chrono>
#include <map>
#include <stdexcept>
#include <utility>

#include "adaptor/what_if.hpp"
#include "duis/schema.hpp"
#include "options.hpp"
#include "plugin_services.hpp"
#include "progress.hpp"
#include "serve.hpp"
#include "stores/stores.hpp"
#include "what_if/apart.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;
using dcc::adaptor::StoredOutcome;
using dcc::adaptor::WhatIf;
using Clock = std::chrono::steady_clock;

bool is_wanted(const WhatIfCommand& command, const dcc::adaptor::Outcome& outcome) {
  return (!command.since || outcome.received_at >= command.since->at) &&
         (!command.until || outcome.received_at < command.until->end()) &&
         (command.srv.empty() || outcome.srv == command.srv) &&
         (command.role.empty() || role_of(outcome) == command.role);
}

Again decide_all(const fs::path& config_file, const WhatIfCommand& command, std::ostream& out,
                 const fs::path& directory, std::atomic<std::int64_t>& at_record) {
  const auto begin = Clock::now();
  const Config config = load_config(config_file);
  Agreement agreement = command.expected.empty() ? Agreement() : Agreement(command.expected);
  require_store(config);
  const auto store = open_store(config.store_url());
  const auto schema = configured_schema(config);
  const Candidate candidate(directory, config.plugins, command.change, quiet(plugin_services()),
                            built_in_handlers(config));
  const auto handlers = candidate.handlers();

  WhatIf what_if(*schema);
  Tally tally;
  const auto report = WhatIfReport::make(command.format, command.list, out);
  std::optional<Progress> progress(std::in_place);
  // What is stored from now on was not meant.
  for_each_record_until_now(*store, [&](const StoredOutcome& stored, auto done, auto all) {
    at_record = stored.cursor;
    progress->at("records decided again", done, all);
    if (!is_wanted(command, stored.outcome)) return;
    const WhatIf::Verdict& verdict = what_if.decide(stored, *handlers);
    const Transition transition = transition_of(stored, verdict);
    tally.add(transition, stored, verdict);
    if (transition.is_change()) report->changed(transition, example_of(stored, verdict));
  });
  progress.reset();
  at_record = 0;
  tally.hold_against(std::move(agreement));
  report->finish(candidate.plugins(), tally,
                 std::chrono::duration<double>(Clock::now() - begin).count());
  if (!out.flush()) throw std::runtime_error("the report cannot be written");
  return tally.beyond() == 0 ? Again::same : Again::changed;
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

int what_if(const fs::path& config_file, const WhatIfCommand& command, std::ostream& out) {
  return static_cast<int>(
      decide_apart([&](const fs::path& directory, std::atomic<std::int64_t>& at_record) {
        return decide_all(config_file, command, out, directory, at_record);
      }));
}

}  // namespace sample
