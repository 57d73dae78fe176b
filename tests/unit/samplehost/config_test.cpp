// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <set>

#include "config.hpp"

#include "adaptor/cursors.hpp"
#include "host/ini.hpp"
#include "support/temp_directory.hpp"

using Catch::Matchers::Contains;
using dcc::adaptor::SchemaVersions;
using sample::Config;
using sample::load_config;
using support::read_file;
using support::TempDirectory;
using support::write_file;

namespace {

Config load(const TempDirectory& dir, std::string_view text) {
  write_file(dir.path() / "host.ini", text);
  return load_config(dir.path() / "host.ini");
}

std::string refusal(std::string_view text) {
  const TempDirectory dir;
  try {
    load(dir, text);
  } catch (const dcc::host::ConfigError& e) {
    return e.what();
  }
  return "accepted";
}

std::string with(const std::string& section, const std::string& key, const std::string& value) {
  return "[" + section + "]\n" + key + " = " + value + "\n";
}

void require_same(const Config& a, const Config& b) {
  CHECK(a.http_listen.address == b.http_listen.address);
  CHECK(a.http_listen.port == b.http_listen.port);
  CHECK(a.http_workers == b.http_workers);
  CHECK(a.http_limits == b.http_limits);
  CHECK(a.allow_plaintext == b.allow_plaintext);
  CHECK(a.tls.has_value() == b.tls.has_value());
  CHECK(a.bind_originator == b.bind_originator);
  CHECK(a.admin_socket_mode == b.admin_socket_mode);
  CHECK(a.admin_listen.address == b.admin_listen.address);
  CHECK(a.admin_listen.port == b.admin_listen.port);
  CHECK(a.schema == b.schema);
  CHECK(a.control_broker == b.control_broker);
  CHECK(a.credentials == b.credentials);
  CHECK(a.trust_anchor == b.trust_anchor);
  CHECK(a.signing.has_value() == b.signing.has_value());
  CHECK(a.store_file == b.store_file);
  CHECK(a.plugins.directory == b.plugins.directory);
  CHECK(a.plugins.config_directory == b.plugins.config_directory);
  CHECK(a.plugins.cache == b.plugins.cache);
  CHECK(a.plugins.probe == b.plugins.probe);
  CHECK(a.log_level == b.log_level);
  CHECK(a.log_format == b.log_format);
  CHECK(a.log_file == b.log_file);
}

}  // namespace

TEST_CASE("of every key a reload either takes over the value or names it for the next start") {
  struct Change {
    std::string section, key, value;
    bool live;
  };
  const std::string tls = "[tls]\ncertificate = a.pem\nkey = a.key\nclient_ca = ca.pem\n";
  std::set<std::string> seen;
  for (const Change& change : {
           Change{"http", "listen", "127.0.0.1:1", false},
           Change{"http", "allow_plaintext", "on", false},
           Change{"http", "workers", "3", false},
           Change{"http", "max_head_bytes", "2048", false},
           Change{"http", "max_request_bytes", "2048", false},
           Change{"http", "max_bytes_in_memory", "2097152", false},
           Change{"http", "max_connections", "7", false},
           Change{"http", "max_requests_per_connection", "7", false},
           Change{"http", "idle_timeout_ms", "77", false},
           Change{"http", "request_timeout_ms", "77", false},
           Change{"http", "answer_timeout_ms", "77", false},
           Change{"http", "max_wait_ms", "77", false},
           Change{"tls", "certificate", "b.pem", true},
           Change{"tls", "key", "b.key", true},
           Change{"tls", "client_ca", "b.pem", true},
           Change{"tls", "min_version", "1.3", true},
           Change{"tls", "handshake_timeout_ms", "77", false},
           Change{"tls", "bind_originator", "on", false},
           Change{"admin", "listen", "127.0.0.1:1", false},
           Change{"admin", "socket_mode", "0660", false},
           Change{"metrics", "listen", "127.0.0.1:1", false},
           Change{"duis", "schema", "x.xsd", false},
           Change{"duis", "control_broker", "90-B3-D5-1F-30-00-00-03", false},
           Change{"duis", "schema_versions", "5.4", false},
           Change{"credentials", "directory", "x", true},
           Change{"credentials", "trust_anchor", "x", true},
           Change{"signing", "certificate", "x.pem", false},
           Change{"signing", "key", "x.key", false},
           Change{"store", "url", "sqlite:x/x.db", false},
           Change{"store", "check_at_start", "off", false},
           Change{"store", "host", "x", false},
           Change{"store", "connections", "2", false},
           Change{"store", "archive", "x", false},
           Change{"store", "remember", "30", false},
           Change{"plugins", "directory", "x", false},
           Change{"plugins", "config_directory", "x", false},
           Change{"plugins", "cache", "x", false},
           Change{"plugins", "probe", "x", false},
           Change{"plugins", "decide", "x", false},
           Change{"plugins", "shadow_directory", "x", false},
           Change{"plugins", "shadow_config_directory", "x", false},
           Change{"plugins", "keep_last_good", "on", false},
           Change{"plugins", "give_up_after", "3", false},
           Change{"plugins", "watch", "off", false},
           Change{"built_in", "supplier_returns", "on", false},
           Change{"log", "level", "debug", true},
           Change{"log", "format", "json", false},
           Change{"log", "file", "x.log", false},
       }) {
    const std::string name = "[" + change.section + "] " + change.key;
    INFO(name);
    const TempDirectory dir;
    const bool signing = change.section == "signing";
    const bool shadow = change.key.starts_with("shadow_");  // both or neither
    const std::string base = (change.section == "tls" ? "" : tls) +
                             (signing ? "" : "[signing]\ncertificate = s.pem\nkey = s.key\n");
    const std::string rest = "certificate = s.pem\nkey = s.key\n";
    const auto section = [&](const std::string& value) {
      std::string text = change.section == "tls" ? tls
                         : signing               ? "[signing]\n" + rest
                         : shadow ? "[plugins]\nshadow_directory = a\nshadow_config_directory = b\n"
                                  : "[" + change.section + "]\n";
      const auto at = text.find(change.key + " = ");
      if (at != std::string::npos) text.erase(at, text.find('\n', at) + 1 - at);
      return text + (value.empty() ? "" : change.key + " = " + value + "\n");
    };
    const bool pair = change.key == "certificate" || change.key == "key" || shadow;
    const bool bare = !signing && !shadow && change.section != "tls";
    Config running = load(dir, base + (bare ? "" : section(pair ? "a.pem" : "")));
    const Config found = load(dir, base + section(change.value));
    const auto others = sample::take_over(running, found);
    CHECK(others == (change.live ? std::vector<std::string>{} : std::vector{name}));
    CHECK(sample::take_over(running, found) == others);
    seen.insert(name);
  }
  for (const auto& [name, value] : load(TempDirectory(), with("log", "level", "info")).values) {
    INFO(name);
    CHECK(seen.contains(name));
  }
}

TEST_CASE("a listener does not change between plain and TLS by a reload") {
  const TempDirectory dir;
  Config running = load(dir, with("log", "level", "info"));
  const Config found = load(dir, "[tls]\ncertificate = a.pem\nkey = a.key\n");
  CHECK(sample::take_over(running, found) ==
        std::vector<std::string>{"[tls] certificate", "[tls] key"});
  CHECK_FALSE(running.tls);
}

TEST_CASE("a key that is left out has its default, relative to the file's directory") {
  const TempDirectory dir;
  const Config config = load(dir, with("log", "level", "info"));
  CHECK(config.http_listen.address == "127.0.0.1");
  CHECK(config.http_listen.port == 8079);
  CHECK(config.http_workers >= 1);
  CHECK(config.http_limits.max_body == 1U << 20);
  CHECK(config.admin_listen.port == 8080);
  CHECK(config.schema.empty());
  CHECK(config.control_broker.text() == "90-B3-D5-1F-30-00-00-02");
  CHECK(config.schema_versions.accepts("2.0"));
  CHECK(config.schema_versions.accepts("5.4"));
  CHECK_FALSE(config.schema_versions.accepts("5.5"));
  CHECK(config.credentials == dir.path() / "credentials");
  CHECK(config.trust_anchor.empty());
  CHECK_FALSE(config.signing);
  CHECK(config.store_url() == "sqlite:" + (dir.path() / "state/store.db").string());
  CHECK(config.plugins.directory == dir.path() / "plugins");
  CHECK(config.plugins.config_directory == dir.path() / "plugins.d");
  CHECK(config.plugins.cache == dir.path() / "state/plugin-cache");
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  CHECK(config.plugins.probe == program.parent_path() / "dcc-plugin-probe");
  CHECK(config.watch_plugins);
  CHECK_FALSE(config.plugins.keep_last_good);
  CHECK(config.give_up_after == 0);
  CHECK_FALSE(config.supplier_returns);
  CHECK(config.check_store_at_start);
  CHECK(config.check_first_mib == 1024);
  CHECK(config.archive.empty());
  CHECK(config.remember_days == 400);
  CHECK(config.log_level == "info");
  CHECK(config.log_file.empty());
}

TEST_CASE("the shipped file holds every key with its default") {
  const auto shipped = std::filesystem::path(DCC_SOURCE_DIR) / "config/sample-host.ini";
  const TempDirectory dir;
  require_same(load(dir, read_file(shipped)), load(dir, with("log", "level", "info")));

  std::set<std::string> keys;
  for (const auto& setting : dcc::host::read_ini(shipped)) {
    keys.insert(setting.section + "." + setting.key);
  }
  CHECK(keys == std::set<std::string>{"admin.listen",
                                      "admin.socket_mode",
                                      "credentials.directory",
                                      "credentials.trust_anchor",
                                      "duis.control_broker",
                                      "duis.schema",
                                      "duis.schema_versions",
                                      "http.allow_plaintext",
                                      "http.answer_timeout_ms",
                                      "http.idle_timeout_ms",
                                      "http.listen",
                                      "http.max_bytes_in_memory",
                                      "http.max_connections",
                                      "http.max_head_bytes",
                                      "http.max_request_bytes",
                                      "http.max_requests_per_connection",
                                      "http.max_wait_ms",
                                      "http.request_timeout_ms",
                                      "http.workers",
                                      "log.file",
                                      "log.format",
                                      "log.level",
                                      "metrics.listen",
                                      "built_in.supplier_returns",
                                      "plugins.cache",
                                      "plugins.config_directory",
                                      "plugins.decide",
                                      "plugins.directory",
                                      "plugins.give_up_after",
                                      "plugins.keep_last_good",
                                      "plugins.probe",
                                      "plugins.shadow_config_directory",
                                      "plugins.shadow_directory",
                                      "plugins.watch",
                                      "signing.certificate",
                                      "signing.key",
                                      "store.archive",
                                      "store.check_at_start",
                                      "store.connections",
                                      "store.host",
                                      "store.remember",
                                      "store.url",
                                      "tls.bind_originator",
                                      "tls.certificate",
                                      "tls.client_ca",
                                      "tls.handshake_timeout_ms",
                                      "tls.key",
                                      "tls.min_version"});
}

TEST_CASE("values are typed and paths resolved") {
  const TempDirectory dir;
  const Config config = load(dir,
                             "[http]\nlisten = [::1]:0\nworkers = 3\nmax_request_bytes = 4096\n"
                             "[admin]\nlisten = localhost:81\n"
                             "[duis]\nschema = ../x/duis.xsd\nschema_versions = 3, 5.0 - 5.4\n"
                             "[signing]\ncertificate = a.pem\nkey = /k/a.key\n"
                             "[store]\nurl = sqlite:/var/lib/x/s.db\ncheck_at_start = off\n"
                             "[plugins]\nwatch = off\nprobe = lib/probe\nkeep_last_good = on\n"
                             "give_up_after = 3\n"
                             "[built_in]\nsupplier_returns = on\n"
                             "[log]\nfile = host.log\nlevel = warning\nformat = json\n");
  CHECK(config.http_listen.address == "::1");
  CHECK(config.http_listen.port == 0);
  CHECK(config.http_workers == 3);
  CHECK(config.http_limits.max_body == 4096);
  CHECK(config.admin_listen.address == "127.0.0.1");
  CHECK(config.admin_listen.port == 81);
  CHECK(config.schema == dir.path().parent_path() / "x/duis.xsd");
  CHECK(config.schema_versions.accepts("3.00"));
  CHECK_FALSE(config.schema_versions.accepts("3.1"));
  REQUIRE(config.signing);
  CHECK(config.signing->certificate == dir.path() / "a.pem");
  CHECK(config.signing->key == "/k/a.key");
  CHECK(config.store_file == "/var/lib/x/s.db");
  CHECK(config.plugins.cache == "/var/lib/x/plugin-cache");
  CHECK(config.plugins.probe == dir.path() / "lib/probe");
  CHECK_FALSE(config.watch_plugins);
  CHECK(config.plugins.keep_last_good);
  CHECK(config.give_up_after == 3);
  CHECK(config.supplier_returns);
  CHECK_FALSE(config.check_store_at_start);
  CHECK(config.log_file == dir.path() / "host.log");
  CHECK(config.log_level == "warning");
  CHECK(config.log_format == sample::LogFormat::json);
}

TEST_CASE("a bad value is refused with file, section, key, value and what is allowed") {
  struct Bad {
    std::string section, key, value, allowed;
  };
  const auto bad = GENERATE(values<Bad>({
      {"http", "listen", "0.0.0.0:8079",
       "[tls] certificate and key, or [http] allow_plaintext = on"},
      {"http", "listen", "192.0.2.1:8079", "loopback"},
      {"http", "listen", "[::]:8079", "loopback"},
      {"http", "listen", "::1:8079", "a numeric address and a port"},
      {"http", "listen", "[127.0.0.1]:8079", "a numeric address and a port"},
      {"http", "listen", "host.example:8079", "a numeric address and a port"},
      {"http", "listen", "127.0.0.1", "a numeric address and a port"},
      {"http", "listen", "127.0.0.1:", "a numeric address and a port"},
      {"http", "listen", "127.0.0.1:65536", "a numeric address and a port"},
      {"http", "listen", "127.0.0.1:80x", "a numeric address and a port"},
      {"http", "listen", "", "a numeric address and a port"},
      {"http", "workers", "0", "1 to 256"},
      {"http", "workers", "257", "1 to 256"},
      {"http", "workers", "-1", "1 to 256"},
      {"http", "workers", "", "1 to 256"},
      {"http", "max_request_bytes", "1023", "1024 to"},
      {"http", "max_request_bytes", "67108865", "1024 to"},
      {"http", "max_request_bytes", "1 MiB", "1024 to"},
      {"http", "listen", "unix:host.sock", "a numeric address and a port"},
      {"http", "allow_plaintext", "yes", "on or off"},
      {"http", "max_head_bytes", "1023", "1024 to 65536"},
      {"http", "max_head_bytes", "65537", "1024 to 65536"},
      {"http", "max_bytes_in_memory", "1048575", "at least max_request_bytes"},
      {"http", "max_bytes_in_memory", "17179869185", "1024 to"},
      {"http", "max_connections", "0", "1 to 1000000"},
      {"http", "max_requests_per_connection", "0", "1 to 1000000000"},
      {"http", "idle_timeout_ms", "9", "milliseconds, 10 to 3600000"},
      {"http", "request_timeout_ms", "0", "milliseconds, 10 to 3600000"},
      {"http", "answer_timeout_ms", "3600001", "milliseconds, 10 to 3600000"},
      {"http", "max_wait_ms", "-1", "or 0: any"},
      {"tls", "min_version", "1.1", "1.2 or 1.3"},
      {"tls", "min_version", "", "1.2 or 1.3"},
      {"tls", "handshake_timeout_ms", "1s", "milliseconds, 10 to 3600000"},
      {"tls", "bind_originator", "maybe", "on or off"},
      {"tls", "bind_originator", "on", "off, because [tls] client_ca is not set"},
      {"admin", "listen", "10.0.0.1:8080", "loopback"},
      {"admin", "listen", "0.0.0.0:0", "loopback"},
      {"admin", "listen", "127.0.0.1:8079", "another port than [http] listen's"},
      {"admin", "listen", "unix:", "unix:PATH"},
      {"admin", "listen", "unix:/run/" + std::string(103, 'x'), "at most 107 octets"},
      {"admin", "socket_mode", "0666", "0600, or 0660"},
      {"duis", "control_broker", "90-B3-D5-1F-30-00-00", "EUI-64"},
      {"duis", "schema_versions", "", "decimals"},
      {"duis", "schema_versions", "5.4-2.0", "decimals"},
      {"duis", "schema_versions", "2.0,", "decimals"},
      {"duis", "schema_versions", "2.0-", "decimals"},
      {"duis", "schema_versions", "1-2-3", "decimals"},
      {"duis", "schema_versions", "2,0x", "decimals"},
      {"plugins", "watch", "yes", "on or off"},
      {"plugins", "give_up_after", "0", "off, or 1 to 1000"},
      {"plugins", "watch", "", "on or off"},
      {"built_in", "supplier_returns", "ON", "on or off"},
      {"credentials", "directory", "", "a directory"},
      {"store", "url", "state/store.db", "sqlite:PATH"},
      {"store", "url", "sqlite:", "sqlite:PATH"},
      {"store", "url", "sqlite:state/", "sqlite:PATH"},
      {"store", "host", "a.b", "letters, digits and hyphens"},
      {"store", "host", std::string(64, 'x'), "letters, digits and hyphens"},
      {"store", "connections", "0", "1 to 64"},
      {"store", "connections", "65", "1 to 64"},
      {"store", "check_at_start", "yes", "on, off, or MiB"},
      {"store", "check_at_start", "-1", "on, off, or MiB"},
      {"store", "check_at_start", "1000000001", "on, off, or MiB"},
      {"store", "remember", "0", "days, 1 to 36500"},
      {"store", "remember", "36501", "days, 1 to 36500"},
      {"store", "remember", "1y", "days, 1 to 36500"},
      {"plugins", "directory", "", "a directory"},
      {"plugins", "config_directory", "", "a directory"},
      {"log", "level", "verbose", "trace, debug"},
      {"log", "level", "INFO", "trace, debug"},
      {"log", "format", "JSON", "text or json"},
  }));
  const auto message = refusal(with(bad.section, bad.key, bad.value));
  INFO(message);
  CHECK_THAT(message, Contains("host.ini: [" + bad.section + "] " + bad.key + ": '" + bad.value +
                               "' is not allowed; expected "));
  CHECK_THAT(message, Contains(bad.allowed));
}

TEST_CASE("a store may be a server's, and its URL is not told with a password") {
  const TempDirectory dir;
  const Config config = load(dir, with("store", "url", "postgresql://u:secret@h/d"));
  CHECK(config.store_url() == "postgresql://u:secret@h/d");
  CHECK(config.store_file.empty());
  CHECK(config.store_name().find("secret") == std::string::npos);
  CHECK(config.store_connections == 4);
  CHECK(dcc::adaptor::is_host_name(config.store_host));
  CHECK(config.plugins.cache == dir.path() / "state/plugin-cache");
  CHECK(load(dir, with("store", "host", "site-1")).store_host == "site-1");
  const auto message = refusal(with("store", "url", "mysql://u:secret@h/d"));
  CHECK_THAT(message,
             Contains("[store] url: expected sqlite:PATH or postgresql://..., not mysql:"));
  CHECK_THAT(message, !Contains("secret"));
}

TEST_CASE("metrics have a listener of their own if they are given one, which may leave loopback") {
  const TempDirectory dir;
  CHECK_FALSE(load(dir, with("log", "level", "info")).metrics_listen);
  const Config open = load(dir, with("metrics", "listen", "0.0.0.0:9464"));
  REQUIRE(open.metrics_listen);
  CHECK(open.metrics_listen->text(open.metrics_listen->port) == "0.0.0.0:9464");
  for (const char* const value : {"here", "0.0.0.0", "unix:metrics.sock"}) {
    CHECK_THAT(refusal(with("metrics", "listen", value)),
               Contains("[metrics] listen: '" + std::string(value) +
                        "' is not allowed; expected a numeric address and a port"));
  }
  for (const char* const taken : {"0.0.0.0:8079", "0.0.0.0:8080"}) {
    CHECK_THAT(refusal(with("metrics", "listen", taken)),
               Contains("another port than [http] listen's and [admin] listen's"));
  }
}

TEST_CASE("an unknown section or key is refused with what is allowed") {
  CHECK_THAT(refusal("[htpp]\nlisten = 127.0.0.1:1\n"),
             Contains("[htpp]: unknown section; allowed: http, tls, admin, metrics, duis, "
                      "credentials, signing, "
                      "store, plugins, built_in, log"));
  CHECK_THAT(
      refusal("[http]\nport = 1\n"),
      Contains(
          "[http] port: unknown key; allowed: listen, allow_plaintext, workers, max_head_bytes"));
}

TEST_CASE("a signing certificate without its key, or the reverse, is refused") {
  CHECK_THAT(refusal(with("signing", "certificate", "a.pem")), Contains("[signing] key: ''"));
  CHECK_THAT(refusal(with("signing", "key", "a.key")), Contains("[signing] certificate: ''"));
  CHECK(refusal("[signing]\ncertificate =\nkey =\n") == "accepted");
}

TEST_CASE("a TLS certificate without its key, or the reverse, is refused") {
  CHECK_THAT(refusal(with("tls", "certificate", "a.pem")), Contains("[tls] key: ''"));
  CHECK_THAT(refusal(with("tls", "key", "a.key")), Contains("[tls] certificate: ''"));
  CHECK_THAT(refusal(with("tls", "client_ca", "ca.pem")), Contains("[tls] key: ''"));
  CHECK(refusal("[tls]\ncertificate =\nkey =\nclient_ca =\n") == "accepted");
}

TEST_CASE("requests leave this machine only through TLS, or if that is said") {
  const std::string everywhere = "[http]\nlisten = 0.0.0.0:8079\n";
  CHECK(refusal(everywhere + "allow_plaintext = on\n") == "accepted");
  CHECK(refusal(everywhere + "[tls]\ncertificate = a.pem\nkey = a.key\n") == "accepted");
  const TempDirectory dir;
  const Config config = load(dir, everywhere +
                                      "[tls]\ncertificate = a.pem\nkey = /k/a.key\n"
                                      "client_ca = ca.pem\nmin_version = 1.3\n"
                                      "bind_originator = on\nhandshake_timeout_ms = 250\n");
  CHECK_FALSE(config.http_listen.is_local());
  REQUIRE(config.tls);
  CHECK(config.tls->certificate == dir.path() / "a.pem");
  CHECK(config.tls->key == "/k/a.key");
  CHECK(config.tls->client_ca == dir.path() / "ca.pem");
  CHECK(config.tls->min_version == sample::TlsVersion::v1_3);
  CHECK(config.bind_originator);
  CHECK(config.http_limits.handshake_timeout.count() == 250);
}

TEST_CASE("the admin interface may be a Unix socket") {
  const TempDirectory dir;
  const Config config = load(dir, "[admin]\nlisten = unix:run/admin.sock\nsocket_mode = 0660\n");
  CHECK(config.admin_listen.socket == dir.path() / "run/admin.sock");
  CHECK(config.admin_listen.is_local());
  CHECK(config.admin_socket_mode == 0660);
  CHECK(config.admin_listen.text(0) == "unix:" + (dir.path() / "run/admin.sock").string());
}

TEST_CASE("a configuration that is not there is refused by name") {
  CHECK_THROWS_WITH(load_config("/nowhere/host.ini"), Contains("/nowhere/host.ini"));
}

TEST_CASE("schema versions are compared as decimal values") {
  const auto versions = SchemaVersions::parse("2.0-5.4, 7");
  REQUIRE(versions);
  for (const auto* accepted : {"2", "2.0", "2.", "02.000", "+2.0", "3.14159265358979323846", "5.4",
                               "5.40", "5.39999999999999999999999", "7.0", "5.04"}) {
    CAPTURE(accepted);
    CHECK(versions->accepts(accepted));
  }
  for (const auto* refused : {"1.9",  "1.99999999999999999999",
                              "5.41", "5.400000000000000000001",
                              "10",   "20.0",
                              "6",    "-2",
                              "-5.4", "",
                              ".",    "+",
                              "5,4",  "5.4 ",
                              " 5.4", "5.4.0",
                              "5e0",  "0x5",
                              "NaN",  "2-3"}) {
    CAPTURE(refused);
    CHECK_FALSE(versions->accepts(refused));
  }
  const auto zero = SchemaVersions::parse("0-.5");
  REQUIRE(zero);
  CHECK(zero->accepts("-0.0"));
  CHECK(zero->accepts(".5"));
  CHECK_FALSE(zero->accepts("0.51"));
}
