// SPDX-License-Identifier: Apache-2.0
//
// Tries a plugin in a process of its own before its code is let into this one: the program
// dcc-plugin-probe takes it through its life with its real settings. Against accidents, not against
// malice: a plugin is trusted code. One thread at a time.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "host/file_content.hpp"
#include "host/plugin_directory.hpp"

namespace dcc::host {

// Begins the lines of the log that a plugin has written while it was probed.
inline const std::string kProbeSays = "probe: ";

class Probe {
 public:
  struct Verdict {
    std::filesystem::path copy;      // private, and what may be loaded; empty with Copy::unnamed
    std::string id, version, build;  // of the plugin; empty: it did not come that far
    std::vector<std::string> srvs;   // what it has registered handlers for
    std::string refusal;             // one line, names the step; empty: it may be loaded
  };

  // Of `paths` the cache and what concerns the probe. What plugins write while they are probed goes
  // to the log of `services`, which must outlive this, as debug.
  Probe(PluginPaths paths, const HostServices& services);

  // What is probed: the copy in the cache that may be loaded then, or one that leaves no trace.
  enum class Copy { cached, unnamed };

  // The verdict on a plugin's file with these settings. What is known of the same octets is not
  // found out again, except a refusal with Retry::all. NotAccepted: it cannot be found out, because
  // no copy can be made, or because the probe is absent, belongs to somebody else than root and
  // this process's user, may be written by others, or is no such program.
  Verdict examine(const FileContent& file, const FileContent& settings, Retry retry,
                  Copy copy = Copy::cached);

 private:
  // Of the last candidate under a path.
  struct Known {
    std::string octets;  // hashes of file, settings and probe; empty: nothing is known
    Verdict verdict;
  };

  Verdict run(Verdict verdict, const std::filesystem::path& copy, const FileContent& file,
              const FileContent& settings) const;

  const PluginPaths paths_;
  const HostServices& services_;
  std::map<std::filesystem::path, Known> known_;
};

}  // namespace dcc::host
