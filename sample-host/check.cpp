// SPDX-License-Identifier: Apache-2.0
#include "check.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "config.hpp"
#include "duis/credentials.hpp"
#include "duis/schema.hpp"
#include "guard/path_to.hpp"
#include "host/directory_watch.hpp"
#include "host/error_text.hpp"
#include "host/file_content.hpp"
#include "host/one_line.hpp"
#include "host/plugin_directory.hpp"
#include "host/probe.hpp"
#include "host/probe_report.hpp"
#include "host/unix_listener.hpp"
#include "http/tls_context.hpp"
#include "log.hpp"
#include "serve.hpp"
#include "stores/stores.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;

class Check {
 public:
  explicit Check(std::ostream& out) : out_(out) {}

  bool passed() const { return passed_; }

  void ok(std::string_view line) { say("ok    ", line); }
  void note(std::string_view line) { say("note  ", line); }
  void warn(std::string_view line) { say("warn  ", line); }
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
    const auto signer = load_signer(*config.signing);
    return "certificate and key of " + signer->certificate().eui().text() + " belong together";
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

[[noreturn]] void fail_errno(const fs::path& path, const std::string& what) {
  throw std::runtime_error(path.string() + ": " + what + ": " + dcc::host::error_text(errno));
}

void check_store(const Config& config, Check& check) {
  check("store", [&]() -> std::string {
    if (config.store_file.empty()) {
      sample::check_store(config.store_url(), Depth::everything);
      return "a server, reached; this host's chains are " + config.store_host + ".0 to " +
             std::to_string(config.store_connections - 1);
    }
    const fs::path directory = config.store_file.parent_path();
    // serve makes one directory, not a way to it.
    if (!dcc::guard::may_write(fs::exists(directory) ? directory : directory.parent_path())) {
      fail_errno(directory, fs::exists(directory) ? "cannot be written" : "cannot be created");
    }
    if (!fs::exists(config.store_file)) {
      return config.store_file.string() + " is not there yet: serve or import creates it";
    }
    if (::faccessat(AT_FDCWD, config.store_file.c_str(), R_OK | W_OK, AT_EACCESS) != 0) {
      fail_errno(config.store_file, "cannot be written");
    }
    sample::check_store(config.store_url(), Depth::everything);
    const Upgrade upgrade = planned_upgrade(config.store_url());
    std::string line = config.store_file.string();
    if (upgrade.steps.empty()) return line;
    line += " has version " + std::to_string(upgrade.from) +
            "; serve or upgrade would bring it to " + std::to_string(upgrade.to) + ":";
    for (const std::string& step : upgrade.steps) line += " [" + step + "]";
    return line;
  });
}

void check_log(const Config& config, Check& check) {
  check("log", [&]() -> std::string {
    sample::check_log(config.log_file);
    return config.log_file.empty() ? "standard error" : config.log_file.string();
  });
}

// That the port is taken is no mistake: the host itself may be running.
void check_listener(const std::string& name, const ListenAddress& listen, Check& check) {
  check(name, [&]() -> std::string {
    if (!listen.socket.empty()) {
      dcc::host::check_socket_place(listen.socket);
      return listen.text(listen.port);
    }
    boost::asio::io_context context;
    const boost::asio::ip::tcp::endpoint endpoint(boost::asio::ip::make_address(listen.address),
                                                  listen.port);
    boost::asio::ip::tcp::acceptor acceptor(context, endpoint.protocol());
    acceptor.set_option(boost::asio::socket_base::reuse_address(true));
    boost::system::error_code error;
    acceptor.bind(endpoint, error);
    std::string text = listen.text(listen.port);
    if (error == boost::asio::error::address_in_use) return text + ", in use now";
    if (error) throw std::runtime_error("cannot listen on " + text + ": " + error.message());
    return text;
  });
}

// The same code as a reload's. Settings without their plugin are no mistake: the plugin may be yet
// to come.
void check_plugins(const Config& config, Check& check) {
  using namespace dcc::host;
  check("watch", [&]() -> std::string {
    if (!config.watch_plugins) return "off";
    DirectoryWatch::Options options;
    options.directories = {config.plugins.directory, config.plugins.config_directory};
    options.changed = [](const auto&) {};
    std::string problem;
    options.problems = [&](const std::vector<std::string>& lines) {
      for (const std::string& line : lines) problem += (problem.empty() ? "" : "; ") + line;
    };
    options.look = std::chrono::hours(1);
    const DirectoryWatch watch(options);
    if (!problem.empty()) throw std::runtime_error(problem);
    return config.plugins.directory.string() + ", " + config.plugins.config_directory.string();
  });
  std::map<std::string, std::vector<std::string>> said;  // by plugins while they are probed
  HostServices services;
  services.log = [&said](HostServices::Level, std::string_view stem, std::string_view line) {
    auto& lines = said[std::string(stem)];
    if (!line.starts_with(kProbeSays)) return;
    line.remove_prefix(kProbeSays.size());
    // Each plugin lives twice in its probe.
    if (std::ranges::find(lines, line) == lines.end()) lines.emplace_back(line);
  };
  LiveHandlers registry;
  PluginDirectory directory(config.plugins, services, registry);
  const auto reports = directory.examine();
  for (const auto& plugin : reports) {
    const std::string name = "plugin " + plugin.file + ": ";
    if (plugin.refused) {
      check.fail(name + plugin.reason);
    } else {
      check.ok(name + plugin.id + ' ' + plugin.version);
    }
    for (const std::string& line : said[fs::path(plugin.file).stem().string()]) {
      if (line.starts_with(kProbeWarning)) {
        check.warn(name + line.substr(kProbeWarning.size()));
      } else {
        check.note(name + line);
      }
    }
  }
  if (reports.empty()) check.ok("plugins: none in " + config.plugins.directory.string());
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
  check_log(*config, check);
  check_schema(*config, check);
  check_credentials(*config, check);
  check_signing(*config, check);
  check_tls(*config, check);
  check_listener("http", config->http_listen, check);
  check_listener("admin", config->admin_listen, check);
  if (config->metrics_listen) check_listener("metrics", *config->metrics_listen, check);
  check_store(*config, check);
  check_plugins(*config, check);
  return check.passed();
}

}  // namespace sample
