// SPDX-License-Identifier: Apache-2.0
#include "promote_command.hpp"

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "guard/replace_file.hpp"
#include "guard/temporary_directory.hpp"
#include "host/file_content.hpp"
#include "host/one_line.hpp"
#include "host/plugin_library.hpp"
#include "http/admin_client.hpp"
#include "options.hpp"
#include "plugin_services.hpp"
#include "what_if/candidate.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using dcc::host::FileContent;

// A plugin and its settings, as files of one stem.
struct Pair {
  fs::path plugin, settings;
};

Pair pair_in(const fs::path& plugins, const fs::path& settings, const std::string& stem) {
  return {plugins / (stem + ".so"), settings / (stem + ".ini")};
}

Pair live(const Config& config, const std::string& stem) {
  return pair_in(config.plugins.directory, config.plugins.config_directory, stem);
}

// Where promote and rollback put aside what ran.
Pair aside(const Config& config, const std::string& stem) {
  const fs::path directory = config.plugins.cache / "previous";
  return pair_in(directory, directory, stem);
}

FileContent read(const fs::path& file) {
  return dcc::host::read_file(file, dcc::host::kMaxPluginSize);
}

// The settings first: a plugin without them is refused until they are there, and both are seen by
// one reload.
void put(const FileContent& plugin, const FileContent& settings, const Pair& to) {
  dcc::guard::replace_file(to.settings, settings.bytes);
  dcc::guard::replace_file(to.plugin, plugin.bytes);
}

void put_aside(const Config& config, const std::string& stem) {
  const Pair now = live(config, stem);
  if (!fs::exists(now.plugin)) return;
  const Pair to = aside(config, stem);
  fs::create_directories(to.plugin.parent_path());
  fs::permissions(config.plugins.cache, fs::perms::owner_all);
  fs::permissions(to.plugin.parent_path(), fs::perms::owner_all);
  put(read(now.plugin), read(now.settings), to);
}

std::int64_t number(const json::object& object, const char* name) {
  return object.at(name).as_int64();
}

// What speaks against it, a line each.
std::vector<std::string> objections(const json::object& shadow, const std::string& settings_hash) {
  for (const auto& each : shadow.at("candidates").as_array()) {
    const json::object& candidate = each.as_object();
    if (candidate.at("settings").as_string() != settings_hash) continue;
    std::vector<std::string> lines;
    for (const auto& difference : candidate.at("different").as_array()) {
      const json::object& what = difference.as_object();
      lines.push_back(std::to_string(number(what, "count")) + " times " +
                      std::string(what.at("to").as_string()) + " instead of " +
                      std::string(what.at("from").as_string()) + ", such as request " +
                      std::string(what.at("first").at("request_id").as_string()));
    }
    for (const char* counter : {"failed", "asked"}) {
      if (number(candidate, counter) > 0)
        lines.push_back(std::string(counter) + " for " +
                        std::to_string(number(candidate, counter)) + " requests");
    }
    for (const char* counter : {"crashes", "late"}) {
      if (number(shadow, counter) > 0)
        lines.push_back(std::string(counter) + ": " + std::to_string(number(shadow, counter)));
    }
    return lines;
  }
  return {"it has decided no request yet"};
}

bool is_acceptable(const Config& config, const PromoteCommand& command, const FileContent& settings,
                   std::ostream& out) {
  const AdminAnswer answer = AdminClient(config.admin_listen).ask("GET", "/shadow");
  if (answer.status != 200)
    throw std::runtime_error(
        "the running host has no candidates: it was started without [plugins] "
        "shadow_directory");
  const auto lines = objections(answer.body, settings.hash);
  for (const std::string& line : lines)
    out << (command.accept_differences ? "note  " : "FAIL  ") << command.name << ": "
        << dcc::host::printable(line, std::string::npos) << '\n';
  if (lines.empty() || command.accept_differences) return true;
  out << "FAIL  not promoted; --accept-differences if that is what is wanted\n";
  return false;
}

// Has the host bring itself in line, and says what came of it.
bool reload(const Config& config, const std::string& stem, std::ostream& out) {
  const AdminAnswer answer = AdminClient(config.admin_listen).ask("POST", "/reload");
  for (const auto& each : answer.body.at("plugins").as_array()) {
    const json::object& plugin = each.as_object();
    if (plugin.at("file").as_string() != stem + ".so") continue;
    const bool is_live = plugin.at("live").as_bool() && !plugin.at("refused").as_bool();
    out << (is_live ? "ok    " : "FAIL  ") << stem << ".so: ";
    if (is_live) {
      out << "live, build " << std::string_view(plugin.at("build").as_string()) << ", settings "
          << std::string_view(plugin.at("live_settings").as_string()).substr(0, 12) << '\n';
    } else {
      out << std::string_view(plugin.at("reason").as_string()) << "; what ran still runs\n";
    }
    return is_live;
  }
  out << "FAIL  " << stem << ".so: the host does not know it\n";
  return false;
}

}  // namespace

CLI::App* add_promote(CLI::App& app, std::string& config_file, PromoteCommand& command) {
  auto* promote = app.add_subcommand("promote",
                                     "Make a candidate of [plugins] shadow_directory live, in the "
                                     "place of the plugin with its id");
  promote->add_option("NAME", command.name, "The candidate: NAME.so and NAME.ini")
      ->required()
      ->type_name("");
  promote->add_flag("--accept-differences", command.accept_differences,
                    "Although it has answered otherwise than what runs, or not at all");
  add_config(*promote, config_file);
  return promote;
}

CLI::App* add_rollback(CLI::App& app, std::string& config_file, std::string& name) {
  auto* rollback =
      app.add_subcommand("rollback", "Bring back the build and settings that promote has replaced");
  rollback->add_option("NAME", name, "The plugin that is live: NAME.so")->required()->type_name("");
  add_config(*rollback, config_file);
  return rollback;
}

bool promote(const Config& config, const PromoteCommand& command, std::ostream& out) {
  if (config.shadow_directory.empty())
    throw std::runtime_error(config.file.string() + ": [plugins] shadow_directory is not set");
  const Pair candidate =
      pair_in(config.shadow_directory, config.shadow_config_directory, command.name);
  const FileContent plugin = read(candidate.plugin), settings = read(candidate.settings);
  const dcc::guard::TemporaryDirectory directory("dcc");
  const std::string stem = place_of(candidate.plugin, config.plugins.directory,
                                    directory.path() / "cache", plugin_services());
  if (!is_acceptable(config, command, settings, out)) return false;
  put_aside(config, stem);
  put(plugin, settings, live(config, stem));
  fs::remove(candidate.plugin);
  fs::remove(candidate.settings);
  return reload(config, stem, out);
}

bool rollback(const Config& config, const std::string& name, std::ostream& out) {
  const Pair before = aside(config, name);
  if (!fs::exists(before.plugin) || !fs::exists(before.settings))
    throw std::runtime_error(before.plugin.string() + ": nothing was put aside for " + name);
  const FileContent plugin = read(before.plugin), settings = read(before.settings);
  put_aside(config, name);
  put(plugin, settings, live(config, name));
  return reload(config, name, out);
}

}  // namespace sample
