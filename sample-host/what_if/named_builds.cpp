// SPDX-License-Identifier: Apache-2.0
#include "what_if/named_builds.hpp"

#include <algorithm>

#include "host/file_content.hpp"
#include "host/ini.hpp"
#include "host/plugin_library.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;
using dcc::host::HandlerTable;

bool has(const HandlerTable& table, const std::string& name) {
  return std::ranges::any_of(
      table.handlers(), [&](const auto& entry) { return entry.second->info().name() == name; });
}

}  // namespace

NamedBuilds::NamedBuilds(fs::path directory, dcc::host::PluginPaths installed,
                         dcc::host::HostServices services, HandlerTable::Map built_in)
    : directory_(std::move(directory)),
      none_installed_(std::move(installed)),
      services_(std::move(services)),
      built_in_(std::make_shared<const HandlerTable>(std::move(built_in))) {
  const fs::path& cache = none_installed_.cache;
  if (fs::exists(cache)) dcc::host::check_directory(cache);
  for (auto& pair : dcc::host::kept_pairs(cache)) kept_.push_back({std::move(pair), false, {}});
  const fs::path empty = directory_ / "none";
  fs::create_directory(empty);
  fs::permissions(empty, fs::perms::owner_all);
  none_installed_.directory = none_installed_.config_directory = empty;
  none_installed_.keep_last_good = false;
}

const std::vector<NamedBuilds::Table>& NamedBuilds::find(const std::string& handler,
                                                         const std::string& settings_hash) {
  const auto [at, fresh] = found_.try_emplace({handler, settings_hash});
  if (!fresh) return at->second;
  if (settings_hash.empty() && has(*built_in_, handler)) at->second.push_back(built_in_);
  for (Kept& kept : kept_) {
    if (kept.pair.id.second != settings_hash) continue;
    if (const Table table = load(kept); table && has(*table, handler)) at->second.push_back(table);
  }
  return at->second;
}

NamedBuilds::Table NamedBuilds::for_srv(const std::string& srv) {
  for (Kept& kept : kept_) {
    if (Table table = load(kept); table && table->find(srv) != nullptr) return table;
  }
  return built_in_->find(srv) != nullptr ? built_in_ : nullptr;
}

NamedBuilds::Table NamedBuilds::load(Kept& kept) {
  if (!kept.tried) {
    kept.tried = true;
    const fs::path room = directory_ / std::to_string(&kept - kept_.data());
    fs::create_directory(room);
    try {
      dcc::host::read_kept(kept.pair.plugin, kept.pair.id.first, dcc::host::kMaxPluginSize);
      dcc::host::read_kept(kept.pair.settings, kept.pair.id.second, dcc::host::kMaxIniSize);
      kept.candidate = std::make_unique<Candidate>(
          room, none_installed_, Candidate::Change{kept.pair.plugin, kept.pair.settings}, services_,
          HandlerTable::Map{});
    } catch (const dcc::host::NotAccepted& error) {
      unusable_.emplace_back(error.what());
    }
  }
  return kept.candidate ? kept.candidate->handlers() : nullptr;
}

}  // namespace sample
