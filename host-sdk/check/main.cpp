// SPDX-License-Identifier: Apache-2.0
//
// The command line of dcc-plugin-check.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <CLI/CLI.hpp>
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "check/report.hpp"
#include "check/run_checks.hpp"
#include "host/child_limits.hpp"
#include "host/contained.hpp"
#include "host/contract_limits.hpp"
#include "host/file_content.hpp"

namespace {

namespace fs = std::filesystem;
using namespace dcc::check;

enum ExitCode { kGood = 0, kNotGood = 1, kUsage = 2 };

struct Arguments {
  fs::path file;
  fs::path settings;
  std::string format = "text";
  std::uint64_t seed = 1;
  std::uint64_t requests = 200;
  double timeout = 60;  // seconds
  std::string only;     // ID or ID/REQUEST
  std::vector<std::string> services;
  std::vector<std::string> facts;  // KIND[:NAME=VALUE,...]
  fs::path child;                  // of the parent's own making
};

// The settings lie beside the plugin if they are not said to be elsewhere, as for a host that has
// one directory for both.
std::optional<fs::path> settings_file(const Arguments& arguments) {
  if (!arguments.settings.empty()) return arguments.settings;
  const fs::path beside = fs::path(arguments.file).replace_extension(".ini");
  return fs::exists(beside) ? std::optional(beside) : std::nullopt;
}

std::uint64_t request_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::runtime_error("--only: '" + text + "' is no number of a request");
  }
  return number;
}

// The id in `only`; what stands behind it goes to the subject.
std::string read_only(const std::string& only, Subject& subject) {
  const auto slash = only.find('/');
  std::string id = only.substr(0, slash);
  if (slash != only.npos) subject.only_request = request_number(only.substr(slash + 1));
  const auto checks = all_checks();
  if (!id.empty() && std::ranges::find(checks, id, &Check::id) == checks.end()) {
    throw std::runtime_error("--only: there is no check '" + id + "'; see --list");
  }
  return id;
}

// KIND, or KIND:NAME=VALUE,NAME=VALUE; several of one kind are what it may say.
void add_fact(const std::string& text, Offered& offered) {
  const auto colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  auto it = std::ranges::find(offered.facts, kind, &Offered::FactKind::kind);
  if (it == offered.facts.end()) it = offered.facts.insert(it, {kind, {}});
  if (colon == text.npos) return;
  auto& answer = it->answers.emplace_back();
  std::istringstream values(text.substr(colon + 1));
  for (std::string value; std::getline(values, value, ',');) {
    const auto equals = value.find('=');
    if (equals == 0 || equals == value.npos) {
      throw std::runtime_error("--facts: '" + value + "' in '" + text + "', expected NAME=VALUE");
    }
    answer.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  }
}

Subject subject_of(const Arguments& arguments) {
  using dcc::host::Writers;
  Subject subject;
  subject.file = arguments.file;
  subject.bytes =
      dcc::host::read_file(arguments.file, dcc::host::kMaxPluginSize, Writers::anybody).bytes;
  subject.settings_file = settings_file(arguments);
  if (subject.settings_file) subject.settings = dcc::host::read_ini(*subject.settings_file);
  subject.offered.services = arguments.services;
  for (const std::string& id : arguments.services) {
    subject.offered.arguments.push_back("--service=" + id);
  }
  for (const std::string& fact : arguments.facts) {
    add_fact(fact, subject.offered);
    subject.offered.arguments.push_back("--facts=" + fact);
  }
  subject.seed = arguments.seed;
  subject.requests = arguments.requests;
  return subject;
}

int check(const Arguments& arguments) {
  Subject subject = subject_of(arguments);
  const std::string only = read_only(arguments.only, subject);
  if (!arguments.child.empty()) {
    return dcc::host::run_contained([&]() -> int { run_as_child(subject, only, arguments.child); });
  }
  const std::chrono::duration<double> time(arguments.timeout);
  const auto results =
      run_checks(subject, only, std::chrono::ceil<std::chrono::milliseconds>(time));
  (arguments.format == "json" ? write_json : write_text)(std::cout, subject, results);
  return is_good(results) ? kGood : kNotGood;
}

int run(int argc, char** argv) {
  CLI::App app(
      "Is this shared object a good plugin? Checks the file, its entry, the life of its instances\n"
      "and what its handlers do with generated and hostile requests. The plugin's code runs in\n"
      "child processes only; that protects against accidents, not against malice.\n",
      "dcc-plugin-check");
  app.set_version_flag("--version", "dcc-plugin-check " DCC_VERSION " (" DCC_BUILD ")");
  app.footer(
      "Exit codes: 0 good; 1 at least one check failed; 2 wrong usage, or it could not run.");

  Arguments arguments;
  bool list = false;
  app.add_option("FILE", arguments.file, "The plugin")->type_name("");
  app.add_option("--settings", arguments.settings,
                 "Its settings; default: FILE with .ini instead of .so, if that exists, else none")
      ->type_name("FILE");
  app.add_option("--service", arguments.services,
                 "A service that its hosts offer beyond the contract; several times")
      ->type_name("ID");
  app.add_option("--facts", arguments.facts,
                 "A kind of facts that its hosts answer, and what one may say; several times")
      ->type_name("KIND[:NAME=VALUE,...]");
  app.add_option("--format", arguments.format, "text or json")
      ->type_name("")
      ->check(CLI::IsMember({"text", "json"}).description(""))
      ->capture_default_str();
  app.add_option("--seed", arguments.seed, "Of the requests: the same seed, the same requests")
      ->type_name("NUMBER")
      ->capture_default_str();
  app.add_option("--requests", arguments.requests, "How many for each check of handlers")
      ->type_name("NUMBER")
      ->check(CLI::Range(1, 1'000'000).description(""))
      ->capture_default_str();
  app.add_option("--timeout", arguments.timeout, "For each check, in seconds")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 86'400.0).description(""))
      ->capture_default_str();
  app.add_option("--only", arguments.only, "One check alone, and of its requests one alone")
      ->type_name("CHECK[/REQUEST]");
  app.add_flag("--list", list, "List the checks and end");
  app.add_option("--child", arguments.child)->group("");  // not for users

  try {
    app.parse(argc, argv);
    if (!list && arguments.file.empty()) throw CLI::RequiredError("FILE");
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kGood : kUsage;
  }
  if (list) {
    write_list(std::cout);
    return kGood;
  }
  return check(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    dcc::host::obey_limits();
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "dcc-plugin-check: " << e.what() << '\n';
    return kUsage;
  }
}
