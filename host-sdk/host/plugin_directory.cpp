// SPDX-License-Identifier: Apache-2.0
#include "host/plugin_directory.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "host/ini.hpp"
#include "host/one_line.hpp"
#include "host/plugin_instance.hpp"
#include "host/probe.hpp"

namespace dcc::host {
namespace {

namespace fs = std::filesystem;
using Level = HostServices::Level;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxReason = 1000;

// How long reload() waits for requests in flight, so that a swap is normally complete when it
// returns. What is still in use then is deactivated by a later reload or the destructor.
constexpr auto kDrainTime = std::chrono::milliseconds(500);

std::string short_hash(const std::string& hash) {
  return hash.empty() ? "-" : hash.substr(0, 12);
}

[[noreturn]] void refuse(const FileContent& file, const std::string& why) {
  throw Refused(file.path.string() + ": " + why);
}

// The names of the directory's plugins, sorted. As in a shell, * matches no leading dot.
std::vector<std::string> list_plugins(const fs::path& directory) {
  check_directory(directory);
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.ends_with(".so") && name.front() != '.') names.push_back(name);
  }
  if (error) throw Refused(directory.string() + ": " + error.message());
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> srvs_of(const PluginInstance& instance) {
  std::vector<std::string> srvs;
  for (const auto& handler : instance.handlers()) srvs.push_back(handler->info().srv);
  std::ranges::sort(srvs);
  return srvs;
}

std::string describe(const PluginInstance& instance) {
  const PluginLibrary& library = instance.library();
  std::string text = "plugin " + library.id() + ", version " + library.version() + ", build " +
                     library.build() + ", file " + short_hash(library.hash()) + ", settings " +
                     short_hash(instance.settings_hash()) + ", SRVs";
  for (const std::string& srv : srvs_of(instance)) text += ' ' + srv;
  return text;
}

}  // namespace

class PluginDirectory::Impl {
 public:
  Impl(PluginPaths paths, HostServices services, Registry& registry, HandlerTable::Map built_in)
      : paths_(std::move(paths)),
        services_(std::move(services)),
        registry_(registry),
        built_in_(std::move(built_in)),
        probe_(paths_, services_) {
    publish();
  }

  ~Impl() {
    for (auto& [file, instance] : running_) retire(std::move(instance));
    running_.clear();
    publish();
  }

  std::vector<PluginReport> reload(Retry retry) {
    std::vector<PluginReport> reports;
    const auto names = list(reports);
    if (names) {
      withdraw_all_but(*names);
      for (const std::string& name : *names) reports.push_back(bring_up(name, retry));
    } else {
      for (const auto& [file, instance] : running_) reports.push_back(report_live(file));
    }
    if (!news_.empty()) publish();
    for (const std::string& line : std::exchange(news_, {})) log(Level::info, line);
    drain(Clock::now() + kDrainTime);
    std::ranges::sort(reports, {}, &PluginReport::file);
    return reports;
  }

 private:
  using Running = std::map<std::string, std::unique_ptr<PluginInstance>>;  // by file name

  // A directory that cannot be listed is not taken for an empty one: a mount that is missing for a
  // moment must not withdraw what runs.
  std::optional<std::vector<std::string>> list(std::vector<PluginReport>& reports) {
    const std::string directory = paths_.directory.string();
    try {
      auto names = list_plugins(directory);
      accept(directory);
      return names;
    } catch (const std::exception& error) {
      PluginReport report;
      report.file = directory;
      report.refused = true;
      report.reason = std::string("plugin directory ") + error.what();
      log(Level::warning, report.reason + "; what runs stays");
      refused_.insert(directory);
      reports.push_back(std::move(report));
      return std::nullopt;
    }
  }

  // Says so if it was refused before.
  void accept(const std::string& file) {
    if (refused_.erase(file) > 0) log(Level::info, file + " is no longer refused");
  }

  void withdraw_all_but(const std::vector<std::string>& names) {
    std::erase_if(refused_, [&](const std::string& name) {
      return !std::ranges::binary_search(names, name);
    });
    for (auto it = running_.begin(); it != running_.end();) {
      if (std::ranges::binary_search(names, it->first)) {
        ++it;
        continue;
      }
      news_.push_back(it->first + " withdrawn: " + describe(*it->second));
      retire(std::move(it->second));
      it = running_.erase(it);
    }
  }

  PluginReport bring_up(const std::string& name, Retry retry) {
    PluginReport found;
    found.file = name;
    try {
      take(name, retry, found);
      accept(name);
    } catch (const std::exception& error) {
      found.refused = true;
      found.reason = one_line(error.what(), kMaxReason);
      refused_.insert(name);
      log(Level::warning, name + " refused: " + found.reason + " (file " +
                              short_hash(found.found_hash) + ", settings " +
                              short_hash(found.found_settings) + ')');
    }
    if (!running_.contains(name)) return found;
    PluginReport report = report_live(name);
    report.refused = found.refused;
    report.reason = std::move(found.reason);
    report.found_hash = std::move(found.found_hash);
    report.found_settings = std::move(found.found_settings);
    return report;
  }

  // Makes what lies in the directories run under this name, unless it does. Throws why not.
  void take(const std::string& name, Retry retry, PluginReport& found) {
    const FileContent file = read_file(paths_.directory / name, kMaxPluginSize);
    found.found_hash = file.hash;
    const FileContent ini = read_settings(file.path.stem());
    found.found_settings = ini.hash;

    const auto old = running_.find(name);
    if (old != running_.end() && old->second->library().hash() == file.hash &&
        old->second->settings_hash() == ini.hash) {
      return;
    }
    PluginInstance::Settings settings{parse_ini(ini.bytes, ini.path.string()), ini.hash};
    Probe::Verdict verdict = probe_.examine(file, ini, retry);
    found.id = std::move(verdict.id);
    found.version = std::move(verdict.version);
    found.build = std::move(verdict.build);
    if (!verdict.refusal.empty()) refuse(file, verdict.refusal);
    check_id_is_free(name, found.id);
    auto fresh = start(file, verdict.copy, std::move(settings));
    news_.push_back(name + (old == running_.end() ? " live: " : " replaced, live: ") +
                    describe(*fresh));
    std::swap(running_[name], fresh);
    if (fresh) retire(std::move(fresh));
  }

  FileContent read_settings(const fs::path& stem) const {
    const fs::path path = paths_.config_directory / fs::path(stem).concat(".ini");
    std::error_code ignored;
    if (!fs::exists(path, ignored)) throw Refused("no settings file " + path.string());
    check_directory(paths_.config_directory);
    return read_file(path, kMaxIniSize);
  }

  void check_id_is_free(const std::string& name, const std::string& id) const {
    for (const auto& [file, instance] : running_) {
      if (file != name && instance->library().id() == id) {
        throw Refused("plugin id " + id + " of " + name + " is already live from " + file);
      }
    }
  }

  std::unique_ptr<PluginInstance> start(const FileContent& file, const fs::path& copy,
                                        PluginInstance::Settings settings) const {
    const auto holder_of = [&](std::string_view srv) {
      return holder(srv, file.path.filename().string());
    };
    try {
      return std::make_unique<PluginInstance>(PluginLibrary::load(copy, file.hash, services_),
                                              file.path.stem().string(), std::move(settings),
                                              services_, holder_of);
    } catch (const Refused& error) {
      refuse(file, error.what());
    }
  }

  // Who but the plugin in `name` holds the SRV; empty: nobody.
  std::string holder(std::string_view srv, const std::string& name) const {
    for (const auto& [file, instance] : running_) {
      if (file == name) continue;
      for (const auto& handler : instance->handlers()) {
        const Handler::Info& info = handler->info();
        if (info.srv == srv) return "plugin " + info.owner + " (" + file + ')';
      }
    }
    return {};
  }

  PluginReport report_live(const std::string& name) const {
    const PluginInstance& instance = *running_.at(name);
    PluginReport report;
    report.file = name;
    report.live = true;
    report.id = instance.library().id();
    report.version = instance.library().version();
    report.build = instance.library().build();
    report.live_hash = instance.library().hash();
    report.live_settings = instance.settings_hash();
    report.srvs = srvs_of(instance);
    return report;
  }

  void publish() {
    HandlerTable::Map handlers = built_in_;
    for (const auto& [file, instance] : running_) {
      for (const auto& handler : instance->handlers()) handlers[handler->info().srv] = handler;
    }
    registry_.publish(std::make_shared<const HandlerTable>(std::move(handlers)));
  }

  void retire(std::unique_ptr<PluginInstance> instance) {
    instance->withdraw();
    retired_.push_back(std::move(instance));
  }

  void drain(Clock::time_point deadline) {
    std::erase_if(retired_, [&](const auto& instance) { return instance->left_by(deadline); });
  }

  void log(Level level, const std::string& line) const {
    write_log(services_, level, "plugins", line);
  }

  const PluginPaths paths_;
  const HostServices services_;
  Registry& registry_;
  const HandlerTable::Map built_in_;
  Probe probe_;
  Running running_;
  std::set<std::string> refused_;  // file names, or the directory, as of the last reload
  // No longer published, perhaps still in use; the destructor waits for each.
  std::vector<std::unique_ptr<PluginInstance>> retired_;
  // What the reload under way has changed, to be logged when it is published.
  std::vector<std::string> news_;
};

PluginDirectory::PluginDirectory(PluginPaths paths, HostServices services, Registry& registry,
                                 HandlerTable::Map built_in)
    : impl_(std::make_unique<Impl>(std::move(paths), std::move(services), registry,
                                   std::move(built_in))) {}

PluginDirectory::~PluginDirectory() = default;

std::vector<PluginReport> PluginDirectory::reload(Retry retry) {
  return impl_->reload(retry);
}

}  // namespace dcc::host
