// SPDX-License-Identifier: Apache-2.0
//
// Looks at a running host: how its plugins, certificates, store and log are just now, for the
// health and the metrics. Changes nothing.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "adaptor/adaptor.hpp"
#include "config.hpp"
#include "host/plugin_directory.hpp"
#include "http/tls_context.hpp"
#include "log.hpp"
#include "metrics/host_state.hpp"
#include "metrics/traffic.hpp"

namespace sample {

// Safe from any thread. What it is given must outlive it.
class HostObserver {
 public:
  // Of the configuration it reads only what a reload does not change. `tls`: null: there is none.
  HostObserver(const Config& config, const dcc::adaptor::Adaptor& adaptor,
               std::shared_ptr<const PublishedTls> tls, const metrics::Traffic& traffic,
               const Log& log);

  // What a reload has left: counts the builds and settings that went live.
  void loaded(const std::vector<dcc::host::PluginReport>& plugins);

  // All but the phase, the watch, the handlers, and what the listener counts.
  HostState state() const;

 private:
  // What is or was last live under a file's name.
  struct Lineage {
    std::string build, settings;  // hashes
    bool live = false, refused = false;
    std::uint64_t generation = 0;
  };

  void look_at_store(HostState& state) const;
  void look_at_certificates(HostState& state) const;
  void look_at_plugins(HostState& state) const;

  const dcc::adaptor::Adaptor& adaptor_;
  const std::shared_ptr<const PublishedTls> tls_;
  const metrics::Traffic& traffic_;
  const Log& log_;
  const std::filesystem::path store_file_;
  const std::int64_t started_at_;

  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, Lineage> plugins_;
  std::uint64_t swaps_ = 0;
};

}  // namespace sample
