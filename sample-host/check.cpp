// SPDX-License-Identifier: Apache-2.0
#include "check.hpp"

#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "config.hpp"
#include "duis/credentials.hpp"
#include "duis/schema.hpp"
#include "host/file_content.hpp"
#include "host/ini.hpp"
#include "host/one_line.hpp"
#include "host/plugin_library.hpp"
#include "host/probe.hpp"
#include "http/tls_context.hpp"
#include "serve.hpp"
#include "store/store.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;

class Check {
 public:
  explicit Check(std::ostream& out) : out_(out) {}

  bool passed() const { return passed_; }

  void ok(std::string_view line) { say("ok    ", line); }
  void fail(std::string_view line) {
    say("FAIL  ", line);
    passed_ = false;
  }

  // `step` returns the line of success, or throws.
  template <typename Step>
  void operator()(const std::string& what, Step step) {
    try {
      ok(what + ": " + step());
    } catch (const std::exception& e) {
      fail(what + ": " + e.what());
    }
  }

 private:
  void say(std::string_view verdict, std::string_view line) {
    out_ << verdict << dcc::host::printable(line, std::string::npos) << '\n';
  }

  std::ostream& out_;
  bool passed_ = true;
};

void check_schema(const Config& config, Check& check) {
  check("schema", [&]() -> std::string {
    if (config.schema.empty()) {
      dcc::duis::Schema::built_in();
      return "the built-in profile schema";
    }
    dcc::duis::Schema::load(config.schema);
    return config.schema.string();
  });
}

void check_credentials(const Config& config, Check& check) {
  std::vector<std::string> problems;
  const auto credentials =
      dcc::duis::Credentials::load(config.credentials, trust_anchor(config), problems);
  for (const auto& problem : problems) check.fail("credentials: " + problem);
  if (!problems.empty()) return;
  check.ok("credentials: " + std::to_string(credentials.certificates().size()) +
           " certificates in " + config.credentials.string() +
           (config.trust_anchor.empty() ? ", no trust anchor"
                                        : ", trust anchor " + config.trust_anchor.string()));
}

void check_signing(const Config& config, Check& check) {
  check("signing", [&]() -> std::string {
    if (!config.signing) return "responses are not signed";
    const auto signer = dcc::duis::Signer::load(config.signing->certificate, config.signing->key);
    return "certificate and key of " + signer.certificate().eui().text() + " belong together";
  });
}

void check_tls(const Config& config, Check& check) {
  check("tls", [&]() -> std::string {
    if (!config.tls) return "plain HTTP";
    const TlsContext usable(*config.tls);
    return "certificate and key belong together, clients " +
           (config.tls->client_ca.empty()
                ? std::string("need no certificate")
                : "need a certificate of " + config.tls->client_ca.string());
  });
}

void check_store(const Config& config, Check& check) {
  check("store", [&]() -> std::string {
    if (!fs::exists(config.store_file)) {
      return config.store_file.string() + " is not there yet: serve or import creates it";
    }
    sample::check_store(config.store_url(), Depth::everything);
    open_store(config.store_url());
    return config.store_file.string();
  });
}

// For the copies that are probed, gone with the object: where the host itself would keep them, or,
// as long as there is no such place, where temporary files are.
class ProbedCopies {
 public:
  explicit ProbedCopies(const fs::path& place) {
    std::string name = (fs::exists(place) ? place : fs::temp_directory_path()) / "check-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), name);
    }
    directory_ = name;
  }
  ~ProbedCopies() {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }
  ProbedCopies(const ProbedCopies&) = delete;
  ProbedCopies& operator=(const ProbedCopies&) = delete;

  const fs::path& directory() const { return directory_; }

 private:
  fs::path directory_;
};

std::string check_plugin(const fs::path& plugin, const Config& config) {
  const auto settings = config.plugins.config_directory / fs::path(plugin.stem()).concat(".ini");
  dcc::host::check_directory(config.plugins.config_directory);
  const auto ini = dcc::host::read_file(settings, dcc::host::kMaxIniSize);
  const auto count = dcc::host::parse_ini(ini.bytes, settings.string()).size();

  const ProbedCopies copies(config.plugins.cache.parent_path());
  dcc::host::PluginPaths paths = config.plugins;
  paths.cache = copies.directory();
  const dcc::host::HostServices services;
  const auto verdict = dcc::host::Probe(paths, services)
                           .examine(dcc::host::read_file(plugin, dcc::host::kMaxPluginSize), ini,
                                    dcc::host::Retry::all);
  if (!verdict.refusal.empty()) throw dcc::host::Refused(verdict.refusal);
  return verdict.id + ' ' + verdict.version + ", " + std::to_string(count) + " settings in " +
         settings.string();
}

// Settings without their plugin are no mistake: the plugin may be yet to come.
void check_plugins(const Config& config, Check& check) {
  std::vector<fs::path> plugins;
  check("plugins", [&] {
    dcc::host::check_directory(config.plugins.directory);
    for (const auto& entry : fs::directory_iterator(config.plugins.directory)) {
      if (entry.path().extension() == ".so") plugins.push_back(entry.path());
    }
    std::sort(plugins.begin(), plugins.end());
    return std::to_string(plugins.size()) + " in " + config.plugins.directory.string();
  });
  for (const auto& plugin : plugins) {
    check("plugin " + plugin.filename().string(), [&] { return check_plugin(plugin, config); });
  }
}

}  // namespace

bool check(const fs::path& config_file, std::ostream& out) {
  Check check(out);
  std::optional<Config> config;
  check("configuration", [&] {
    config = load_config(config_file);
    return config->file.string();
  });
  if (!config) return false;
  check_schema(*config, check);
  check_credentials(*config, check);
  check_signing(*config, check);
  check_tls(*config, check);
  check_store(*config, check);
  check_plugins(*config, check);
  return check.passed();
}

}  // namespace sample
