// SPDX-License-Identifier: Apache-2.0
//
// dcc-plugin-probe: takes a plugin through its life in a process that has nothing to lose. Started
// by the host before it loads a plugin itself; by hand it is as good for a first look.
#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "host/child_limits.hpp"
#include "host/contained.hpp"
#include "host/contract_limits.hpp"
#include "host/elf.hpp"
#include "host/file_content.hpp"
#include "host/ini.hpp"
#include "host/one_line.hpp"
#include "host/plugin_instance.hpp"
#include "probe/report.hpp"

namespace {

using dcc::host::HostServices;
using dcc::host::NotAccepted;
using dcc::host::PluginInstance;
using dcc::host::PluginLibrary;
using dcc::host::ProbeReport;
using dcc::probe::Report;

enum ExitCode { kPassed = 0, kRefused = 1, kUsage = 2 };

// What a host offers beyond the contract.
struct Offered {
  std::vector<std::string> services;
  std::vector<std::string> fact_kinds;
};

// The plugin's lines go where its other output goes. `offered` is what the host has of its own: a
// service's functions are not here, so they answer DCC_NOT_NOW.
HostServices services(const Offered& offered) {
  HostServices services;
  services.name = "dcc-plugin-probe";
  services.version = DCC_VERSION;
  services.log = [](HostServices::Level level, std::string_view, std::string_view line) {
    if (level >= HostServices::Level::warning) std::cerr << dcc::host::kProbeWarning;
    std::cerr << line << std::endl;  // at once, for it may be the last
  };
  for (const std::string& id : offered.services) {
    services.own[id] = dcc::host::service_without_host();
  }
  services.fact_kinds = offered.fact_kinds;
  return services;
}

PluginLibrary load(const std::filesystem::path& path, const HostServices& host) {
  const auto file =
      dcc::host::read_file(path, dcc::host::kMaxPluginSize, dcc::host::Writers::anybody);
  if (const auto why = dcc::host::why_no_shared_object(file.bytes); !why.empty()) {
    throw NotAccepted(why);
  }
  return PluginLibrary::load(path, file.hash, host);
}

// create, activate, deactivate, destroy. `suffix` tells the rounds apart.
void live_once(const PluginLibrary& library, const std::string& name,
               const std::vector<dcc::host::Setting>& settings, const HostServices& host,
               Report& report, const std::string& suffix) {
  const auto nobody = [](std::string_view) { return std::string(); };
  const auto on_step = [&](std::string_view function) {
    report.write(&ProbeReport::step, std::string(function) + suffix);
  };
  try {
    const PluginInstance instance(library, name, {settings, {}}, host, nobody, on_step);
    std::string srvs;
    for (const auto& handler : instance.handlers()) srvs += handler->info().srv + ' ';
    report.write(&ProbeReport::srvs, srvs);
  } catch (const NotAccepted& error) {
    throw NotAccepted(error.what() + suffix);
  }
}

void live(const std::filesystem::path& path, const std::string& name, const std::string& text,
          const HostServices& host, Report& report) {
  report.write(&ProbeReport::step, "load");
  const auto settings = dcc::host::parse_ini(text, "the settings on standard input");
  const PluginLibrary library = load(path, host);
  report.write(&ProbeReport::id, library.id());
  report.write(&ProbeReport::version, library.version());
  report.write(&ProbeReport::build, library.build());
  live_once(library, name, settings, host, report, "");
  live_once(library, name, settings, host, report, " (second round)");
}

// A sanitizer's run-time has handlers, which turn a signal into an exit code.
void die_of_signals() {
  for (const int number : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV}) {
    std::signal(number, SIG_DFL);
  }
}

ExitCode report_on(const std::string& file, const std::string& name, const std::string& settings,
                   const HostServices& host) {
  Report report;
  try {
    live(std::filesystem::absolute(file), name, settings, host, report);
  } catch (const std::exception& error) {
    report.write(&ProbeReport::refusal, dcc::host::one_line(error.what(), dcc::host::kMaxError));
    return kRefused;
  }
  report.write(&ProbeReport::step, dcc::host::kProbeLastStep);
  return kPassed;
}

int run(int argc, char** argv) {
  CLI::App app(
      "Loads a plugin and takes it twice through create, activate, deactivate and destroy, with\n"
      "the settings on standard input. The host runs it before it loads a plugin itself.\n",
      "dcc-plugin-probe");
  app.set_version_flag("--version", "dcc-plugin-probe " DCC_VERSION " (" DCC_BUILD ")");
  app.footer(
      "Standard output is the report; its last step says where the plugin failed if the probe did\n"
      "not come to its end. What the plugin prints or logs is on standard error.\n"
      "Exit codes: 0 the plugin passed; 1 it is refused, the report says why; 2 wrong usage.");
  std::string file;
  app.add_option("PLUGIN", file, "The plugin, a shared object")->required()->type_name("");
  std::string name = "plugin";
  app.add_option("--name", name, "What the host calls it: the stem of its file")->type_name("NAME");
  Offered offered;
  app.add_option("--service", offered.services, "A service that the host offers of its own")
      ->type_name("ID");
  app.add_option("--facts", offered.fact_kinds, "A kind of facts that the host answers of its own")
      ->type_name("KIND");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kPassed : kUsage;
  }

  const std::string settings(std::istreambuf_iterator<char>(std::cin), {});
  die_of_signals();
  return dcc::host::run_contained(
      [&] { return report_on(file, name, settings, services(offered)); });
}

}  // namespace

int main(int argc, char** argv) {
  try {
    dcc::host::obey_limits();
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "dcc-plugin-probe: " << error.what() << '\n';
    return kUsage;
  }
}
