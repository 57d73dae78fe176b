// SPDX-License-Identifier: Apache-2.0
//
// INI text to all that is made of it: settings, the sample host's configuration, and the rules of
// ch-returns. The input is the file.
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "config.hpp"
#include "dcc/response_codes.hpp"
#include "fuzz/promise.hpp"
#include "host/ini.hpp"
#include "settings.hpp"
#include "support/temp_directory.hpp"

namespace {

using dcc::host::ConfigError;
using dcc::host::Setting;
using fuzz::promise;

bool is_trimmed(const std::string& text) {
  constexpr std::string_view kSpace = " \t\r";
  return text.empty() || (kSpace.find(text.front()) == std::string_view::npos &&
                          kSpace.find(text.back()) == std::string_view::npos);
}

std::string written(const std::vector<Setting>& settings) {
  std::string text, section;
  for (const Setting& setting : settings) {
    if (setting.section != section) text += '[' + setting.section + "]\n";
    section = setting.section;
    text += setting.key + " = " + setting.value + '\n';
  }
  return text;
}

void check(const std::vector<Setting>& settings) {
  promise(!settings.empty(), "what is accepted holds a setting");
  std::set<std::pair<std::string, std::string>> seen;
  for (const Setting& setting : settings) {
    promise(!setting.section.empty() && !setting.key.empty(), "a setting has a section and a key");
    promise(is_trimmed(setting.section) && is_trimmed(setting.key) && is_trimmed(setting.value),
            "names and values are trimmed");
    promise(seen.emplace(setting.section, setting.key).second, "a key is there once");
  }
  promise(dcc::host::parse_ini(written(settings), "again") == settings,
          "written again, the settings are the same");
}

void check_limits(const sample::HttpLimits& limits) {
  promise(limits.max_head >= 1U << 10 && limits.max_head <= 1U << 16, "heads are in bounds");
  promise(limits.max_body >= 1U << 10 && limits.max_body <= limits.body_budget,
          "a request fits into the memory for all");
  promise(limits.max_connections > 0 && limits.max_requests > 0, "a request can be sent");
  for (const auto& wait : {limits.handshake_timeout, limits.idle_timeout, limits.request_timeout,
                           limits.answer_timeout})
    promise(wait.count() > 0, "a wait for a client has an end");
}

void check_listeners(const sample::Config& config) {
  promise(config.http_listen.socket.empty(), "Service Requests come by TCP");
  promise(config.tls || config.allow_plaintext || config.http_listen.is_local(),
          "plain HTTP stays on this machine unless it is allowed");
  promise(config.admin_listen.is_local(), "the admin interface is not for other machines");
  promise(!config.bind_originator || (config.tls && !config.tls->client_ca.empty()),
          "who is bound has a certificate");
}

void check_files(const sample::Config& config) {
  promise(config.credentials.is_absolute() && config.store_file.is_absolute() &&
              config.plugins.directory.is_absolute(),
          "paths are absolute");
  promise(!config.signing ||
              (config.signing->certificate.is_absolute() && config.signing->key.is_absolute()),
          "a signing key comes with its certificate");
  promise(!config.tls || (config.tls->certificate.is_absolute() && config.tls->key.is_absolute()),
          "a TLS key comes with its certificate");
}

void check_configuration(std::string_view text) {
  static const support::TempDirectory directory;
  const auto file = directory.path() / "host.ini";
  support::write_file(file, text);
  try {
    const sample::Config config = sample::load_config(file);
    promise(config.http_workers >= 1 && config.http_workers <= 256, "workers are in bounds");
    check_limits(config.http_limits);
    check_listeners(config);
    check_files(config);
  } catch (const ConfigError& error) {
    promise(std::string_view(error.what()).starts_with(file.string()), "a refusal names the file");
    promise(fuzz::is_one_line(error.what()), "a refusal is one line");
  }
}

void check_rules(const std::vector<Setting>& settings) {
  using ch_returns::Role;
  using ch_returns::Srv;
  std::vector<dcc::Setting> given;
  for (const Setting& setting : settings)
    given.push_back({setting.section, setting.key, setting.value});
  try {
    const ch_returns::Settings rules = ch_returns::read_settings(given);
    for (const Srv srv : {Srv::fault_return, Srv::no_fault_return})
      for (const Role role : {Role::eis, Role::gis})
        promise(rules.allowed(srv, role).statuses.empty(), "Suppliers send for all hubs or none");
    promise(rules.status_code.starts_with('E') && dcc::is_response_code(rules.status_code),
            "a rejection is an error code of the DUIS schema");
    promise(fuzz::is_one_line(describe(rules)), "the rules are described in one line");
  } catch (const dcc::Refused& refused) {
    promise(fuzz::is_one_line(refused.what()), "a refusal is one line");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Setting> settings;
  try {
    settings = dcc::host::parse_ini(text, "input");
  } catch (const ConfigError& error) {
    promise(std::string_view(error.what()).starts_with("input:"), "a refusal names the file");
    promise(fuzz::is_one_line(error.what()), "a refusal is one line");
    return 0;
  }
  check(settings);
  check_configuration(text);
  check_rules(settings);
  return 0;
}
