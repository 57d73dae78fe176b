// SPDX-License-Identifier: Apache-2.0
//
// A directory of plugins behind messages: what dcc/host.h and dcc-decide both stand on. All
// functions are safe from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "foreign/json_tree.hpp"
#include "foreign/log_ring.hpp"
#include "foreign/options.hpp"
#include "host/directory_watch.hpp"
#include "host/plugin_directory.hpp"

namespace dcc::foreign {

// Told of each line of the log, in the thread that writes it; must not throw.
using OnLine =
    std::function<void(host::HostServices::Level, std::string_view source, std::string_view line)>;

class Host {
 public:
  // Loads nothing yet. `on_line` may be empty. host::NotAccepted: a path of the options is not as
  // PluginPaths wants it. std::system_error: it cannot watch.
  explicit Host(Options options, OnLine on_line = {});
  // Withdraws everything. Nobody may be inside another function.
  ~Host() = default;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // One at a time; who comes second waits. With Retry::changed, what the watch has seen to be
  // unfinished is left alone.
  void reload(host::Retry retry);
  // Does not wait for a reload.
  std::string state() const;

  bool watches() const { return watch_ != nullptr; }
  // Have files changed since this was last true? False, too, after the time, and from close() on.
  bool changed(std::chrono::milliseconds wait);
  // Ends what waits in changed(), for good.
  void close();
  bool is_closed();

  std::string take_log(std::size_t at_most) { return log_.take(at_most); }

  // The answer to a message. BadInput: it is none.
  std::string decide(const Json& message) const;

 private:
  host::HostServices services(Options& options, OnLine on_line);
  void watch(const host::PluginPaths& paths);

  LogRing log_;
  std::vector<std::string> fact_kinds_;
  host::LiveHandlers registry_;
  host::Published<std::vector<host::PluginReport>> reports_;
  std::mutex control_;  // held by the reload that runs
  std::optional<host::PluginDirectory> plugins_;

  std::mutex changes_mutex_;  // guards the three below
  std::condition_variable changes_;
  bool changed_ = false;
  bool closed_ = false;
  std::set<std::string> unfinished_;

  std::unique_ptr<host::DirectoryWatch> watch_;  // last: its thread uses the others
};

}  // namespace dcc::foreign
