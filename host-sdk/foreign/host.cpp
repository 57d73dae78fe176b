// SPDX-License-Identifier: Apache-2.0
#include "foreign/host.hpp"

#include <utility>

#include "foreign/decide.hpp"
#include "foreign/state.hpp"
#include "host/contract_limits.hpp"
#include "host/file_content.hpp"

namespace dcc::foreign {
namespace {

using Level = host::HostServices::Level;

// A path that is misspelt is said now, not by the first plugin that is not loaded.
void check(const host::PluginPaths& paths) {
  host::check_directory(paths.directory);
  host::check_directory(paths.config_directory);
  host::read_file(paths.probe, host::kMaxPluginSize);
}

}  // namespace

Host::Host(Options options, OnLine on_line) : fact_kinds_(options.fact_kinds) {
  check(options.paths);
  plugins_.emplace(options.paths, services(options, std::move(on_line)), registry_);
  if (options.watch.value_or(false)) watch(options.paths);
}

host::HostServices Host::services(Options& options, OnLine on_line) {
  host::HostServices services;
  services.name = std::move(options.name);
  services.version = std::move(options.version);
  services.fact_kinds = std::move(options.fact_kinds);
  services.log = [this, on_line = std::move(on_line)](Level level, std::string_view source,
                                                      std::string_view line) {
    log_.add(level, source, line);
    if (on_line) on_line(level, source, line);
  };
  return services;
}

void Host::watch(const host::PluginPaths& paths) {
  host::DirectoryWatch::Options options;
  options.directories = {paths.directory, paths.config_directory};
  options.changed = [this](const std::set<std::string>& unfinished) {
    const std::lock_guard lock(changes_mutex_);
    unfinished_ = unfinished;
    changed_ = true;
    changes_.notify_one();
  };
  options.problems = [this](const std::vector<std::string>& lines) {
    for (const std::string& line : lines) log_.add(Level::warning, "plugins", line);
  };
  watch_ = std::make_unique<host::DirectoryWatch>(std::move(options));
}

void Host::reload(host::Retry retry) {
  const std::lock_guard one(control_);
  std::set<std::string> unfinished;
  if (retry == host::Retry::changed) {
    const std::lock_guard lock(changes_mutex_);
    unfinished = unfinished_;
  }
  auto reports =
      std::make_shared<const std::vector<host::PluginReport>>(plugins_->reload(retry, unfinished));
  reports_.publish(std::move(reports));
}

std::string Host::state() const {
  return state_text(*reports_.current(), *registry_.current());
}

bool Host::changed(std::chrono::milliseconds wait) {
  std::unique_lock lock(changes_mutex_);
  changes_.wait_for(lock, wait, [this] { return changed_ || closed_; });
  return !closed_ && std::exchange(changed_, false);
}

void Host::close() {
  const std::lock_guard lock(changes_mutex_);
  closed_ = true;
  changes_.notify_all();
}

bool Host::is_closed() {
  const std::lock_guard lock(changes_mutex_);
  return closed_;
}

std::string Host::decide(const Json& message) const {
  const auto table = registry_.current();  // the handler lives as long
  return foreign::decide(*table, message, fact_kinds_);
}

}  // namespace dcc::foreign
