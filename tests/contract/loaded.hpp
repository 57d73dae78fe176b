// SPDX-License-Identifier: Apache-2.0
//
// A plugin's shared object, opened as a host would.
#pragma once

#include <dlfcn.h>

#include <stdexcept>
#include <string>

#include "dcc/plugin.h"

namespace contract {

// Stays mapped for the rest of the process, as in a host.
inline const dcc_plugin_entry& load(const std::string& file) {
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  const void* entry = dlsym(library, DCC_PLUGIN_ENTRY_SYMBOL);
  if (!entry) throw std::runtime_error(file + ": no " DCC_PLUGIN_ENTRY_SYMBOL);
  return *static_cast<const dcc_plugin_entry*>(entry);
}

}  // namespace contract
