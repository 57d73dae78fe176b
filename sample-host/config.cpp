// SPDX-License-Identifier: Apache-2.0
#include "config.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>
#include <thread>

#include "adaptor/cursors.hpp"
#include "host/one_line.hpp"
#include "host/unix_listener.hpp"

namespace sample {
namespace {

using dcc::host::ConfigError;
using dcc::host::Setting;

template <typename Number>
std::optional<Number> parse_number(std::string_view text, Number min, Number max) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (number < min || number > max) return std::nullopt;
  return number;
}

std::filesystem::path resolve(const Config& config, std::string_view value) {
  if (value.empty()) return {};
  return (config.file.parent_path() / value).lexically_normal();
}

bool set_required_path(std::filesystem::path& path, const Config& config, std::string_view value) {
  path = resolve(config, value);
  return !value.empty();
}

bool set_signing(std::filesystem::path Config::SigningKey::*part, Config& config,
                 std::string_view value) {
  if (value.empty()) return true;
  if (!config.signing) config.signing.emplace();
  (*config.signing).*part = resolve(config, value);
  return true;
}

bool set_http_listen(Config& config, std::string_view value) {
  const auto listen = ListenAddress::parse(value);
  if (listen) config.http_listen = *listen;
  return listen && listen->socket.empty();
}

bool set_admin_listen(Config& config, std::string_view value) {
  auto listen = ListenAddress::parse(value);
  if (!listen || !listen->is_local()) return false;
  if (!listen->socket.empty()) listen->socket = resolve(config, listen->socket.native());
  config.admin_listen = *listen;
  return listen->socket.native().size() <= dcc::host::kMaxSocketPath;
}

bool set_metrics_listen(Config& config, std::string_view value) {
  config.metrics_listen.reset();
  if (value.empty()) return true;
  config.metrics_listen = ListenAddress::parse(value);
  return config.metrics_listen && config.metrics_listen->socket.empty();
}

bool set_tls(std::filesystem::path TlsFiles::*part, Config& config, std::string_view value) {
  if (value.empty()) return true;
  if (!config.tls) config.tls.emplace();
  (*config.tls).*part = resolve(config, value);
  return true;
}

template <typename Number>
bool set_number(Number& number, std::string_view value, Number min, Number max) {
  const auto parsed = parse_number(value, min, max);
  if (parsed) number = *parsed;
  return parsed.has_value();
}

bool set_time(HttpLimits::Time& time, std::string_view value, std::int64_t min) {
  constexpr std::int64_t kMaxTime = 3'600'000;
  const auto parsed = parse_number(value, min, kMaxTime);
  if (parsed) time = HttpLimits::Time(*parsed);
  return parsed.has_value();
}

bool set_switch(bool& on, std::string_view value) {
  on = value == "on";
  return on || value == "off";
}

bool set_check_at_start(Config& config, std::string_view value) {
  config.check_first_mib = std::numeric_limits<std::uint64_t>::max();
  if (set_switch(config.check_store_at_start, value)) return true;
  config.check_store_at_start =
      set_number<std::uint64_t>(config.check_first_mib, value, 0, 1'000'000'000);
  return config.check_store_at_start;
}

// A URL may have a password: what is wrong with it is said without it.
bool set_store_url(Config& config, std::string_view value) {
  constexpr std::string_view kFile = "sqlite:";
  if (value.starts_with(kFile))
    return set_required_path(config.store_file, config, value.substr(kFile.size())) &&
           config.store_file.has_filename();
  if (value.find("://") == std::string_view::npos) return false;
  config.store_server = value;
  if (value.starts_with("postgresql://") || value.starts_with("postgres://")) return true;
  throw ConfigError(config.file.string() +
                    ": [store] url: expected sqlite:PATH or postgresql://..., not " +
                    dcc::host::printable(value.substr(0, value.find(':'))) + ":...");
}

// What is not allowed in a chain's name, such as a domain's dots, becomes a hyphen.
std::string machine_name() {
  std::array<char, 64> name{};
  ::gethostname(name.data(), name.size() - 1);
  std::string text(name.data());
  for (char& c : text) {
    if (!dcc::adaptor::is_host_name({&c, 1})) c = '-';
  }
  return text.empty() ? "host" : text;
}

// A program of the SDK: beside this one, as in a build, or where a package puts it.
std::filesystem::path installed(const char* name) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto beside = program.parent_path() / name;
  const auto apart = program.parent_path().parent_path() / "libexec" / "dcc" / name;
  const bool is_apart =
      !std::filesystem::exists(beside, error) && std::filesystem::exists(apart, error);
  return is_apart ? apart : beside;
}

constexpr std::string_view kAddress =
    "a numeric address and a port, such as 127.0.0.1:8079, [::1]:8079 or localhost:8079";
constexpr std::string_view kLocalAddress =
    "a loopback address and a port, such as 127.0.0.1:8080, [::1]:8080 or localhost:8080, or "
    "unix:PATH, at most 107 octets with its directory";
constexpr std::string_view kFile = "a file, or nothing";
constexpr std::string_view kSwitch = "on or off";
constexpr std::string_view kTime = "milliseconds, 10 to 3600000";

constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warning", "error"};

// A key of the file. `set` answers false for a value that is not allowed; it is also given the
// default, so that a default is nothing special.
struct Key {
  std::string_view section, name, default_value, allowed;
  bool (*set)(Config&, std::string_view value);
  bool live = false;  // a reload applies it
};

constexpr Key kKeys[] =
    {
        {"http", "listen", "127.0.0.1:8079", kAddress, set_http_listen},
        {"http", "allow_plaintext", "off", kSwitch,
         [](Config& c, std::string_view v) { return set_switch(c.allow_plaintext, v); }},
        {"http", "workers", "auto", "1 to 256, or auto: the number of cores",
         [](Config& c, std::string_view v) {
           const auto cores = std::clamp(std::thread::hardware_concurrency(), 1U, 256U);
           c.http_workers = cores;
           return v == "auto" || set_number(c.http_workers, v, 1U, 256U);
         }},
        {"http", "max_head_bytes", "16384", "1024 to 65536",
         [](Config& c, std::string_view v) {
           return set_number<std::uint32_t>(c.http_limits.max_head, v, 1U << 10, 1U << 16);
         }},
        {"http", "max_request_bytes", "1048576", "1024 to 67108864",
         [](Config& c, std::string_view v) {
           return set_number<std::size_t>(c.http_limits.max_body, v, 1U << 10, 1U << 26);
         }},
        {"http", "max_bytes_in_memory", "67108864",
         "1024 to 17179869184, and at least max_request_bytes",
         [](Config& c, std::string_view v) {
           return set_number<std::size_t>(c.http_limits.body_budget, v, 1U << 10, 1ULL << 34) &&
                  c.http_limits.body_budget >= c.http_limits.max_body;
         }},
        {"http", "max_connections", "4096", "1 to 1000000",
         [](Config& c, std::string_view v) {
           return set_number<std::size_t>(c.http_limits.max_connections, v, 1, 1'000'000);
         }},
        {"http", "max_requests_per_connection", "10000", "1 to 1000000000",
         [](Config& c, std::string_view v) {
           return set_number<std::size_t>(c.http_limits.max_requests, v, 1, 1'000'000'000);
         }},
        {"http", "idle_timeout_ms", "30000", kTime,
         [](Config& c, std::string_view v) { return set_time(c.http_limits.idle_timeout, v, 10); }},
        {"http", "request_timeout_ms", "10000", kTime,
         [](Config& c, std::string_view v) {
           return set_time(c.http_limits.request_timeout, v, 10);
         }},
        {"http", "answer_timeout_ms", "10000", kTime,
         [](Config& c, std::string_view v) {
           return set_time(c.http_limits.answer_timeout, v, 10);
         }},
        {"http", "max_wait_ms", "1000", "milliseconds, 1 to 3600000, or 0: any",
         [](Config& c, std::string_view v) { return set_time(c.http_limits.max_wait, v, 0); }},
        {"tls", "certificate", "", kFile,
         [](Config& c, std::string_view v) { return set_tls(&TlsFiles::certificate, c, v); }, true},
        {"tls", "key", "", kFile,
         [](Config& c, std::string_view v) { return set_tls(&TlsFiles::key, c, v); }, true},
        {"tls", "client_ca", "", kFile,
         [](Config& c, std::string_view v) { return set_tls(&TlsFiles::client_ca, c, v); }, true},
        {"tls", "min_version", "1.2", "1.2 or 1.3",
         [](Config& c, std::string_view v) {
           if (c.tls) c.tls->min_version = v == "1.3" ? TlsVersion::v1_3 : TlsVersion::v1_2;
           return v == "1.2" || v == "1.3";
         },
         true},
        {"tls", "handshake_timeout_ms", "5000", kTime,
         [](Config& c, std::string_view v) {
           return set_time(c.http_limits.handshake_timeout, v, 10);
         }},
        {"tls", "bind_originator", "off", kSwitch,
         [](Config& c, std::string_view v) { return set_switch(c.bind_originator, v); }},
        {"admin", "listen", "127.0.0.1:8080", kLocalAddress, set_admin_listen},
        {"admin", "socket_mode", "0600", "0600, or 0660: also for the group of the host's user",
         [](Config& c, std::string_view v) {
           c.admin_socket_mode = v == "0660" ? 0660 : 0600;
           return v == "0600" || v == "0660";
         }},
        {"metrics", "listen", "",
         "a numeric address and a port, such as 0.0.0.0:9464, or nothing: on the admin listener "
         "only",
         set_metrics_listen},
        {"duis", "schema", "", "a file, or nothing: the built-in profile schema",
         [](Config& c, std::string_view v) {
           c.schema = resolve(c, v);
           return true;
         }},
        {"duis", "control_broker", "90-B3-D5-1F-30-00-00-02",
         "an EUI-64 such as 90-B3-D5-1F-30-00-00-02",
         [](Config& c, std::string_view v) {
           const auto eui = dcc::duis::Eui64::parse(v);
           c.control_broker = eui.value_or(dcc::duis::Eui64{});
           return eui.has_value();
         }},
        {"duis", "schema_versions", "2.0-5.4", "decimals and ranges of them, such as 2.0-3.1, 5.4",
         [](Config& c, std::string_view v) {
           auto versions = dcc::adaptor::SchemaVersions::parse(v);
           if (versions) c.schema_versions = std::move(*versions);
           return versions.has_value();
         }},
        {"credentials", "directory", "credentials", "a directory",
         [](Config& c, std::string_view v) { return set_required_path(c.credentials, c, v); },
         true},
        {"credentials", "trust_anchor", "", kFile,
         [](Config& c, std::string_view v) {
           c.trust_anchor = resolve(c, v);
           return true;
         },
         true},
        {"signing", "certificate", "", kFile,
         [](Config& c, std::string_view v) {
           return set_signing(&Config::SigningKey::certificate, c, v);
         }},
        {"signing", "key", "", kFile,
         [](Config& c, std::string_view v) { return set_signing(&Config::SigningKey::key, c, v); }},
        {"store", "url", "sqlite:state/store.db", "sqlite:PATH or postgresql://...", set_store_url},
        {"store", "host", "", "1 to 63 letters, digits and hyphens, or nothing: the machine's name",
         [](Config& c, std::string_view v) {
           c.store_host = v.empty() ? machine_name() : std::string(v);
           return dcc::adaptor::is_host_name(c.store_host);
         }},
        {"store", "connections", "4", "1 to 64",
         [](Config& c, std::string_view v) {
           return set_number<std::size_t>(c.store_connections, v, 1, 64);
         }},
        {"store", "check_at_start", "1024", "on, off, or MiB, 0 to 1000000000", set_check_at_start},
        {"store", "archive", "",
         "a directory, or nothing: repeats of archived requests are answered 409",
         [](Config& c, std::string_view v) {
           c.archive = resolve(c, v);
           return true;
         }},
        {"store", "remember", "400", "days, 1 to 36500",
         [](Config& c, std::string_view v) { return set_number(c.remember_days, v, 1U, 36'500U); }},
        {"plugins", "directory", "plugins", "a directory",
         [](Config& c, std::string_view v) {
           return set_required_path(c.plugins.directory, c, v);
         }},
        {"plugins", "config_directory", "plugins.d", "a directory",
         [](Config& c, std::string_view v) {
           return set_required_path(c.plugins.config_directory, c, v);
         }},
        {"plugins", "cache", "",
         "a directory, or nothing: plugin-cache beside the store, or in state",
         [](Config& c, std::string_view v) {
           c.plugins.cache = resolve(c, v);
           return true;
         }},
        {"plugins", "probe", "", "a file, or nothing: dcc-plugin-probe beside this program",
         [](Config& c, std::string_view v) {
           c.plugins.probe = v.empty() ? installed("dcc-plugin-probe") : resolve(c, v);
           return true;
         }},
        {"plugins", "shadow_directory", "", "a directory, or nothing",
         [](Config& c, std::string_view v) {
           c.shadow_directory = resolve(c, v);
           return true;
         }},
        {"plugins", "shadow_config_directory", "", "a directory, or nothing",
         [](Config& c, std::string_view v) {
           c.shadow_config_directory = resolve(c, v);
           return true;
         }},
        {"plugins", "decide", "", "a file, or nothing: dcc-decide beside this program",
         [](Config& c, std::string_view v) {
           c.decide = v.empty() ? installed("dcc-decide") : resolve(c, v);
           return true;
         }},
        {"plugins", "keep_last_good", "off", kSwitch,
         [](Config& c, std::string_view v) { return set_switch(c.plugins.keep_last_good, v); }},
        {"plugins", "give_up_after", "off", "off, or 1 to 1000",
         [](Config& c, std::string_view v) {
           return v == "off" || set_number(c.give_up_after, v, 1U, 1'000U);
         }},
        {"plugins", "watch", "on", kSwitch,
         [](Config& c, std::string_view v) { return set_switch(c.watch_plugins, v); }},
        {"built_in", "supplier_returns", "off", kSwitch,
         [](Config& c, std::string_view v) { return set_switch(c.supplier_returns, v); }},
        {"log", "level", "info", "trace, debug, info, warning or error",
         [](Config& c, std::string_view v) {
           c.log_level = v;
           return std::find(kLevels.begin(), kLevels.end(), v) != kLevels.end();
         },
         true},
        {"log", "format", "text", "text or json",
         [](Config& c, std::string_view v) {
           c.log_format = v == "json" ? LogFormat::json : LogFormat::text;
           return v == "text" || v == "json";
         }},
        {"log", "file", "", "a file, or nothing: standard error",
         [](Config& c, std::string_view v) {
           c.log_file = resolve(c, v);
           return true;
         }},
};

std::string full_name(const Key& key) {
  return '[' + std::string(key.section) + "] " + std::string(key.name);
}

void refuse_unknown(const Setting& setting, const std::string& file) {
  std::string keys;
  for (const Key& key : kKeys) {
    if (key.section != setting.section) continue;
    if (key.name == setting.key) return;
    keys.append(keys.empty() ? "" : ", ").append(key.name);
  }
  if (!keys.empty()) {
    throw ConfigError(file + ": [" + setting.section + "] " + setting.key +
                      ": unknown key; allowed: " + keys);
  }
  std::string sections;
  std::string_view last;
  for (const Key& key : kKeys) {
    if (key.section == last) continue;
    last = key.section;
    sections.append(sections.empty() ? "" : ", ").append(key.section);
  }
  throw ConfigError(file + ": [" + setting.section + "]: unknown section; allowed: " + sections);
}

[[noreturn]] void refuse(const Config& config, std::string_view section, std::string_view name,
                         std::string_view value, std::string_view expected) {
  std::string message = config.file.string();
  message.append(": [").append(section).append("] ").append(name);
  message.append(": '").append(value).append("' is not allowed; expected ").append(expected);
  throw ConfigError(message);
}

void apply(const Key& key, const std::vector<Setting>& settings, Config& config) {
  const auto given = std::find_if(settings.begin(), settings.end(), [&](const Setting& s) {
    return s.section == key.section && s.key == key.name;
  });
  const std::string_view value = given == settings.end() ? key.default_value : given->value;
  if (!key.set(config, value)) refuse(config, key.section, key.name, value, key.allowed);
  config.values[full_name(key)] = value;
}

// A certificate and its key: both or neither.
void check_pair(const Config& config, std::string_view section,
                const std::filesystem::path& certificate, const std::filesystem::path& key) {
  if (!certificate.empty() && !key.empty()) return;
  refuse(config, section, key.empty() ? "key" : "certificate", "",
         "a file, because another key of this section is set");
}

void check_listeners(const Config& config) {
  const auto& http = config.http_listen;
  if (!http.is_local() && !config.tls && !config.allow_plaintext) {
    refuse(config, "http", "listen", http.text(http.port),
           "a loopback address, because plain HTTP must not leave the machine; else [tls] "
           "certificate and key, or [http] allow_plaintext = on");
  }
  const auto& admin = config.admin_listen;
  if (admin.socket.empty() && admin.port != 0 && admin.port == http.port) {
    refuse(config, "admin", "listen", admin.text(admin.port), "another port than [http] listen's");
  }
  if (!config.metrics_listen || config.metrics_listen->port == 0) return;
  const auto& metrics = *config.metrics_listen;
  const bool admins = admin.socket.empty() && metrics.port == admin.port;
  if (admins || metrics.port == http.port) {
    refuse(config, "metrics", "listen", metrics.text(metrics.port),
           "another port than [http] listen's and [admin] listen's");
  }
}

// Candidates are never what runs.
void check_shadow(const Config& config) {
  struct Pair {
    const char* name;
    const std::filesystem::path &shadow, &live, &other;
  };
  const auto& plugins = config.plugins;
  for (const auto& [name, shadow, live, other] :
       {Pair{"shadow_directory", config.shadow_directory, plugins.directory,
             config.shadow_config_directory},
        Pair{"shadow_config_directory", config.shadow_config_directory, plugins.config_directory,
             config.shadow_directory}}) {
    if (shadow.empty() && !other.empty())
      refuse(config, "plugins", name, "", "a directory, because the other of the two is set");
    if (!shadow.empty() &&
        std::filesystem::weakly_canonical(shadow) == std::filesystem::weakly_canonical(live))
      refuse(config, "plugins", name, shadow.string(), "another directory than what runs is in");
  }
}

void check_together(const Config& config) {
  check_shadow(config);
  if (config.signing) {
    check_pair(config, "signing", config.signing->certificate, config.signing->key);
  }
  if (config.tls) check_pair(config, "tls", config.tls->certificate, config.tls->key);
  if (config.bind_originator && (!config.tls || config.tls->client_ca.empty())) {
    refuse(config, "tls", "bind_originator", "on", "off, because [tls] client_ca is not set");
  }
  check_listeners(config);
}

}  // namespace

Config load_config(const std::filesystem::path& file) {
  Config config;
  config.file = std::filesystem::absolute(file).lexically_normal();
  const auto settings = dcc::host::read_ini(config.file);
  for (const Setting& setting : settings) refuse_unknown(setting, config.file.string());
  for (const Key& key : kKeys) apply(key, settings, config);
  check_together(config);
  if (config.plugins.cache.empty()) {
    const auto state =
        config.store_file.empty() ? resolve(config, "state") : config.store_file.parent_path();
    config.plugins.cache = state / "plugin-cache";
  }
  return config;
}

std::vector<std::string> take_over(Config& running, const Config& found) {
  // A plain listener does not become one with TLS, and who must be the originator stays in step
  // with whose certificates are asked for.
  const bool same_tls = running.tls.has_value() == found.tls.has_value() &&
                        running.bind_originator == found.bind_originator;
  std::vector<std::string> others;
  for (const Key& key : kKeys) {
    const std::string name = full_name(key);
    const std::string& value = found.values.at(name);
    if (running.values.at(name) == value) continue;
    if (key.live && (key.section != "tls" || same_tls)) {
      running.values[name] = value;
    } else {
      others.push_back(name);
    }
  }
  running.log_level = found.log_level;
  running.credentials = found.credentials;
  running.trust_anchor = found.trust_anchor;
  if (same_tls) running.tls = found.tls;
  return others;
}

}  // namespace sample
