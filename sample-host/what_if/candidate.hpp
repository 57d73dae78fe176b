// SPDX-License-Identifier: Apache-2.0
//
// The plugins as they would run with another build or other settings in the place of what lies in
// the directories: loaded, with all checks, into this process, from a directory of their own. What
// lies in the directories is not touched.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "host/plugin_directory.hpp"

namespace sample {

// The stem of the plugin in `directory` whose place a build takes, by its id; its own: there is
// none. Only what the entries say is read, and no function of a plugin called. `cache`: made if
// absent. Throws dcc::host::NotAccepted: the candidate is no plugin.
std::string place_of(const std::filesystem::path& candidate, const std::filesystem::path& directory,
                     const std::filesystem::path& cache, const dcc::host::HostServices& services);

class Candidate {
 public:
  struct Change {
    std::filesystem::path plugin;    // takes the place of the plugin with the same id; or empty
    std::filesystem::path settings;  // that plugin's; without one, those of the plugin whose file
                                     // has the same stem, or of the only one there is; or empty
  };

  // `directory`: empty, this process's own, and there as long as the object. Throws
  // dcc::host::NotAccepted: a file is not accepted, or what would run is refused; names it.
  Candidate(const std::filesystem::path& directory, const dcc::host::PluginPaths& installed,
            const Change& change, dcc::host::HostServices services,
            dcc::host::HandlerTable::Map built_in);
  ~Candidate();
  Candidate(const Candidate&) = delete;
  Candidate& operator=(const Candidate&) = delete;

  const std::vector<dcc::host::PluginReport>& plugins() const { return reports_; }
  std::shared_ptr<const dcc::host::HandlerTable> handlers() const { return registry_.current(); }

 private:
  dcc::host::LiveHandlers registry_;
  std::unique_ptr<dcc::host::PluginDirectory> plugins_;
  std::vector<dcc::host::PluginReport> reports_;
};

}  // namespace sample
