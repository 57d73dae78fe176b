// SPDX-License-Identifier: Apache-2.0
//
// Candidates that decide every answered request once more, after its answer, in a process of their
// own: what would have been answered otherwise is counted, and nothing else comes of it.
#pragma once

#include <semaphore.h>

#include <atomic>
#include <boost/json/object.hpp>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adaptor/outcome.hpp"
#include "duis/schema.hpp"
#include "host/plugin_directory.hpp"

namespace sample {

struct ShadowOptions {
  std::filesystem::path decide;    // the program dcc-decide
  dcc::host::PluginPaths plugins;  // the candidates', and a cache of their own
  std::shared_ptr<const dcc::duis::Schema> schema;
};

// One build of a plugin with its settings.
struct ShadowCandidate {
  struct Difference {
    std::uint64_t count = 0;
    std::string request_id, was, now;  // of the first: the reasons
  };
  std::string id, version, build, settings;
  std::uint64_t decided = 0, same = 0;
  std::uint64_t failed = 0;  // the handler did
  std::uint64_t asked = 0;   // for facts that were not known
  // By the live answer and its own: response codes, or "400", "501", "503".
  std::map<std::pair<std::string, std::string>, Difference> different;
};

struct ShadowReport {
  std::uint64_t offered = 0;                // requests that were answered
  std::uint64_t lost = 0;                   // of these: not decided, for want of time
  std::uint64_t late = 0;                   // not decided within the time that a live handler has
  std::uint64_t crashes = 0;                // of the process
  std::uint64_t unhandled = 0;              // no candidate handles that SRV
  std::vector<ShadowCandidate> candidates;  // the last first
  std::string problem;                      // why nothing is decided now; empty: something is
};

// Functions are safe from any thread.
class Shadow {
 public:
  explicit Shadow(ShadowOptions options);
  ~Shadow();
  Shadow(const Shadow&) = delete;
  Shadow& operator=(const Shadow&) = delete;

  // Takes an answered request, its facts and its answer. Never waits: what is too much is lost, and
  // counted.
  void offer(dcc::adaptor::Outcome outcome) noexcept;

  ShadowReport report() const;

 private:
  class Thread;
  // What is offered, the last first: who offers must never wait for the thread, which has the
  // lowest priority and may hold a mutex for long.
  struct Offered {
    dcc::adaptor::Outcome outcome;
    Offered* before = nullptr;
  };

  void run();
  bool is_stopped() const;
  void take_offered();
  std::optional<dcc::adaptor::Outcome> next();
  // Counts it, if it is a counter's, and waits a while.
  void pause(std::uint64_t ShadowReport::*counter, const std::string& why);
  void count(const dcc::adaptor::Outcome& outcome, const boost::json::object& answer);
  ShadowCandidate& candidate(const boost::json::object& answer);

  const ShadowOptions options_;
  std::atomic<std::uint64_t> offered_ = 0, lost_ = 0;
  std::atomic<std::size_t> waiting_ = 0;  // offered and not taken
  std::atomic<Offered*> last_offered_ = nullptr;
  sem_t there_are_some_;                     // one for each that is offered
  std::deque<dcc::adaptor::Outcome> taken_;  // the thread's
  mutable std::mutex mutex_;                 // guards all that follows but the thread
  std::condition_variable stops_;
  bool stopped_ = false;
  ShadowReport report_;
  std::thread thread_;
};

}  // namespace sample
