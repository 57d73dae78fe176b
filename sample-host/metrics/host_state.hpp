// SPDX-License-Identifier: Apache-2.0
//
// How the host is just now, apart from what it counts: for the metrics and for the health. Plain
// values, gathered anew each time that somebody looks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/handler.hpp"

namespace sample {

struct HostState {
  enum class Phase { starting, serving, draining };

  // Of the certificates of one use the one that ends first.
  struct Certificate {
    std::string use;             // "tls", "signing" or "users"
    std::string name;            // a file, or whose it is
    std::int64_t not_after = 0;  // Unix milliseconds
  };
  struct Plugin {
    std::string file;
    bool live = false, refused = false;
    std::uint64_t generation = 0;  // how often another build or other settings went live
  };
  struct Handler {
    std::string srv, owner;
    dcc::host::Handler::Counts counts;
  };

  // What candidates decide beside what runs, since the start.
  struct Shadow {
    struct Candidate {
      std::string plugin, build, settings;  // its id and build; the hash of its settings
      std::uint64_t same = 0, different = 0, failed = 0, asked = 0;
    };
    // Of all of them: requests that were answered; of these lost, late, and without a candidate.
    std::uint64_t offered = 0, lost = 0, late = 0, unhandled = 0;
    std::uint64_t crashes = 0;
    std::vector<Candidate> candidates;
  };

  Phase phase = Phase::serving;
  std::string version;
  std::int64_t now = 0;         // Unix milliseconds
  std::int64_t started_at = 0;  // likewise

  bool store_usable = true;
  std::string store_file;        // empty: the store is a server's
  std::int64_t last_commit = 0;  // Unix milliseconds; 0: none since the start
  bool last_commit_failed = false;
  std::uint64_t store_bytes = 0, log_bytes = 0, log_pages = 0;
  std::optional<std::uint64_t> disk_free, disk_size;  // where the store is; octets

  std::vector<Certificate> certificates;
  std::vector<Plugin> plugins;
  std::uint64_t swaps = 0;  // tables of handlers that went live with another build or settings
  std::vector<Handler> handlers;
  std::optional<Shadow> shadow;  // absent: no candidates are wanted
  bool watch_wanted = true, watched = true;

  std::uint64_t log_lines_lost = 0;
  std::uint64_t connections = 0, waiting = 0;
};

}  // namespace sample
