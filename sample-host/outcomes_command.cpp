// SPDX-License-Identifier: Apache-2.0
#include "outcomes_command.hpp"

#include <iomanip>
#include <stdexcept>

#include "adaptor/outcome_json.hpp"
#include "adaptor/what_if.hpp"
#include "host/one_line.hpp"
#include "json/json_text.hpp"
#include "options.hpp"
#include "serve.hpp"
#include "stores/stores.hpp"

namespace sample {
namespace {

void write_line(const StoredOutcome& stored, std::ostream& out) {
  const Outcome& outcome = stored.outcome;
  out << std::left << dcc::utc_text(outcome.received_at) << "  " << std::setw(6) << outcome.code
      << "  " << std::setw(6) << outcome.srv << "  " << std::setw(4) << role_of(outcome) << "  "
      << outcome.request_id.originator.text() << "  " << std::setw(23)
      << (outcome.device_id ? outcome.device_id->text() : "-") << "  "
      << dcc::host::printable(outcome.reason, std::string::npos)
      << (stored.repeated ? " (returned before)" : "") << '\n';
}

}  // namespace

CLI::App* add_outcomes(CLI::App& app, std::string& config_file, OutcomesCommand& command) {
  auto* outcomes = app.add_subcommand(
      "outcomes", "Show what was answered, and why, newest first; safe while the host runs");
  add_config(*outcomes, config_file);
  add_eui(*outcomes, "--device", "Only about this device", command.search.device);
  add_eui(*outcomes, "--originator", "Only from this User", command.search.originator);
  outcomes->add_option("--code", command.search.code, "Only this response code")->type_name("CODE");
  outcomes->add_option("--srv", command.search.srv, "Only this SRV")->type_name("SRV");
  add_instant(*outcomes, "--since", "Only what was received then or later", command.since);
  add_instant(*outcomes, "--until", "Only what was received before, or on that day", command.until);
  outcomes->add_option("--limit", command.search.limit, "How many at most; 100 if not said")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  outcomes->add_flag("--json", command.as_json, "A line of JSON for each, as GET /outcomes has it");
  return outcomes;
}

void outcomes(const Config& config, OutcomesCommand command, std::ostream& out) {
  require_store(config);
  const auto store = open_store(config.store_url());
  Search& search = command.search;
  if (command.since) search.since = command.since->at;
  if (command.until) search.until = command.until->end();
  for (std::size_t left = search.limit; left > 0;) {
    search.limit = std::min<std::size_t>(left, 1000);
    const Found found = store->search(search);
    for (const StoredOutcome& stored : found.outcomes) {
      if (command.as_json) {
        out << dcc::json_text(dcc::adaptor::outcome_view(stored)) << '\n';
      } else {
        write_line(stored, out);
      }
    }
    left -= found.outcomes.size();
    if (!found.next) break;
    search.before = found.next;
  }
  if (!out.flush()) throw std::runtime_error("standard output cannot be written");
}

}  // namespace sample
