// SPDX-License-Identifier: Apache-2.0
#include "host/plugin_directory.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "host/contract_limits.hpp"
#include "host/ini.hpp"
#include "host/kept_pair.hpp"
#include "host/one_line.hpp"
#include "host/plugin_instance.hpp"
#include "host/private_copy.hpp"
#include "host/probe.hpp"

namespace dcc::host {
namespace {

namespace fs = std::filesystem;
using Level = HostServices::Level;
using Clock = std::chrono::steady_clock;

// How long reload() waits for requests in flight, so that a swap is normally complete when it
// returns. What is still in use then is deactivated by a later reload or the destructor.
constexpr auto kDrainTime = std::chrono::milliseconds(500);

std::string short_hash(const std::string& hash) {
  return hash.empty() ? "-" : hash.substr(0, 12);
}

[[noreturn]] void throw_refusal(const fs::path& file, const std::string& why) {
  throw NotAccepted(file.string() + ": " + why);
}

// The names of the directory's plugins, sorted. As in a shell, * matches no leading dot.
std::vector<std::string> list_plugins(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.ends_with(".so") && name.front() != '.') names.push_back(name);
  }
  if (error) throw NotAccepted(directory.string() + ": " + error.message());
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
  Impl(PluginPaths paths, HostServices services, LiveHandlers& registry, HandlerTable::Map built_in)
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

  std::vector<PluginReport> reload(Retry retry, const std::set<std::string>& unfinished) {
    Plan plan;
    try {
      const auto names = list();
      accept(paths_.directory.string());
      withdraw_all_but(names);
      note_absence(names);
      plan = make_plan(names, unfinished, retry, Probe::Copy::cached);
    } catch (const std::exception& error) {
      return keep_all(error.what());
    }
    start(plan);
    for (auto& [name, candidate] : plan) take(name, candidate);
    note_failures();
    if (!news_.empty()) {
      publish();
      prune();
    }
    for (const std::string& line : std::exchange(news_, {})) log(Level::info, line);
    drain(Clock::now() + kDrainTime);
    reports_.clear();
    for (auto& [name, candidate] : plan) reports_.emplace(name, report(name, candidate.found));
    return reports();
  }

  std::vector<PluginReport> examine() try {
    Plan plan = make_plan(list(), {}, Retry::all, Probe::Copy::unnamed);
    std::vector<PluginReport> found;
    for (auto& [name, candidate] : plan) found.push_back(std::move(candidate.found));
    return found;
  } catch (const std::exception& error) {
    return {refused_directory(error.what())};
  }

 private:
  using Running = std::map<std::string, std::unique_ptr<PluginInstance>>;  // by file name

  // One file of the directory, as the reload under way sees it.
  struct Candidate {
    PluginReport found;        // what is there, and why it is refused if it is
    bool passed_over = false;  // it is not complete: `found` is what was found last
    bool fresh = false;        // to run in the place of what runs
    bool from_cache = false;   // and that is what ran before, not what was found
    fs::path path = {};
    std::string hash = {};  // of the file that is to run
    FileContent ini = {};
    PluginInstance::Settings settings = {};
    Probe::Verdict verdict = {};
    std::unique_ptr<PluginInstance> instance = {};
  };
  using Plan = std::map<std::string, Candidate>;  // by file name

  // What a file has, or will have, for itself.
  struct Claim {
    std::string id;
    std::vector<std::string> srvs;
  };

  // A directory that cannot be listed is not taken for an empty one, nor is an empty one that has
  // taken its place: a mount that is missing for a moment must not withdraw what runs.
  std::vector<std::string> list() {
    const DirectoryId id = check_directory(paths_.directory);
    auto names = list_plugins(paths_.directory);
    if (names.empty() && !running_.empty() && id != listed_) {
      throw NotAccepted(paths_.directory.string() +
                        ": is another directory than before, and holds no plugin: is a file system "
                        "not mounted?");
    }
    listed_ = id;
    return names;
  }

  PluginReport refused_directory(const std::string& why) const {
    PluginReport report;
    report.file = paths_.directory.string();
    report.refused = true;
    report.reason = "plugin directory " + why;
    return report;
  }

  std::vector<PluginReport> keep_all(const std::string& why) {
    PluginReport directory = refused_directory(why);
    log(Level::warning, directory.reason + "; what runs stays");
    refused_.insert(directory.file);
    reports_.clear();
    for (const auto& [file, instance] : running_) reports_.emplace(file, report(file, {}));
    const std::string name = directory.file;
    reports_.emplace(name, std::move(directory));
    return reports();
  }

  std::vector<PluginReport> reports() const {
    std::vector<PluginReport> list;
    for (const auto& [name, report] : reports_) list.push_back(report);
    return list;
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
      from_cache_.erase(it->first);
      retire(std::move(it->second));
      it = running_.erase(it);
    }
  }

  Plan make_plan(const std::vector<std::string>& names, const std::set<std::string>& unfinished,
                 Retry retry, Probe::Copy copy) {
    Plan plan;
    for (const std::string& name : names) {
      if (unfinished.contains(fs::path(name).stem().string())) {
        const auto last = reports_.find(name);
        if (last != reports_.end()) plan[name] = {.found = last->second, .passed_over = true};
        continue;
      }
      Candidate& candidate = plan[name];
      candidate.found.file = name;
      try {
        examine(name, retry, copy, candidate);
      } catch (const std::exception& error) {
        refuse(candidate, error.what());
        if (copy == Probe::Copy::cached) fall_back(name, candidate);
      }
    }
    settle_conflicts(plan);
    return plan;
  }

  // Is what lies in the directories another than what runs under this name, and may it run? Throws
  // why not.
  void examine(const std::string& name, Retry retry, Probe::Copy copy, Candidate& candidate) {
    const FileContent file = read_file(paths_.directory / name, kMaxPluginSize);
    candidate.path = file.path;
    candidate.found.found_hash = file.hash;
    const FileContent ini = read_settings(file.path.stem());
    candidate.found.found_settings = ini.hash;

    const auto old = running_.find(name);
    if (old != running_.end() && old->second->library().hash() == file.hash &&
        old->second->settings_hash() == ini.hash) {
      return;
    }
    try_out(file, ini, retry, copy, candidate);
  }

  // Throws why it may not run.
  void try_out(const FileContent& file, FileContent ini, Retry retry, Probe::Copy copy,
               Candidate& candidate) {
    candidate.settings = {parse_ini(ini.bytes, ini.path.string()), ini.hash};
    candidate.verdict = probe_.examine(file, ini, retry, copy);
    candidate.found.id = candidate.verdict.id;
    candidate.found.version = candidate.verdict.version;
    candidate.found.build = candidate.verdict.build;
    if (!candidate.verdict.refusal.empty()) throw_refusal(file.path, candidate.verdict.refusal);
    candidate.hash = file.hash;
    candidate.ini = std::move(ini);
    candidate.fresh = true;
  }

  // What was found is refused, and nothing runs: then what ran when the last process ended.
  void fall_back(const std::string& name, Candidate& candidate) {
    if (!paths_.keep_last_good || candidate.from_cache || running_.contains(name)) return;
    candidate.from_cache = true;
    const std::string stem = fs::path(name).stem().string();
    std::string& reason = candidate.found.reason;
    try {
      const auto pair = noted_running(paths_.cache, stem);
      if (!pair) return;
      FileContent file = read_kept(pair->plugin, pair->id.first, kMaxPluginSize);
      file.path = candidate.path = paths_.directory / name;  // as which it is called and copied
      try_out(file, read_kept(pair->settings, pair->id.second, kMaxIniSize), Retry::all,
              Probe::Copy::cached, candidate);
      reason = one_line(reason + "; in its place what ran before runs, from the cache (file " +
                            short_hash(pair->id.first) + ", settings " +
                            short_hash(pair->id.second) + ')',
                        kMaxError);
    } catch (const std::exception& error) {
      candidate.fresh = false;
      reason =
          one_line(reason + "; what ran before cannot run, either: " + error.what(), kMaxError);
    }
  }

  static void refuse(Candidate& candidate, std::string_view why) {
    candidate.fresh = false;
    candidate.instance.reset();
    candidate.found.refused = true;
    candidate.found.reason = one_line(why, kMaxError);
  }

  // Refuses until no two claim the same. Who is refused goes on with what it runs, and that was
  // without conflict: so it ends.
  void settle_conflicts(Plan& plan) {
    for (bool again = true; std::exchange(again, false);) {
      for (auto& [name, candidate] : plan) {
        if (!candidate.fresh) continue;
        const std::string why = conflict(plan, name, candidate);
        if (why.empty()) continue;
        refuse(candidate, why);
        again = true;
      }
    }
  }

  std::string conflict(const Plan& plan, const std::string& name, const Candidate& candidate) {
    for (const auto& [other, unused] : plan) {
      if (other == name) continue;
      const Claim mine = claim(plan, name), theirs = claim(plan, other);
      if (mine.id == theirs.id &&
          !comes_first(plan, name, other, [&](const Claim& old) { return old.id == mine.id; })) {
        return "plugin id " + mine.id + " of " + name + " is already live from " + other;
      }
      for (const std::string& srv : mine.srvs) {
        const auto has = [&](const Claim& who) { return std::ranges::count(who.srvs, srv) > 0; };
        if (!has(theirs) || comes_first(plan, name, other, has)) continue;
        return candidate.path.string() + ": activate: SRV " + srv + " is held by plugin " +
               theirs.id + " (" + other + ')';
      }
    }
    return {};
  }

  // Of two that want the same: `name` before `other`?
  template <typename Has>
  bool comes_first(const Plan& plan, const std::string& name, const std::string& other,
                   Has has) const {
    if (!plan.at(other).fresh) return false;
    const bool mine = has(running_claim(name)), theirs = has(running_claim(other));
    return mine != theirs ? mine : name < other;
  }

  Claim claim(const Plan& plan, const std::string& name) const {
    const Candidate& candidate = plan.at(name);
    if (!candidate.fresh) return running_claim(name);
    return {candidate.verdict.id,
            candidate.instance ? srvs_of(*candidate.instance) : candidate.verdict.srvs};
  }

  Claim running_claim(const std::string& name) const {
    const auto at = running_.find(name);
    if (at == running_.end()) return {};
    return {at->second->library().id(), srvs_of(*at->second)};
  }

  // Makes the instances of what is to run.
  void start(Plan& plan) {
    for (auto& [name, candidate] : plan) {
      while (candidate.fresh && !candidate.instance) {
        try {
          candidate.instance = make_instance(plan, name, candidate);
        } catch (const std::exception& error) {
          refuse(candidate, error.what());
          fall_back(name, candidate);
          settle_conflicts(plan);  // what it runs now stays, and others may have counted on it
        }
      }
    }
  }

  // Puts the instance, if there is one, in the place of what runs.
  void take(const std::string& name, Candidate& candidate) {
    if (candidate.passed_over) return;
    if (candidate.found.refused) {
      refused_.insert(name);
      log(Level::warning, name + " refused: " + candidate.found.reason + " (file " +
                              short_hash(candidate.found.found_hash) + ", settings " +
                              short_hash(candidate.found.found_settings) + ')');
    } else {
      accept(name);
    }
    if (!candidate.fresh) return;
    auto& running = running_[name];
    news_.push_back(name +
                    (running                ? " replaced, live: "
                     : candidate.from_cache ? " live from the cache, as before: "
                                            : " live: ") +
                    describe(*candidate.instance));
    std::swap(running, candidate.instance);
    if (candidate.instance) retire(std::move(candidate.instance));
    if (candidate.from_cache) {
      from_cache_.insert(name);
    } else {
      from_cache_.erase(name);
    }
    in_cache(name, [&](const std::string& stem) {
      keep_pair(paths_.cache, stem, candidate.hash, candidate.ini);
      if (!paths_.keep_last_good) return;
      const PairId id{candidate.hash, candidate.ini.hash};
      note_running(paths_.cache, stem, &id);
    });
  }

  // What the cache does not take is no reason not to run.
  template <class Task>
  void in_cache(const std::string& name, Task task) const {
    try {
      task(fs::path(name).stem().string());
    } catch (const std::exception& error) {
      log(Level::warning, name + ": what runs is not noted: " + error.what());
    }
  }

  // What was taken away is not what a later start falls back to.
  void note_absence(const std::vector<std::string>& names) const {
    if (!paths_.keep_last_good) return;
    for (const std::string& stem : noted_stems(paths_.cache)) {
      const std::string name = stem + ".so";
      if (!std::ranges::binary_search(names, name)) forget(name);
    }
  }

  void forget(const std::string& name) const {
    in_cache(name, [&](const std::string& stem) { note_running(paths_.cache, stem, nullptr); });
  }

  // Nor is what has failed.
  void note_failures() const {
    if (!paths_.keep_last_good) return;
    for (const auto& [name, instance] : running_) {
      if (!instance->given_up().empty()) forget(name);
    }
  }

  FileContent read_settings(const fs::path& stem) const {
    const fs::path path = paths_.config_directory / fs::path(stem).concat(".ini");
    std::error_code ignored;
    if (!fs::exists(path, ignored)) throw NotAccepted("no settings file " + path.string());
    check_directory(paths_.config_directory);
    return read_file(path, kMaxIniSize);
  }

  std::unique_ptr<PluginInstance> make_instance(const Plan& plan, const std::string& name,
                                                Candidate& candidate) const {
    // A plugin may want other SRVs now than when it was probed.
    const auto holder_of = [&](std::string_view srv) {
      for (const auto& [other, unused] : plan) {
        const Claim theirs = other == name ? Claim{} : claim(plan, other);
        if (std::ranges::count(theirs.srvs, srv) == 0) continue;
        return "plugin " + theirs.id + " (" + other + ')';
      }
      return std::string();
    };
    try {
      return std::make_unique<PluginInstance>(
          PluginLibrary::load(candidate.verdict.copy, candidate.hash, services_),
          candidate.path.stem().string(), std::move(candidate.settings), services_, holder_of);
    } catch (const NotAccepted& error) {
      throw_refusal(candidate.path, error.what());
    }
  }

  // What was found, and what runs.
  PluginReport report(const std::string& name, PluginReport report) const {
    report.file = name;
    const auto at = running_.find(name);
    if (at == running_.end()) return report;
    const PluginInstance& instance = *at->second;
    report.live = true;
    report.from_cache = report.refused && from_cache_.contains(name);
    if (const std::string why = instance.given_up(); !why.empty()) {
      report.live = report.from_cache = false;
      report.refused = true;
      report.reason += (report.reason.empty() ? "" : "; what ran is ") + why;
    }
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

  void prune() const {
    std::set<PairId> running;
    for (const auto& [name, instance] : running_)
      running.emplace(instance->library().hash(), instance->settings_hash());
    std::set<std::string> in_use = prune_pairs(paths_.cache, running);
    for (const auto& [file, settings] : running) in_use.insert(file);
    for (const auto& instance : retired_) in_use.insert(instance->library().hash());
    prune_copies(paths_.cache, in_use);
  }

  void log(Level level, const std::string& line) const {
    write_log(services_, level, "plugins", line);
  }

  const PluginPaths paths_;
  const HostServices services_;
  LiveHandlers& registry_;
  const HandlerTable::Map built_in_;
  Probe probe_;
  Running running_;
  std::set<std::string> from_cache_;             // file names of what runs by fall_back()
  DirectoryId listed_;                           // the directory of the last list
  std::map<std::string, PluginReport> reports_;  // of the last reload
  std::set<std::string> refused_;  // file names, or the directory, as of the last reload
  // No longer published, perhaps still in use; the destructor waits for each.
  std::vector<std::unique_ptr<PluginInstance>> retired_;
  // What the reload under way has changed, to be logged when it is published.
  std::vector<std::string> news_;
};

PluginDirectory::PluginDirectory(PluginPaths paths, HostServices services, LiveHandlers& registry,
                                 HandlerTable::Map built_in)
    : impl_(std::make_unique<Impl>(std::move(paths), std::move(services), registry,
                                   std::move(built_in))) {}

PluginDirectory::~PluginDirectory() = default;

std::vector<PluginReport> PluginDirectory::reload(Retry retry,
                                                  const std::set<std::string>& unfinished) {
  return impl_->reload(retry, unfinished);
}

std::vector<PluginReport> PluginDirectory::examine() {
  return impl_->examine();
}

}  // namespace dcc::host
