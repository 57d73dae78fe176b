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

void check_configuration(std::string_view text) {
  static const support::TempDirectory directory;
  const auto file = directory.path() / "host.ini";
  support::write_file(file, text);
  try {
    const sample::Config config = sample::load_config(file);
    promise(config.http_workers >= 1 && config.http_workers <= 256, "workers are in bounds");
    promise(config.max_request_bytes >= 1024 && config.max_request_bytes <= 64U << 20,
            "the size of requests is in bounds");
    promise(config.credentials.is_absolute() && config.store_file.is_absolute() &&
                config.plugins.directory.is_absolute(),
            "paths are absolute");
    promise(!config.signing ||
                (config.signing->certificate.is_absolute() && config.signing->key.is_absolute()),
            "a signing key comes with its certificate");
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
