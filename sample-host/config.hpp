// SPDX-License-Identifier: Apache-2.0
//
// The sample host's configuration file: every key typed, checked and with a default, every relative
// path resolved against the file's own directory. Plain values; immutable once loaded.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duis/identifiers.hpp"
#include "host/ini.hpp"
#include "host/plugin_directory.hpp"

namespace sample {

// A non-negative xs:decimal, compared by its value: 5.4, 5.40 and +05.4 are one.
class Decimal {
 public:
  static std::optional<Decimal> parse(std::string_view text);
  std::strong_ordering operator<=>(const Decimal&) const;
  bool operator==(const Decimal&) const = default;

 private:
  std::string integer_;   // without leading zeros
  std::string fraction_;  // without trailing zeros
};

// Which values of a message's schemaVersion the host accepts.
class SchemaVersions {
 public:
  // A comma-separated list of decimals and of ranges, ends included: "2.0-3.1, 5.4".
  static std::optional<SchemaVersions> parse(std::string_view text);
  // `version`: an xs:decimal, whitespace already collapsed.
  bool accepts(std::string_view version) const;

 private:
  struct Range {
    Decimal first, last;
  };
  std::vector<Range> ranges_;
};

// Where a listener listens: a numeric loopback address. Port 0: any free one.
struct ListenAddress {
  std::string address;
  std::uint16_t port = 0;
};

struct Config {
  struct SigningKey {
    std::filesystem::path certificate, key;
  };

  std::filesystem::path file;  // the configuration file itself, absolute

  ListenAddress http_listen;
  unsigned http_workers = 1;
  std::size_t max_request_bytes = 0;

  ListenAddress admin_listen;

  std::filesystem::path schema;  // empty: the built-in profile schema
  dcc::duis::Eui64 control_broker;
  SchemaVersions schema_versions;

  std::filesystem::path credentials;
  std::filesystem::path trust_anchor;  // empty: certificates are trusted because they are there

  std::optional<SigningKey> signing;  // absent: responses are not signed

  std::filesystem::path store_file;
  bool check_store_at_start = true;
  std::string store_url() const { return "sqlite:" + store_file.string(); }

  dcc::host::PluginPaths plugins;
  bool watch_plugins = true;      // what changes in their directories goes live by itself
  bool supplier_returns = false;  // the host's own handlers for 8.14.3 and 8.14.4

  std::string log_level;
  std::filesystem::path log_file;  // empty: stderr
};

// Throws dcc::host::ConfigError, which names file, section, key, value and what is allowed.
Config load_config(const std::filesystem::path& file);

}  // namespace sample
