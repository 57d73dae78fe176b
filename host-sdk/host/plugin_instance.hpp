// SPDX-License-Identifier: Apache-2.0
//
// One active instance of a plugin: a library and one reading of its settings. Belongs to the
// control thread; its handlers run in any thread and may be released by any.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/plugin_library.hpp"
#include "host/services.hpp"

namespace dcc::host {

class FailureStreak;

class PluginInstance {
 public:
  struct Settings {
    std::vector<Setting> values;
    std::string hash;  // of the file
  };
  using Handlers = std::vector<std::shared_ptr<const Handler>>;
  // Told which function of the plugin is called next: create, activate, deactivate or destroy. Must
  // not throw.
  using OnStep = std::function<void(std::string_view function)>;

  // Creates and activates it. NotAccepted: the plugin or the host refuses, and why; nothing is left
  // behind. `services` must outlive the instance.
  PluginInstance(PluginLibrary library, const std::string& stem, Settings settings,
                 const HostServices& services, const Staging::HolderOf& holder_of,
                 OnStep on_step = {});
  // Waits until all handlers are released, then deactivates and destroys it.
  ~PluginInstance();
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;

  const PluginLibrary& library() const { return library_; }
  const std::string& settings_hash() const { return settings_hash_; }
  // Why its handlers are not called any more (HostServices::give_up_after), one line; empty: they
  // are. Safe from any thread.
  std::string given_up() const;
  // None any more after withdraw().
  const Handlers& handlers() const { return handlers_; }

  // Releases the instance's own hold on its handlers.
  void withdraw() { handlers_.clear(); }
  // After withdraw(): has everybody else released them by `deadline`, so that no call is inside?
  bool left_by(std::chrono::steady_clock::time_point deadline) const;

 private:
  struct Destroy {
    const OnStep* on_step;
    const std::string* name;
    void operator()(dcc_plugin* plugin) const noexcept;
  };

  void create();
  void activate(Staging& staging);
  void deactivate() noexcept;

  PluginLibrary library_;
  std::string settings_hash_;
  HostHandle host_;
  const std::string name_;  // for people: which plugin, which build
  OnStep on_step_;
  std::unique_ptr<dcc_plugin, Destroy> plugin_;
  Handlers handlers_;
  std::shared_ptr<FailureStreak> failures_;
  std::future<void> all_left_;
};

}  // namespace dcc::host
