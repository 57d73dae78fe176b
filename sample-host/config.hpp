// SPDX-License-Identifier: Apache-2.0
//
// The sample host's configuration file: every key typed, checked and with a default, every relative
// path resolved against the file's own directory. Plain values; immutable once loaded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adaptor/schema_versions.hpp"
#include "duis/identifiers.hpp"
#include "host/ini.hpp"
#include "host/plugin_directory.hpp"
#include "http/limits.hpp"
#include "http/listen_address.hpp"
#include "http/tls_context.hpp"
#include "log.hpp"

namespace sample {

struct Config {
  struct SigningKey {
    std::filesystem::path certificate, key;
  };

  std::filesystem::path file;  // the configuration file itself, absolute

  ListenAddress http_listen;
  bool allow_plaintext = false;  // plain HTTP may leave the machine
  unsigned http_workers = 1;
  HttpLimits http_limits;

  std::optional<TlsFiles> tls;   // absent: plain HTTP
  bool bind_originator = false;  // only who a client certificate names may be the originator

  ListenAddress admin_listen;
  unsigned admin_socket_mode = 0600;
  std::optional<ListenAddress> metrics_listen;  // absent: on the admin listener only

  std::filesystem::path schema;  // empty: the built-in profile schema
  dcc::duis::Eui64 control_broker;
  dcc::adaptor::SchemaVersions schema_versions;

  std::filesystem::path credentials;
  std::filesystem::path trust_anchor;  // empty: certificates are trusted because they are there

  std::optional<SigningKey> signing;  // absent: responses are not signed

  std::filesystem::path store_file;   // empty: the store is a server's
  std::string store_server;           // its URL, which may have a password
  std::string store_host;             // names this host's chains in it
  std::size_t store_connections = 1;  // that commit
  bool check_store_at_start = true;
  std::uint64_t check_first_mib = 0;  // a larger one that was left in peace may be read later
  std::filesystem::path
      archive;                   // where repeats of archived requests are looked up; empty: nowhere
  unsigned remember_days = 400;  // RequestIDs of archived outcomes
  unsigned give_up_after = 0;    // HostServices::give_up_after, of [plugins]
  std::string store_url() const {
    return store_file.empty() ? store_server : "sqlite:" + store_file.string();
  }
  // In messages: a URL may have a password.
  std::string store_name() const {
    return store_file.empty() ? "the store of [store] url" : store_file.string();
  }

  dcc::host::PluginPaths plugins;
  // Candidates that decide beside the plugins and answer nothing. Empty directory: none.
  std::filesystem::path shadow_directory, shadow_config_directory;
  std::filesystem::path decide;   // the program dcc-decide, which runs them
  bool watch_plugins = true;      // what changes in their directories goes live by itself
  bool supplier_returns = false;  // the host's own handlers for 8.14.3 and 8.14.4

  std::string log_level;
  LogFormat log_format = LogFormat::text;
  std::filesystem::path log_file;  // empty: stderr

  std::map<std::string, std::string> values;  // every key, "[section] name", as it was read
};

// Throws dcc::host::ConfigError, which names file, section, key, value and what is allowed.
Config load_config(const std::filesystem::path& file);

// Puts what a running host can change from `found` into `running`: level of the log, directory of
// credentials and trust anchor, the files and versions of [tls]. Answers with the keys of all else
// that differs, as "[section] name": these count from the next start.
std::vector<std::string> take_over(Config& running, const Config& found);

}  // namespace sample
