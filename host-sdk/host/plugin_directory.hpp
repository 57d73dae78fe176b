// SPDX-License-Identifier: Apache-2.0
//
// The directory of plugins of a running host: finds *.so files and their settings, loads them,
// publishes their handlers, swaps in what changed and withdraws what went. For host authors: make
// one of these, call reload() at start and whenever something changed.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "host/registry.hpp"

namespace dcc::host {

// What the host lends to all its plugins, beside the lookups of each call.
struct HostServices {
  enum class Level { debug, info, warning, error };

  std::string name = "host";  // of the host software
  std::string version;
  // From any thread. `source` is the plugin's file stem, or "plugins" for the directory's own.
  std::function<void(Level, std::string_view source, std::string_view line)> log;
  std::function<std::int64_t()> now;  // Unix time in milliseconds

  // What this host offers beyond the contract. Tables of services of its own, by id: at most 64
  // functions that take a dcc_host first and return a dcc_status; they outlive the plugins.
  std::map<std::string, const void*, std::less<>> own;
  // The kinds of facts that it answers beside the contract's, such as "com.example.tariff".
  std::vector<std::string> fact_kinds;

  // A plugin whose handlers fail for requests of this many different originators, and for nobody
  // else's did not fail meanwhile, is withdrawn: it is called no more and nothing runs in its
  // place, until another file or other settings are there. 0: never.
  unsigned give_up_after = 0;
  // Told of it, from any thread: the next reload() will report it. Must not throw.
  std::function<void()> gave_up;
};

struct PluginPaths {
  std::filesystem::path directory;         // *.so
  std::filesystem::path config_directory;  // STEM.ini for each STEM.so
  std::filesystem::path cache;             // private copies (0700), made if absent
  // The program dcc-plugin-probe. It must belong to root or this process's user and be writable by
  // its owner only; without it every plugin is refused.
  std::filesystem::path probe;
  std::chrono::milliseconds probe_time{10'000};  // a plugin that takes longer is refused
  // A file that is refused while nothing runs under its name, as at a start, does not leave it so:
  // what ran under it last, when the process ended, runs again from the cache, if there is a file
  // of that name. The cache must not be shared then.
  bool keep_last_good = false;
};

// Whether a plugin that the probe has refused is probed again: only if the file, its settings or
// the probe have changed, or in any case. One that hangs costs PluginPaths::probe_time each time.
enum class Retry { changed, all };

// One *.so of the directory, as the last reload found it.
struct PluginReport {
  std::string file;         // file name
  bool live = false;        // handlers of an instance made from this file name are published
  bool refused = false;     // what lies in the directory is not what runs, and `reason` says why
  std::string reason;       // one line, names the culprit, expected and got
  bool from_cache = false;  // what is live is there by PluginPaths::keep_last_good
  std::string id, version, build;     // of what is live, or else of the candidate if readable
  std::string live_hash, found_hash;  // SHA-256, hex: of the running file; of the one found
  std::string live_settings, found_settings;  // likewise of the settings file
  std::vector<std::string> srvs;              // handlers that are live
};

// Functions are for one thread at a time, except current state through the LiveHandlers, which
// takes tables from one PluginDirectory only. The handlers run in the threads that use these
// tables. An instance is deactivated and destroyed in the thread that calls here, after everybody
// has released the last table with a handler of it: by the reload that replaced it, which waits
// half a second for that, by a later one, or by the destructor, which withdraws everything and
// waits without limit (so its thread must not hold a table).
class PluginDirectory {
 public:
  // `built_in`: the host's own handlers; each yields to a plugin's and returns when that goes.
  PluginDirectory(PluginPaths paths, HostServices services, LiveHandlers& registry,
                  HandlerTable::Map built_in = {});
  ~PluginDirectory();
  PluginDirectory(const PluginDirectory&) = delete;
  PluginDirectory& operator=(const PluginDirectory&) = delete;

  // Brings what runs in line with the directories, in one atomic change of the table, and returns
  // when it is live: an SRV may go from one file to another in it. What is new is probed in a child
  // process before it is loaded into this one. A file that cannot be loaded leaves what runs under
  // its name untouched. So does, for all, a plugin directory that cannot be listed, or that is
  // another directory than before and holds no plugin (a mount that is missing); it is reported by
  // its path instead of a file name. Of two that want one id or SRV, who has it keeps it, else the
  // first by name gets it. Directories and files must belong to root or this process's user and be
  // writable by their owner only. Never throws for what it finds; the reports, sorted by file name,
  // say it. Plugins whose stem is `unfinished` stay as they are.
  std::vector<PluginReport> reload(Retry retry = Retry::all,
                                   const std::set<std::string>& unfinished = {});

  // What reload() would report that is refused, found the same way, but nothing is loaded, written
  // or logged.
  std::vector<PluginReport> examine();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dcc::host
