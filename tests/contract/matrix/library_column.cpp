// SPDX-License-Identifier: Apache-2.0
//
// A column of the matrix: today's dcc-host library. Called and answers as c_host_column.c; the
// swaps are files that change in the plugin directory.
#include <cstdio>
#include <stdexcept>

#include "contract/matrix/questions.h"
#include "unit/host/plugin_host.hpp"

using dcc::host::Decision;
using dcc::host::PluginDirectory;
using dcc::host::PluginReport;

namespace {

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void stage(const char* name) {
  std::puts(name);
  std::fflush(stdout);
}

void check(bool holds, const std::string& what) {
  if (!holds) throw Wrong(what);
}

// Answers what is asked for from the world of one question.
void tell(const question& asked, dcc::host::Facts& facts) {
  for (dcc::host::Fact& fact : facts.all()) {
    if (!asked.readable) {
      fact.is_unavailable("no inventory");
    } else if (fact.kind != dcc::host::kDeviceFact) {
      fact.is_there({{"acts", asked.confirmed != 0 ? "yes" : "no"}}, 1);
    } else if (asked.type == nullptr || fact.key != "00-DB-12-34-56-78-90-A2") {
      fact.is_not_there(1);
    } else {
      fact.is_there({{"type", asked.type}, {"status", asked.status}}, 1);
    }
  }
}

std::string answer(const dcc::host::Handler& handler, const question& asked) {
  const auto str = [](std::string_view text) { return dcc_str{text.data(), text.size()}; };
  const dcc_item items[] = {
      {str("DeviceID"), str(asked.device)},
      {str("CHFFaultReturnType"), str("Fault identified prior to installation")}};
  dcc_request request{};
  request.size = sizeof request;
  request.command_variant = 8;
  request.originator = 7;
  request.counter = 1;
  request.srv = str(handler.info().srv);
  request.service_reference = str("8.14");
  request.user_role = str(asked.role);
  request.body_element = str(handler.info().body_element);
  request.items = items;
  request.item_count = std::size(items);
  request.received_at = 1000;
  request.deadline = 2000;
  dcc::host::Facts facts;
  Decision decision;
  handler.decide(request, facts, decision);
  for (int round = 0; round < dcc::host::kMaxRounds && decision.kind == Decision::Kind::asks;
       ++round) {
    tell(asked, facts);
    handler.decide(request, facts, decision);
  }
  switch (decision.kind) {
    case Decision::Kind::answered:
      return decision.code;
    case Decision::Kind::not_valid:
      return NOT_VALID;
    case Decision::Kind::unavailable:
      return UNAVAILABLE;
    case Decision::Kind::asks:
    case Decision::Kind::no_handler:
    case Decision::Kind::failed:
      break;
  }
  return "500: " + decision.reason;
}

class Column {
 public:
  Column(const char* plugin, const char* successor)
      : plugin_(host_test::contents(plugin)), successor_(host_test::contents(successor)) {
    check(!plugin_.empty() && !successor_.empty(), "a plugin file is missing or empty");
  }

  // Whether the host takes it; it may refuse nothing but a missing service.
  bool load() {
    const bool is_example =
        std::string_view(plugin_).find("CHFInstallSuccess") != std::string::npos;
    rule_ = is_example ? &example_profile : &returns_profile;
    put(plugin_);
    configure(false);
    const PluginReport report = reload();
    if (report.reason.find("requires the service") != std::string::npos) return false;
    check(report.live && !report.refused, "refused: " + report.reason);
    return true;
  }

  void decide() {
    for (const question& asked : questions) {
      expect(asked, rule_->is_example ? asked.example : asked.answer);
    }
  }

  void swap() {
    configure(true);
    expect_live();
    expect(questions[SWAP_QUESTION], rule_->changed_answer);
    configure(false);
    put(successor_);
    expect_live();
    decide();
    put(plugin_);
    expect_live();
    decide();
  }

  void unload() {
    host_test::fs::remove(file());
    plugins_.reload();
    check(host_.registry.current()->handlers().empty(), "handlers are left");
    check(host_.log.count("p: create") == host_.log.count("p: destroy"), "an instance is left");
    check(host_.log.count("p: activate") == host_.log.count("p: deactivate"), "one is active");
  }

 private:
  host_test::fs::path file() const { return host_.paths.directory / "p.so"; }
  void put(const std::string& bytes) { host_test::write_file(file(), bytes); }

  void configure(bool changed) {
    std::string text, section;
    for (std::size_t i = 0; i < rule_->setting_count; ++i) {
      const setting& from = rule_->settings[i];
      if (section != from.section) text += '[' + (section = from.section) + "]\n";
      text += std::string(from.key) + " = " +
              (changed && i == rule_->changed ? rule_->changed_value : from.value) + '\n';
    }
    host_test::write_file(host_.paths.config_directory / "p.ini", text);
  }

  PluginReport reload() {
    const auto reports = plugins_.reload();
    check(reports.size() == 1, "one report expected");
    return reports[0];
  }
  void expect_live() {
    const PluginReport report = reload();
    check(report.live && !report.refused, "refused: " + report.reason);
    check(report.live_hash == report.found_hash, "another file is live");
    check(report.live_settings == report.found_settings, "other settings are live");
  }

  void expect(const question& asked, const std::string& expected) {
    const auto table = host_.registry.current();
    check(table->handlers().size() == rule_->handler_count, "wrong number of handlers");
    for (const auto& [srv, handler] : table->handlers()) {
      const std::string got = answer(*handler, asked);
      check(got == expected,
            srv + ' ' + asked.role + ' ' + (asked.type ? asked.type : "no device") + ' ' +
                (asked.status ? asked.status : "-") + ": " + got + ", expected " + expected);
    }
  }

  const std::string plugin_, successor_;
  const profile* rule_ = nullptr;
  host_test::Host host_;
  PluginDirectory plugins_{host_.paths, host_.services(), host_.registry};
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s PLUGIN.so SUCCESSOR.so\n", argv[0]);
    return 2;
  }
  stage("load");
  Column column(argv[1], argv[2]);
  if (!column.load()) {
    stage("refused");
    return 0;
  }
  stage("decide");
  column.decide();
  stage("swap");
  column.swap();
  stage("unload");
  column.unload();
  stage("ok");
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
