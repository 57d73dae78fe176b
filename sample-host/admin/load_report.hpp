// SPDX-License-Identifier: Apache-2.0
//
// What the last reload of configuration, plugins, credentials, the TLS certificate and the signing
// key found. Plain values.
#pragma once

#include <string>
#include <vector>

#include "host/plugin_directory.hpp"

namespace sample {

struct LoadReport {
  std::vector<std::string> refused_configuration;  // why an older one is in use
  std::vector<std::string> restart;    // keys whose new value counts from the next start
  std::vector<std::string> unwatched;  // directories that cannot be watched, and why
  std::vector<dcc::host::PluginReport> plugins;
  std::size_t credentials = 0;                   // certificates in use
  std::vector<std::string> refused_credentials;  // one line each: which file, and why
  std::vector<std::string> refused_tls;          // why the certificate in use is an older one
  std::vector<std::string> refused_signing;      // likewise, or why it is not in use any more

  bool refused() const;  // something was
  bool ok() const;       // nothing was, and what changes in the directories will be noticed at once
};

}  // namespace sample
