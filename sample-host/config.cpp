// SPDX-License-Identifier: Apache-2.0
#include "config.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <system_error>
#include <thread>

namespace sample {
namespace {

using dcc::host::ConfigError;
using dcc::host::Setting;

constexpr std::string_view kDigits = "0123456789";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text, Number min, Number max) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (number < min || number > max) return std::nullopt;
  return number;
}

// host:port, where an IPv6 address stands in brackets, as in a URL.
std::optional<ListenAddress> parse_loopback(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1), 0, 65535);
  if (!port) return std::nullopt;

  if (host == "localhost") return ListenAddress{"127.0.0.1", *port};
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  if (error || address.is_v6() != bracketed || !address.is_loopback()) return std::nullopt;
  return ListenAddress{address.to_string(), *port};
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

bool set_listen(ListenAddress& listen, std::string_view value) {
  const auto address = parse_loopback(value);
  if (address) listen = *address;
  return address.has_value();
}

bool set_switch(bool& on, std::string_view value) {
  on = value == "on";
  return on || value == "off";
}

// Beside this program, as in a build, or where a package puts it.
std::filesystem::path installed_probe() {
  constexpr const char* kName = "dcc-plugin-probe";
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto beside = program.parent_path() / kName;
  const auto installed = program.parent_path().parent_path() / "libexec" / "dcc" / kName;
  const bool use_installed =
      !std::filesystem::exists(beside, error) && std::filesystem::exists(installed, error);
  return use_installed ? installed : beside;
}

constexpr std::string_view kLoopback =
    "a loopback address and a port, such as 127.0.0.1:8079, [::1]:8079 or localhost:8079 (this "
    "host speaks plain HTTP, which must not leave the machine)";

constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warning", "error"};

// A key of the file. `set` answers false for a value that is not allowed; it is also given the
// default, so that a default is nothing special.
struct Key {
  std::string_view section, name, default_value, allowed;
  bool (*set)(Config&, std::string_view value);
};

constexpr Key kKeys[] = {
    {"http", "listen", "127.0.0.1:8079", kLoopback,
     [](Config& c, std::string_view v) { return set_listen(c.http_listen, v); }},
    {"http", "workers", "auto", "1 to 256, or auto: the number of cores",
     [](Config& c, std::string_view v) {
       const auto cores = std::clamp(std::thread::hardware_concurrency(), 1U, 256U);
       const auto workers = v == "auto" ? cores : parse_number(v, 1U, 256U);
       c.http_workers = workers.value_or(0);
       return workers.has_value();
     }},
    {"http", "max_request_bytes", "1048576", "1024 to 67108864",
     [](Config& c, std::string_view v) {
       const auto bytes = parse_number<std::size_t>(v, 1U << 10, 1U << 26);
       c.max_request_bytes = bytes.value_or(0);
       return bytes.has_value();
     }},
    {"admin", "listen", "127.0.0.1:8080", kLoopback,
     [](Config& c, std::string_view v) { return set_listen(c.admin_listen, v); }},
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
       auto versions = SchemaVersions::parse(v);
       if (versions) c.schema_versions = std::move(*versions);
       return versions.has_value();
     }},
    {"credentials", "directory", "credentials", "a directory",
     [](Config& c, std::string_view v) { return set_required_path(c.credentials, c, v); }},
    {"credentials", "trust_anchor", "", "a file, or nothing",
     [](Config& c, std::string_view v) {
       c.trust_anchor = resolve(c, v);
       return true;
     }},
    {"signing", "certificate", "", "a file, or nothing",
     [](Config& c, std::string_view v) {
       return set_signing(&Config::SigningKey::certificate, c, v);
     }},
    {"signing", "key", "", "a file, or nothing",
     [](Config& c, std::string_view v) { return set_signing(&Config::SigningKey::key, c, v); }},
    {"store", "url", "sqlite:state/store.db", "sqlite:PATH",
     [](Config& c, std::string_view v) {
       constexpr std::string_view kScheme = "sqlite:";
       if (!v.starts_with(kScheme)) return false;
       return set_required_path(c.store_file, c, v.substr(kScheme.size())) &&
              c.store_file.has_filename();
     }},
    {"store", "check_at_start", "on", "on or off",
     [](Config& c, std::string_view v) { return set_switch(c.check_store_at_start, v); }},
    {"plugins", "directory", "plugins", "a directory",
     [](Config& c, std::string_view v) { return set_required_path(c.plugins.directory, c, v); }},
    {"plugins", "config_directory", "plugins.d", "a directory",
     [](Config& c, std::string_view v) {
       return set_required_path(c.plugins.config_directory, c, v);
     }},
    {"plugins", "cache", "", "a directory, or nothing: plugin-cache beside the store",
     [](Config& c, std::string_view v) {
       c.plugins.cache = resolve(c, v);
       return true;
     }},
    {"plugins", "probe", "", "a file, or nothing: dcc-plugin-probe beside this program",
     [](Config& c, std::string_view v) {
       c.plugins.probe = v.empty() ? installed_probe() : resolve(c, v);
       return true;
     }},
    {"plugins", "watch", "on", "on or off",
     [](Config& c, std::string_view v) { return set_switch(c.watch_plugins, v); }},
    {"built_in", "supplier_returns", "off", "on or off",
     [](Config& c, std::string_view v) { return set_switch(c.supplier_returns, v); }},
    {"log", "level", "info", "trace, debug, info, warning or error",
     [](Config& c, std::string_view v) {
       c.log_level = v;
       return std::find(kLevels.begin(), kLevels.end(), v) != kLevels.end();
     }},
    {"log", "file", "", "a file, or nothing: standard error",
     [](Config& c, std::string_view v) {
       c.log_file = resolve(c, v);
       return true;
     }},
};

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

void apply(const Key& key, const std::vector<Setting>& settings, Config& config) {
  const auto given = std::find_if(settings.begin(), settings.end(), [&](const Setting& s) {
    return s.section == key.section && s.key == key.name;
  });
  const std::string_view value = given == settings.end() ? key.default_value : given->value;
  if (key.set(config, value)) return;
  std::string message = config.file.string();
  message.append(": [").append(key.section).append("] ").append(key.name);
  message.append(": '").append(value).append("' is not allowed; expected ").append(key.allowed);
  throw ConfigError(message);
}

void check_signing(const Config& config) {
  if (!config.signing) return;
  const bool no_key = config.signing->key.empty();
  if (!no_key && !config.signing->certificate.empty()) return;
  throw ConfigError(config.file.string() + ": [signing] " + (no_key ? "key" : "certificate") +
                    ": '' is not allowed; expected a file, because the other of certificate and "
                    "key is set");
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto point = std::min(text.find('.'), text.size());
  auto integer = text.substr(0, point);
  auto fraction = text.substr(std::min(point + 1, text.size()));
  if (integer.empty() && fraction.empty()) return std::nullopt;
  if (integer.find_first_not_of(kDigits) != std::string_view::npos) return std::nullopt;
  if (fraction.find_first_not_of(kDigits) != std::string_view::npos) return std::nullopt;

  integer.remove_prefix(std::min(integer.find_first_not_of('0'), integer.size()));
  fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
  if (negative && !(integer.empty() && fraction.empty())) return std::nullopt;
  Decimal decimal;
  decimal.integer_ = integer;
  decimal.fraction_ = fraction;
  return decimal;
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  // More digits, no leading zeros: the larger integer.
  if (const auto c = integer_.size() <=> other.integer_.size(); c != 0) return c;
  if (const auto c = integer_ <=> other.integer_; c != 0) return c;
  return fraction_ <=> other.fraction_;
}

std::optional<SchemaVersions> SchemaVersions::parse(std::string_view text) {
  SchemaVersions versions;
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    more = comma != std::string_view::npos;
    const auto part = trim(text.substr(0, comma));
    if (more) text.remove_prefix(comma + 1);

    const auto dash = part.find('-');
    const auto first = Decimal::parse(trim(part.substr(0, dash)));
    const auto last =
        dash == std::string_view::npos ? first : Decimal::parse(trim(part.substr(dash + 1)));
    if (!first || !last || *last < *first) return std::nullopt;
    versions.ranges_.push_back({*first, *last});
  }
  return versions;
}

bool SchemaVersions::accepts(std::string_view version) const {
  const auto decimal = Decimal::parse(version);
  return decimal && std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
           return range.first <= *decimal && *decimal <= range.last;
         });
}

Config load_config(const std::filesystem::path& file) {
  Config config;
  config.file = std::filesystem::absolute(file).lexically_normal();
  const auto settings = dcc::host::read_ini(config.file);
  for (const Setting& setting : settings) refuse_unknown(setting, config.file.string());
  for (const Key& key : kKeys) apply(key, settings, config);
  check_signing(config);
  if (config.plugins.cache.empty()) {
    config.plugins.cache = config.store_file.parent_path() / "plugin-cache";
  }
  return config;
}

}  // namespace sample
