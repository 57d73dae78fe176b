// SPDX-License-Identifier: Apache-2.0
//
// A plugin's code: a shared object that was copied, checked and mapped, and whose entry fits this
// host. Never the file that lies in the plugin directory, always a private copy of its content: a
// file that is rewritten while it is mapped would end the process.
//
// load() from any thread. A library is immutable and stays mapped for the rest of the process:
// thread-local destructors, unique symbols and exit handlers make unloading unsafe in general. So a
// process takes a limited number of builds.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "dcc/plugin.h"
#include "host/contract_limits.hpp"
#include "host/file_content.hpp"

namespace dcc::host {

struct HostServices;

class PluginLibrary {
 public:
  // Maps `copy`, a private copy of content with this hash. The same content is mapped once per
  // process. NotAccepted: says what of the object or its entry is wrong, expected and found, or
  // which service it requires that is not among `services`, or that there have been 1000 builds.
  static PluginLibrary load(const std::filesystem::path& copy, const std::string& hash,
                            const HostServices& services);

  const dcc_plugin_entry& entry() const { return *entry_; }
  // Of the entry, each on one line.
  const std::string& id() const { return id_; }
  const std::string& version() const { return version_; }
  const std::string& build() const { return build_; }
  const std::string& hash() const { return hash_; }  // of the file's content

 private:
  PluginLibrary(const dcc_plugin_entry& entry, std::string hash);

  const dcc_plugin_entry* entry_;
  std::string id_, version_, build_, hash_;
};

}  // namespace dcc::host
